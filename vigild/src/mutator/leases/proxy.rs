//! A lease's proxy setting, by the helper. It has no time in the kernel: it is put back when the lease
//! ends, again and again if need be, and when the daemon starts.
//!
//! What was there before is forgotten only after the journal says how it ended.

use std::{error::Error, time::Instant};

use vigil_proto::rpc::{Cause, Deed, JournalRow, Phase, Refusal, Restored, Support, Uid};

use super::{Begun, Held, Mutator, TIDY_AGAIN, Unfitting};
use crate::{
    helper::{
        order::{Order, Reply},
        proxy::ProxyOrder,
    },
    log,
};

/// What could not be put back, and when to try again.
#[derive(Debug)]
pub(super) struct Unset {
    /// Of whom, and why. After a start there may be none.
    rows: Vec<JournalRow>,
    cause: Cause,
    pub(super) again: Instant,
}

impl Mutator {
    pub(super) fn begin_proxy(&mut self, held: &Held) -> Result<Begun, Box<dyn Error>> {
        match self.proxy(ProxyOrder::Enable { uid: held.uid, port: held.port })? {
            Reply::Done => Ok(Begun::Yes),
            Reply::Refused(refusal) => Ok(Begun::No(refusal)),
            Reply::Unfinished => {
                self.unset_later(vec![held.row], Cause::StepFailed);
                Ok(Begun::Half)
            }
            _ => Err(Unfitting.into()),
        }
    }

    /// Whether the setting still reaches nobody else.
    pub(super) fn renew_proxy(&mut self, uid: Uid) -> Result<Result<(), Refusal>, Box<dyn Error>> {
        match self.proxy(ProxyOrder::Renew { uid })? {
            Reply::Done => Ok(Ok(())),
            Reply::Refused(refusal) => Ok(Err(refusal)),
            _ => Err(Unfitting.into()),
        }
    }

    /// Puts back what was there, and notes that; nothing when it is to be tried again.
    pub(super) fn end_proxy(
        &mut self,
        row: JournalRow,
        cause: Cause,
    ) -> Result<Option<Restored>, Box<dyn Error>> {
        self.unset(vec![row], cause)
    }

    /// Tries once more, and says whether nothing is left to do.
    pub(super) fn unset_again(&mut self) -> Result<bool, Box<dyn Error>> {
        let Some(Unset { rows, cause, .. }) = self.leases.unset.take() else { return Ok(true) };
        Ok(self.unset(rows, cause)?.is_some())
    }

    /// Puts back what an earlier run left, and gives how much that was. What is kept may have no
    /// unfinished row, when that run ended between noting and forgetting.
    pub(in super::super) fn settle_proxy(&mut self) -> Result<usize, Box<dyn Error>> {
        let mut rows = self.journal.unfinished();
        rows.retain(|row| matches!(row.deed, Deed::Proxy { .. }));
        if self.can_proxy != Support::Yes {
            if !rows.is_empty() {
                log::say(format_args!(
                    "mutator: a proxy setting is out of reach, and not put back"
                ));
            }
            return Ok(0);
        }
        let count = rows.len();
        Ok(self.unset(rows, Cause::Start)?.map_or(0, |_| count))
    }

    fn unset(
        &mut self,
        rows: Vec<JournalRow>,
        cause: Cause,
    ) -> Result<Option<Restored>, Box<dyn Error>> {
        let reply = self.proxy(ProxyOrder::PutBack)?;
        self.halt.here("lease-unset");
        let (restored, phase) = match reply {
            Reply::Done => (Restored::Original, Phase::Undone(cause)),
            Reply::LeftAlone => (Restored::LeftAlone, Phase::LeftAlone(cause)),
            Reply::Unfinished => {
                self.unset_later(rows, cause);
                return Ok(None);
            }
            _ => return Err(Unfitting.into()),
        };
        for row in &rows {
            self.note(row, phase)?;
        }
        match self.proxy(ProxyOrder::Forget)? {
            Reply::Done => Ok(Some(restored)),
            // Nothing else is set before this is forgotten.
            Reply::Unfinished => {
                self.unset_later(Vec::new(), cause);
                Ok(Some(restored))
            }
            _ => Err(Unfitting.into()),
        }
    }

    fn unset_later(&mut self, rows: Vec<JournalRow>, cause: Cause) {
        self.leases.unset = Some(Unset { rows, cause, again: Instant::now() + TIDY_AGAIN });
    }

    fn proxy(&mut self, order: ProxyOrder) -> Result<Reply, Box<dyn Error>> {
        Ok(self.helper.ask(&Order::Proxy(order))?)
    }
}
