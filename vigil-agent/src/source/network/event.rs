//! A connection as an event.

use std::{net::SocketAddr, time::Duration};

use vigil_platform::socket::{Carried, Protocol};
use vigil_proto::{
    ContentHash, Event, Kind, NaturalKey, Sensitive, SourceId, Timestamp, Witness,
    event::{Connection, Gap, ProcessRef, Way},
};

/// The port of AI hosts, and of QUIC.
pub(super) const TLS_PORT: u16 = 443;

/// A connection past the proxy.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) cookie: u64,
    pub(super) protocol: Protocol,
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    pub(super) client: &'static str,
    /// None when only the client is known.
    pub(super) process: Option<ProcessRef>,
    /// Its agent's other connections come by the proxy.
    pub(super) is_routed: bool,
    /// When it was first seen.
    pub(super) began: Timestamp,
    pub(super) carried: Carried,
}

impl Past {
    /// What is known of it `now`; `host` is the name of its address, if that is known.
    pub(super) fn event(
        &self,
        boot: &str,
        host: Option<&str>,
        now: Timestamp,
        open: bool,
    ) -> Event<Sensitive> {
        let protocol = match self.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        let key = NaturalKey::Socket {
            boot,
            protocol,
            local: self.local,
            remote: self.remote,
            inode: self.cookie,
        };
        let duration = now.as_micros().saturating_sub(self.began.as_micros());
        let kind = Kind::Connection(Connection {
            host: host
                .map_or_else(|| Sensitive::from(self.remote.ip().to_string()), Sensitive::from),
            port: self.remote.port(),
            way: Way::Past,
            sent: self.carried.sent,
            received: self.carried.received,
            duration_us: u64::try_from(duration).unwrap_or(0),
            detail: self.detail().map(Sensitive::from),
            client: Some(self.client.into()),
            client_port: Some(self.local.port()),
            open,
        });
        Event { process: self.process, ..event(&key, self.began, now, kind) }
    }

    /// Fixed words.
    fn detail(&self) -> Option<&'static str> {
        let bypasses = self.is_routed && self.remote.port() == TLS_PORT;
        match (self.protocol, bypasses) {
            (Protocol::Tcp, false) => None,
            (Protocol::Tcp, true) => Some("bypasses-proxy"),
            (Protocol::Udp, false) => Some("quic"),
            (Protocol::Udp, true) => Some("quic bypasses-proxy"),
        }
    }
}

/// For so long, until `now`, nobody looked.
pub(super) fn gap(source: SourceId, now: Timestamp, late: Duration) -> Event<Sensitive> {
    let long = i64::try_from(late.as_micros()).unwrap_or(i64::MAX);
    let from = Timestamp::from_micros(now.as_micros().saturating_sub(long));
    let number = from.as_micros().cast_unsigned();
    let kind = Kind::Gap(Gap {
        reason: "network-stalled",
        detail: Sensitive::new(format!(
            "connections were not looked at for {} s: those that began and ended meanwhile are not \
             on record",
            late.as_secs()
        )),
        bytes: None,
    });
    event(&NaturalKey::Occurrence { source, number, what: "gap" }, from, now, kind)
}

fn event(
    key: &NaturalKey<'_>,
    at: Timestamp,
    seen_at: Timestamp,
    kind: Kind<Sensitive>,
) -> Event<Sensitive> {
    Event {
        id: key.id(),
        incomplete_key: false,
        at,
        seen_at,
        witness: Witness::Kernel,
        position: 0,
        session: None,
        thread: None,
        turn: None,
        tool_call: None,
        process: None,
        content: ContentHash(0),
        kind,
    }
}

#[cfg(test)]
mod tests;
