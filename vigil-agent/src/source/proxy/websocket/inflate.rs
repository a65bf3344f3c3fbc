//! Inflates the copies of compressed messages (RFC 7692), within bounds: what is small on the wire
//! may be huge.

use flate2::{Decompress, FlushDecompress, Status};

/// What every compressed message ends with, and is not sent.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// What comes out at once.
const STEP: usize = 16 * 1024;

/// The most bytes that one message may become. What is more than a reader keeps is inflated all
/// the same up to here, as later messages may refer to it.
pub(super) const INFLATED_MAX: u64 = 64 * 1024 * 1024;

/// A message cannot be inflated, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Undone {
    pub(super) reason: &'static str,
    /// No later message can be inflated either.
    pub(super) for_good: bool,
}

/// Inflates one direction's messages.
pub(super) struct Inflater {
    decompress: Decompress,
    /// A message may refer to those before it.
    takes_over: bool,
    step: Vec<u8>,
    /// What the present message has become so far.
    given: u64,
}

impl Inflater {
    /// For messages that may refer to those before them (`takes_over`) or stand alone.
    pub(super) fn new(takes_over: bool) -> Self {
        Self { decompress: Decompress::new(false), takes_over, step: Vec::new(), given: 0 }
    }

    /// Gives what the next `bytes` of a message become.
    pub(super) fn push(&mut self, bytes: &[u8], give: &mut dyn FnMut(&[u8])) -> Result<(), Undone> {
        self.inflate(bytes, give).map_err(|reason| {
            self.restart();
            Undone { reason, for_good: self.takes_over }
        })
    }

    /// Gives what is left of the message.
    pub(super) fn end(&mut self, give: &mut dyn FnMut(&[u8])) -> Result<(), Undone> {
        self.push(&TAIL, give)?;
        self.given = 0;
        if !self.takes_over {
            self.restart();
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.decompress.reset(false);
        self.given = 0;
    }

    fn inflate(
        &mut self,
        mut bytes: &[u8],
        give: &mut dyn FnMut(&[u8]),
    ) -> Result<(), &'static str> {
        self.step.resize(STEP, 0);
        loop {
            let before = (self.decompress.total_in(), self.decompress.total_out());
            let status = self
                .decompress
                .decompress(bytes, &mut self.step, FlushDecompress::Sync)
                .map_err(|_| "websocket-undecodable")?;
            let taken = self.decompress.total_in() - before.0;
            let made = self.decompress.total_out() - before.1;
            bytes = usize::try_from(taken).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
            let made = usize::try_from(made).ok().and_then(|end| self.step.get(..end));
            let made = made.unwrap_or_default();
            self.given += made.len() as u64;
            if self.given > INFLATED_MAX {
                return Err("websocket-bomb");
            }
            give(made);
            let is_full = made.len() == STEP;
            if status == Status::StreamEnd {
                // A sender may end a block for good (RFC 7692, section 7.2.3.4).
                self.decompress.reset(false);
            } else if taken == 0 && made.is_empty() && !bytes.is_empty() {
                return Err("websocket-undecodable");
            }
            if bytes.is_empty() && !is_full {
                return Ok(());
            }
        }
    }
}
