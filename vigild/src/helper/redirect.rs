//! What the helper does with the packet filter, order by order. The rules are there from the first
//! order that needs them until nobody is held and nothing that was redirected is left.

use std::{fs::File, io, process::Stdio, sync::Arc};

use serde::{Deserialize, Serialize};
use vigil_platform::{
    redirect::{self, Change, Families, Family, Hold},
    sealed,
};
use vigil_proto::rpc::{LeaseSeconds, Port, Refusal, Support, Uid, Unsupported};

use super::order::Reply;
use crate::{flags::Setup, halt::Halt, log};

/// What the mutator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RedirectOrder {
    /// Hold for a user, of whom nothing is proven: [`Reply::Done`].
    Begin(Held),
    /// Look what is proven meanwhile of what is not redirected yet, and hold all of that for as long
    /// again: [`RedirectReply::Armed`]. With nothing to redirect, nothing is held on.
    Renew(Held),
    /// End it: [`Reply::Done`], also when it had ended.
    End(Held),
    /// Take the rules away, as nobody is held: [`RedirectReply::Gone`].
    Tidy,
}

/// What is held for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) uid: Uid,
    pub(crate) port: Port,
    pub(crate) seconds: LeaseSeconds,
    /// Where the user listens.
    pub(crate) listens: Kinds,
    /// What is redirected.
    pub(crate) armed: Kinds,
}

/// [`Families`], between two processes of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kinds {
    pub(crate) v4: bool,
    pub(crate) v6: bool,
}

impl Kinds {
    pub(crate) const fn are_none(self) -> bool {
        !self.v4 && !self.v6
    }

    const fn families(self) -> Families {
        Families { v4: self.v4, v6: self.v6 }
    }
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RedirectReply {
    /// This is redirected now.
    Armed(Kinds),
    /// Whether nothing of ours is left. Otherwise rules without anybody in them carry what was
    /// redirected before to its end.
    Gone(bool),
}

/// The helper's side of it, for as long as the helper runs.
#[derive(Debug)]
pub(super) struct Redirect {
    support: Support,
    is_loaded: bool,
    turn: Arc<File>,
    halt: Halt,
}

impl Redirect {
    /// Looks, before rights are given up, whether this machine can. Programs inherit `turn`.
    pub(super) fn new(setup: &Setup, turn: Arc<File>, halt: Halt) -> Self {
        let support = if !redirect::IS_KNOWN {
            Support::No(Unsupported::ThisPlatform)
        } else if setup.redirect && sealed::effective_uid() == 0 && redirect::is_possible() {
            Support::Yes
        } else {
            Support::No(Unsupported::ThisMachine)
        };
        Self { support, is_loaded: false, turn, halt }
    }

    pub(super) const fn support(&self) -> Support {
        self.support
    }

    pub(super) fn carry_out(&mut self, order: &RedirectOrder) -> Reply {
        if let Support::No(why) = self.support {
            return Reply::Refused(Refusal::Unsupported(why));
        }
        let (what, done) = match order {
            RedirectOrder::Begin(held) => ("begin", self.begin(*held)),
            RedirectOrder::Renew(held) => ("be renewed", self.renew(*held)),
            RedirectOrder::End(held) => ("end", self.end(*held)),
            RedirectOrder::Tidy => ("be taken away", self.tidy()),
        };
        done.unwrap_or_else(|error| {
            log::say(format_args!("helper: a redirection cannot {what}: {error}"));
            match order {
                // The kernel does not know such rules.
                RedirectOrder::Begin(_) if !self.is_loaded => {
                    Reply::Refused(Refusal::Unsupported(Unsupported::ThisMachine))
                }
                RedirectOrder::Begin(_) | RedirectOrder::Renew(_) => {
                    Reply::Refused(Refusal::Internal)
                }
                RedirectOrder::End(_) | RedirectOrder::Tidy => Reply::Unfinished,
            }
        })
    }

    fn begin(&mut self, held: Held) -> io::Result<Reply> {
        self.change(Change::Begin(hold(held, Kinds::default())))?;
        Ok(Reply::Done)
    }

    fn renew(&mut self, held: Held) -> io::Result<Reply> {
        let is = |armed: bool, listens: bool, family| {
            Ok::<_, io::Error>(armed || listens && redirect::is_proven(held.uid, family)?)
        };
        let armed = Kinds {
            v4: is(held.armed.v4, held.listens.v4, Family::V4)?,
            v6: is(held.armed.v6, held.listens.v6, Family::V6)?,
        };
        if !armed.are_none() {
            self.change(Change::Renew(hold(held, armed)))?;
        }
        Ok(Reply::Redirect(RedirectReply::Armed(armed)))
    }

    fn end(&mut self, held: Held) -> io::Result<Reply> {
        self.change(Change::End(hold(held, held.armed)))?;
        Ok(Reply::Done)
    }

    /// Whether something is redirected still is asked just before: nothing new is, as nobody is held.
    fn tidy(&mut self) -> io::Result<Reply> {
        let is_in_use = redirect::in_flight()?;
        if !is_in_use {
            self.apply(&Change::Remove)?;
            self.is_loaded = false;
        } else if !self.is_loaded {
            // An earlier run's.
            self.load()?;
        }
        Ok(Reply::Redirect(RedirectReply::Gone(!is_in_use)))
    }

    fn load(&mut self) -> io::Result<()> {
        self.apply(&Change::Load)?;
        self.is_loaded = true;
        Ok(())
    }

    /// Somebody may have flushed all rules of the machine: they are made anew then. Whoever else was
    /// held is so again at the next renewal.
    fn change(&mut self, change: Change) -> io::Result<()> {
        if self.is_loaded && self.apply(&change).is_ok() {
            return Ok(());
        }
        self.is_loaded = false;
        self.load()?;
        self.apply(&change)
    }

    fn apply(&self, change: &Change) -> io::Result<()> {
        self.halt.here("filter-unchanged");
        redirect::apply(change, Stdio::from(self.turn.try_clone()?))?;
        self.halt.here("filter-changed");
        Ok(())
    }
}

const fn hold(held: Held, armed: Kinds) -> Hold {
    Hold {
        uid: held.uid,
        port: held.port,
        seconds: held.seconds,
        probed: held.listens.families(),
        armed: armed.families(),
    }
}
