//! The copy of a decrypted flow on its way to the inspector: bounded, and never waited for.
//! When the inspector is behind, the copy of the exchange is given up, not the stream.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Sender},
    },
    time::SystemTime,
};

use vigil_proto::Timestamp;

pub(super) use self::inbox::Inbox;
use self::inbox::Nap;
use super::{Counters, Counts, distrust::Who};
use crate::source::callers::Caller;

mod inbox;

/// The most bytes of one flow that wait for the inspector.
const FLOW_MAX: usize = 4 * 1024 * 1024;
/// The most bytes of all flows that wait for the inspector.
const TOTAL_MAX: usize = 32 * 1024 * 1024;
/// What a waiting copy takes beside its bytes, generously. Without it a peer that sends single
/// bytes would fill the memory long before it reaches the bounds.
const MESSAGE_COST: usize = 512;
/// What may wait beyond the bounds of exchanges that begin after a loss: one that used up all the
/// room does not take the next ones with it.
const RESERVE: usize = 256 * 1024;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the client.
    Request,
    /// To the client.
    Response,
}

/// One flow among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FlowId {
    /// The connection's number.
    pub(super) connection: u64,
    /// Its stream in HTTP/2; 0 in HTTP/1, where a connection is one flow.
    pub(super) stream: u32,
}

/// What the inspector is told, in the order in which it happened.
#[derive(Debug)]
pub(super) enum Message {
    /// A decrypted flow to `host` began.
    Open { flow: FlowId, host: Arc<str> },
    /// A request begins. What came before and is not complete will not be completed when
    /// `resync`: a copy was dropped.
    Begin { flow: FlowId, resync: bool, hold: Hold },
    /// Bytes.
    Data { flow: FlowId, direction: Direction, at: Timestamp, bytes: Vec<u8>, hold: Hold },
    /// So many bytes of an exchange were not copied.
    Lost { flow: u64, bytes: u64, at: Timestamp },
    /// A direction ended; `clean` when it was the peer's intention.
    End { flow: FlowId, direction: Direction, clean: bool, at: Timestamp },
    /// A stream is over; `lost` when its copy was given up.
    Over { flow: FlowId, lost: bool, at: Timestamp },
    /// A client that does not take the certificate for `host` is led there blind from now on.
    Distrusted { flow: u64, host: Arc<str>, who: Who, at: Timestamp },
    /// A connection began: what of its envelope is known by then.
    Opened(Envelope),
    /// A connection ended: its envelope.
    Close(Envelope),
}

/// What is recorded of every flow to an AI host.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) flow: u64,
    pub(super) host: Arc<str>,
    pub(super) port: u16,
    /// The client's own port.
    pub(super) client_port: Option<u16>,
    /// The client's process, once it is known.
    pub(super) caller: Caller,
    pub(super) decrypted: bool,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
    /// Why it was not decrypted, or ended.
    pub(super) detail: &'static str,
}

/// Bytes counted against the bounds until it is dropped.
#[derive(Debug)]
pub(super) struct Hold {
    len: usize,
    flow: Arc<AtomicUsize>,
    total: Arc<AtomicUsize>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.flow.fetch_sub(self.len, Ordering::Relaxed);
        self.total.fetch_sub(self.len, Ordering::Relaxed);
    }
}

/// The inspector's mailbox.
#[derive(Clone, Debug)]
pub(super) struct Mailbox {
    sender: Sender<Message>,
    nap: Arc<Nap>,
    total: Arc<AtomicUsize>,
    last_flow: Arc<AtomicU64>,
    counts: Arc<Counts>,
}

impl Mailbox {
    /// A mailbox and its reading end.
    pub(super) fn new(counters: &Counters) -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel();
        let (nap, total) = (Arc::<Nap>::default(), Arc::<AtomicUsize>::default());
        let inbox = Inbox::new(receiver, Arc::clone(&nap), Arc::clone(&total));
        let mailbox =
            Self { sender, nap, total, last_flow: Arc::default(), counts: Arc::clone(&counters.0) };
        (mailbox, inbox)
    }

    /// A number for a new flow: its time in nanoseconds, unique and rising, also over restarts.
    pub(super) fn next_flow(&self) -> u64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let mut number = now;
        let _ = self.last_flow.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            number = now.max(last.saturating_add(1));
            Some(number)
        });
        number
    }

    /// Records that a connection is open.
    pub(super) fn opened(&self, envelope: Envelope) {
        self.tell(Message::Opened(envelope));
    }

    /// Records a flow's end.
    pub(super) fn close(&self, envelope: Envelope) {
        self.tell(Message::Close(envelope));
    }

    /// Records that a client's connections to `host` are not read for a while.
    pub(super) fn distrusted(&self, flow: u64, host: Arc<str>, who: Who) {
        let at = SystemTime::now().into();
        self.tell(Message::Distrusted { flow, host, who, at });
    }

    /// The copy of a new decrypted flow.
    pub(super) fn open(&self, flow: u64, host: Arc<str>) -> Tee {
        let id = FlowId { connection: flow, stream: 0 };
        self.tell(Message::Open { flow: id, host: Arc::clone(&host) });
        Tee {
            flow: id,
            host,
            mailbox: self.clone(),
            waiting: Arc::default(),
            lost: AtomicBool::new(false),
            on_reserve: AtomicBool::new(false),
            lost_bytes: AtomicU64::new(0),
        }
    }

    /// Never waits. When the inspector is gone there is nobody to tell.
    fn tell(&self, message: Message) {
        let _ = self.sender.send(message);
    }
}

