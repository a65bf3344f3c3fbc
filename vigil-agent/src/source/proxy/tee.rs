//! The copy of a decrypted flow on its way to the inspector: bounded, and never waited for.
//! When the inspector is behind, the copy of the exchange is given up, not the stream.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::SystemTime,
};

use vigil_proto::Timestamp;

use super::{Counters, Counts};

/// The most bytes of one flow that wait for the inspector.
const FLOW_MAX: usize = 4 * 1024 * 1024;
/// The most bytes of all flows that wait for the inspector.
const TOTAL_MAX: usize = 32 * 1024 * 1024;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the client.
    Request,
    /// To the client.
    Response,
}

/// What the inspector is told, in the order in which it happened.
#[derive(Debug)]
pub(super) enum Message {
    /// A decrypted flow to `host` began.
    Open { flow: u64, host: Arc<str> },
    /// A request begins. What came before and is not complete will not be completed when
    /// `resync`: a copy was dropped.
    Begin { flow: u64, resync: bool },
    /// Bytes.
    Data { flow: u64, direction: Direction, at: Timestamp, bytes: Vec<u8>, hold: Hold },
    /// So many bytes of an exchange were not copied.
    Lost { flow: u64, bytes: u64, at: Timestamp },
    /// A direction ended; `clean` when it was the peer's intention.
    End { flow: u64, direction: Direction, clean: bool, at: Timestamp },
    /// A flow ended: its envelope. `begun` when it was opened before.
    Close(Envelope),
}

/// What is recorded of every flow to an AI host.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) flow: u64,
    pub(super) host: Arc<str>,
    pub(super) port: u16,
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
    total: Arc<AtomicUsize>,
    last_flow: Arc<AtomicU64>,
    counts: Arc<Counts>,
}

impl Mailbox {
    /// A mailbox and its reading end.
    pub(super) fn new(counters: &Counters) -> (Self, Receiver<Message>) {
        let (sender, receiver) = mpsc::channel();
        let mailbox = Self {
            sender,
            total: Arc::default(),
            last_flow: Arc::default(),
            counts: Arc::clone(&counters.0),
        };
        (mailbox, receiver)
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

    /// Records a flow's end.
    pub(super) fn close(&self, envelope: Envelope) {
        self.tell(Message::Close(envelope));
    }

    /// The copy of a new decrypted flow.
    pub(super) fn open(&self, flow: u64, host: Arc<str>) -> Tee {
        self.tell(Message::Open { flow, host });
        Tee {
            flow,
            mailbox: self.clone(),
            waiting: Arc::default(),
            lost: AtomicBool::new(false),
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
    flow: u64,
    mailbox: Mailbox,
    waiting: Arc<AtomicUsize>,
    /// True while the copy of the present exchange is given up.
    lost: AtomicBool,
    lost_bytes: AtomicU64,
}

impl Tee {
    /// A request begins with the next bytes of that direction.
    pub(super) fn begin(&self) {
        let resync = self.lost.swap(false, Ordering::Relaxed);
        if resync {
            self.report_lost();
        }
        self.mailbox.tell(Message::Begin { flow: self.flow, resync });
    }

    /// Copies `bytes`, or gives the exchange's copy up.
    pub(super) fn data(&self, direction: Direction, bytes: &[u8]) {
        let full = self.waiting.load(Ordering::Relaxed) + bytes.len() > FLOW_MAX
            || self.mailbox.total.load(Ordering::Relaxed) + bytes.len() > TOTAL_MAX;
        if full && !self.lost.swap(true, Ordering::Relaxed) {
            self.mailbox.counts.inspect_drops.fetch_add(1, Ordering::Relaxed);
        }
        if self.lost.load(Ordering::Relaxed) {
            self.lost_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            return;
        }
        self.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        self.mailbox.total.fetch_add(bytes.len(), Ordering::Relaxed);
        let hold = Hold {
            len: bytes.len(),
            flow: Arc::clone(&self.waiting),
            total: Arc::clone(&self.mailbox.total),
        };
        self.mailbox.tell(Message::Data {
            flow: self.flow,
            direction,
            at: SystemTime::now().into(),
            bytes: bytes.to_vec(),
            hold,
        });
    }

    /// A direction ended.
    pub(super) fn end(&self, direction: Direction, clean: bool) {
        let at = SystemTime::now().into();
        self.mailbox.tell(Message::End { flow: self.flow, direction, clean, at });
    }

    fn report_lost(&self) {
        let bytes = self.lost_bytes.swap(0, Ordering::Relaxed);
        let at = SystemTime::now().into();
        self.mailbox.tell(Message::Lost { flow: self.flow, bytes, at });
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        if self.lost.load(Ordering::Relaxed) {
            self.report_lost();
        }
    }
}
