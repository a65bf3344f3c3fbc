//! What is recorded of a flow when it begins, and when it ends, however it ends: also when its task is
//! ended with the proxy. Flows to hosts that are no AI service leave nothing.

use std::{
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use tokio::net::TcpStream;

use super::{accept::Front, tee::Envelope, tunnel::Traffic};
use crate::source::callers::Caller;

/// One flow; dropping it records it.
pub(super) struct Record<'a> {
    front: &'a Front,
    /// Its number.
    pub(super) flow: u64,
    /// Where it went, in canonical form.
    pub(super) host: Arc<str>,
    port: u16,
    /// The client's own port.
    client_port: Option<u16>,
    /// The client's process, once it is known.
    pub(super) caller: Caller,
    began: SystemTime,
    /// What passed.
    pub(super) traffic: Traffic,
    /// True when it was to be read.
    pub(super) decrypted: bool,
    /// Why it was not decrypted, or how it ended.
    pub(super) detail: &'static str,
    /// Whether it is recorded at all.
    is_told: bool,
}

impl<'a> Record<'a> {
    /// A flow that begins now. Until something else is known it ends with the proxy.
    pub(super) fn begin(
        front: &'a Front,
        host: String,
        port: u16,
        (client, caller): (&TcpStream, Caller),
    ) -> Self {
        let is_told = front.policy.is_ai_host(&host) || front.suspects.holds(&host, port);
        Self {
            front,
            flow: front.mailbox.next_flow(),
            host: host.into(),
            port,
            caller,
            client_port: client.peer_addr().ok().map(|peer| peer.port()),
            began: SystemTime::now(),
            traffic: Traffic::default(),
            decrypted: false,
            detail: "proxy-ended",
            is_told,
        }
    }

    /// The port it went to.
    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Records that it has begun, once it is known whether it is read.
    pub(super) fn opened(&self) {
        if self.is_told {
            self.front.mailbox.opened(self.envelope());
        }
    }

    /// What is known of it now.
    fn envelope(&self) -> Envelope {
        Envelope {
            flow: self.flow,
            host: Arc::clone(&self.host),
            port: self.port,
            client_port: self.client_port,
            caller: self.caller.clone(),
            decrypted: self.decrypted,
            sent: self.traffic.sent.load(Ordering::Relaxed),
            received: self.traffic.received.load(Ordering::Relaxed),
            began: self.began.into(),
            ended: SystemTime::now().into(),
            detail: self.detail,
        }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if self.is_told {
            self.front.mailbox.close(self.envelope());
        }
    }
}