/// The copy of one decrypted flow.
#[derive(Debug)]
pub(super) struct Tee {
    flow: FlowId,
    host: Arc<str>,
    mailbox: Mailbox,
    waiting: Arc<AtomicUsize>,
    /// True while the copy of the present exchange is given up.
    lost: AtomicBool,
    /// True while the present exchange, which began after a loss, may use the reserve.
    on_reserve: AtomicBool,
    lost_bytes: AtomicU64,
}

impl Tee {
    /// A request begins with the next bytes of that direction.
    pub(super) fn begin(&self) {
        let resync = self.lost.load(Ordering::Relaxed);
        if resync {
            self.on_reserve.store(true, Ordering::Relaxed);
            // Without any room every request would only tell of one more loss.
            if self.is_full(0) {
                return;
            }
            self.lost.store(false, Ordering::Relaxed);
            self.report_lost();
        } else {
            self.on_reserve.store(false, Ordering::Relaxed);
        }
        self.mailbox.tell(Message::Begin { flow: self.flow, resync, hold: self.hold(0) });
    }

    /// Copies `bytes`, or gives the exchange's copy up.
    pub(super) fn data(&self, direction: Direction, bytes: &[u8]) {
        if self.is_full(bytes.len()) && !self.lost.swap(true, Ordering::Relaxed) {
            self.mailbox.counts.inspect_drops.fetch_add(1, Ordering::Relaxed);
        }
        if self.lost.load(Ordering::Relaxed) {
            self.lost_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            return;
        }
        self.mailbox.tell(Message::Data {
            flow: self.flow,
            direction,
            at: SystemTime::now().into(),
            bytes: bytes.to_vec(),
            hold: self.hold(bytes.len()),
        });
    }

    /// A direction ended.
    pub(super) fn end(&self, direction: Direction, clean: bool) {
        let at = SystemTime::now().into();
        self.mailbox.tell(Message::End { flow: self.flow, direction, clean, at });
    }

    /// The copy of a stream that begins; none when there is no room at all. What a stream loses
    /// is reported with the next one.
    pub(super) fn stream(&self, stream: u32) -> Option<StreamCopy> {
        let resync = self.lost.load(Ordering::Relaxed);
        self.on_reserve.store(resync, Ordering::Relaxed);
        if resync {
            if self.is_full(0) {
                return None;
            }
            self.lost.store(false, Ordering::Relaxed);
            self.report_lost();
        }
        let flow = FlowId { stream, ..self.flow };
        self.mailbox.tell(Message::Open { flow, host: Arc::clone(&self.host) });
        self.mailbox.tell(Message::Begin { flow, resync: false, hold: self.hold(0) });
        Some(StreamCopy { flow, lost: false })
    }

    /// Copies `parts` of a stream as one, or gives the stream's copy up.
    pub(super) fn stream_data(&self, copy: &mut StreamCopy, direction: Direction, parts: &[&[u8]]) {
        let len = parts.iter().map(|part| part.len()).sum();
        if self.is_full(len) && !copy.lost {
            copy.lost = true;
            self.lost.store(true, Ordering::Relaxed);
            self.mailbox.counts.inspect_drops.fetch_add(1, Ordering::Relaxed);
        }
        if copy.lost {
            self.skip(len);
            return;
        }
        self.mailbox.tell(Message::Data {
            flow: copy.flow,
            direction,
            at: SystemTime::now().into(),
            bytes: parts.concat(),
            hold: self.hold(len),
        });
    }

    /// A stream is over.
    pub(super) fn stream_over(&self, copy: &StreamCopy) {
        let at = SystemTime::now().into();
        self.mailbox.tell(Message::Over { flow: copy.flow, lost: copy.lost, at });
    }

    /// So many bytes of streams are not copied.
    pub(super) fn skip(&self, bytes: usize) {
        self.lost_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn is_full(&self, more: usize) -> bool {
        let reserve = if self.on_reserve.load(Ordering::Relaxed) { RESERVE } else { 0 };
        let more = more + MESSAGE_COST;
        self.waiting.load(Ordering::Relaxed) + more > FLOW_MAX + reserve
            || self.mailbox.total.load(Ordering::Relaxed) + more > TOTAL_MAX + reserve
    }

    /// Counts a message with so many bytes against the bounds.
    fn hold(&self, bytes: usize) -> Hold {
        let len = bytes + MESSAGE_COST;
        self.waiting.fetch_add(len, Ordering::Relaxed);
        let total = self.mailbox.total.fetch_add(len, Ordering::Relaxed) + len;
        self.mailbox.nap.disturb(total);
        Hold { len, flow: Arc::clone(&self.waiting), total: Arc::clone(&self.mailbox.total) }
    }

    fn report_lost(&self) {
        let bytes = self.lost_bytes.swap(0, Ordering::Relaxed);
        let at = SystemTime::now().into();
        self.mailbox.tell(Message::Lost { flow: self.flow.connection, bytes, at });
    }
}

/// The copy of one stream of a connection.
#[derive(Debug)]
pub(super) struct StreamCopy {
    flow: FlowId,
    /// True once it is given up.
    lost: bool,
}

impl Drop for Tee {
    fn drop(&mut self) {
        if self.lost.load(Ordering::Relaxed) {
            self.report_lost();
        }
    }
}

#[cfg(test)]
mod tests;
