//! A lease's redirection, by the helper.

use std::{error::Error, time::Instant};

use vigil_proto::rpc::{Cause, Deed, LeaseId, Phase, Refusal, Support};

use super::{Held, Mutator, TIDY, TIDY_AGAIN, Unfitting};
use crate::{
    helper::{
        order::{Order, Reply},
        redirect::{self, Kinds, RedirectOrder, RedirectReply},
    },
    log,
};

const fn order(held: &Held) -> redirect::Held {
    redirect::Held {
        uid: held.uid,
        port: held.port,
        seconds: held.seconds,
        listens: held.listening.on,
        armed: held.armed,
    }
}

impl Mutator {
    /// The probe alone.
    pub(super) fn begin_redirection(
        &mut self,
        held: &Held,
    ) -> Result<Result<(), Refusal>, Box<dyn Error>> {
        match self.redirect(RedirectOrder::Begin(order(held)))? {
            Reply::Done => Ok(Ok(())),
            Reply::Refused(refusal) => Ok(Err(refusal)),
            _ => Err(Unfitting.into()),
        }
    }

    /// What the probe has proven, for as long again.
    pub(super) fn renew_redirection(
        &mut self,
        lease: LeaseId,
    ) -> Result<Result<Kinds, Refusal>, Box<dyn Error>> {
        let Some(held) = self.leases.held.iter().find(|held| held.lease == lease) else {
            return Ok(Err(Refusal::LeaseUnknown));
        };
        match self.redirect(RedirectOrder::Renew(order(held)))? {
            Reply::Redirect(RedirectReply::Armed(armed)) => Ok(Ok(armed)),
            Reply::Refused(refusal) => Ok(Err(refusal)),
            _ => Err(Unfitting.into()),
        }
    }

    /// Whether nothing is redirected any more.
    pub(super) fn end_redirection(&mut self, held: &Held) -> Result<bool, Box<dyn Error>> {
        match self.redirect(RedirectOrder::End(order(held)))? {
            Reply::Done => Ok(true),
            Reply::Unfinished => Ok(false),
            _ => Err(Unfitting.into()),
        }
    }

    /// Takes the rules away, or looks again later: while something that was redirected goes on, taking
    /// them away would break it.
    pub(super) fn tidy(&mut self) -> Result<bool, Box<dyn Error>> {
        if !self.leases.held.is_empty() {
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
    pub(in super::super) fn settle_leases(&mut self) -> Result<usize, Box<dyn Error>> {
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
            if matches!(row.deed, Deed::Proxy { .. } | Deed::Capture { .. }) {
                undone += usize::from(self.note(&row, Phase::Undone(Cause::Start))?);
            }
        }
        Ok(undone)
    }

    fn redirect(&mut self, order: RedirectOrder) -> Result<Reply, Box<dyn Error>> {
        Ok(self.helper.ask(&Order::Redirect(order))?)
    }
}
