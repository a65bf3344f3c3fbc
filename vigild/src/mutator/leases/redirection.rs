//! A lease's redirection, by the helper.

use std::{error::Error, time::Instant};

use vigil_proto::rpc::{Cause, Deed, LeaseId, Phase, Refusal, Restored, Support};

use super::{Begun, Held, Mutator, TIDY, TIDY_AGAIN, Unfitting, What};
use crate::{
    helper::{
        order::{Order, Reply},
        redirect::{self, Kinds, RedirectOrder, RedirectReply},
    },
    log,
};

const fn order(held: &Held) -> redirect::Held {
    let armed = match held.what {
        What::Redirection(armed) => armed,
        What::Proxy(_) => Kinds { v4: false, v6: false },
    };
    redirect::Held {
        uid: held.uid,
        port: held.port,
        seconds: held.seconds,
        listens: held.listening.on,
        armed,
    }
}

impl Mutator {
    /// The probe alone.
    pub(super) fn begin_redirection(&mut self, held: &Held) -> Result<Begun, Box<dyn Error>> {
        match self.redirect(RedirectOrder::Begin(order(held)))? {
            Reply::Done => Ok(Begun::Yes),
            Reply::Refused(refusal) => Ok(Begun::No(refusal)),
            _ => Err(Unfitting.into()),
        }
    }

    /// What the probe has proven, for as long again.
    pub(super) fn renew_redirection(
        &mut self,
        lease: LeaseId,
    ) -> Result<Result<What, Refusal>, Box<dyn Error>> {
        let Some(held) = self.leases.held.iter().find(|held| held.lease == lease) else {
            return Ok(Err(Refusal::LeaseUnknown));
        };
        match self.redirect(RedirectOrder::Renew(order(held)))? {
            Reply::Redirect(RedirectReply::Armed(armed)) if armed.are_none() => {
                Ok(Err(Refusal::ProbeFailed))
            }
            Reply::Redirect(RedirectReply::Armed(armed)) => Ok(Ok(What::Redirection(armed))),
            Reply::Refused(refusal) => Ok(Err(refusal)),
            _ => Err(Unfitting.into()),
        }
    }

    /// Ends it, and notes that; nothing when it goes on until its time is over.
    pub(super) fn end_redirection(
        &mut self,
        held: &Held,
        cause: Cause,
    ) -> Result<Option<Restored>, Box<dyn Error>> {
        let reply = self.redirect(RedirectOrder::End(order(held)))?;
        self.halt.here("lease-unset");
        match reply {
            Reply::Done => {
                self.note(&held.row, Phase::Undone(cause))?;
                Ok(Some(Restored::Original))
            }
            Reply::Unfinished => Ok(None),
            _ => Err(Unfitting.into()),
        }
    }

    /// Takes the rules away, or looks again later: while something that was redirected goes on, taking
    /// them away would break it.
    pub(super) fn tidy(&mut self) -> Result<bool, Box<dyn Error>> {
        if self.leases.is_redirecting() {
            self.leases.tidy_at = None;
            return Ok(true);
        }
        match self.redirect(RedirectOrder::Tidy)? {
            Reply::Redirect(RedirectReply::Gone(true)) => {
                self.leases.tidy_at = None;
                Ok(true)
            }
            Reply::Redirect(RedirectReply::Gone(false)) => {
                self.leases.tidy_at = Some(Instant::now() + TIDY);
                Ok(true)
            }
            Reply::Unfinished => {
                self.leases.tidy_at = Some(Instant::now() + TIDY_AGAIN);
                Ok(false)
            }
            _ => Err(Unfitting.into()),
        }
    }

    /// Ends what an earlier run left, and gives how much that was. Where nothing can be redirected
    /// (any more), what was has ended by its own time.
    pub(in super::super) fn settle_redirections(&mut self) -> Result<usize, Box<dyn Error>> {
        let mut ever = false;
        for row in self.journal.rows() {
            ever |= matches!(row?.deed, Deed::Capture { .. });
        }
        if ever && self.can_capture == Support::Yes && !self.tidy()? {
            log::say(format_args!("mutator: what was redirected ends by its own time"));
            return Ok(0);
        }
        let mut undone = 0;
        for row in self.journal.unfinished() {
            if matches!(row.deed, Deed::Capture { .. }) {
                undone += usize::from(self.note(&row, Phase::Undone(Cause::Start))?);
            }
        }
        Ok(undone)
    }

    fn redirect(&mut self, order: RedirectOrder) -> Result<Reply, Box<dyn Error>> {
        Ok(self.helper.ask(&Order::Redirect(order))?)
    }
}
