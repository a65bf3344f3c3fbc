//! What the helper does with the machine's proxy setting, order by order. What was there before is
//! kept in a folder of its own from before the first change until the mutator has noted that it is
//! back; no order has room for a setting, so that nobody can have another one put there.

mod setting;

use std::os::fd::{AsFd, BorrowedFd};

use serde::{Deserialize, Serialize};
use vigil_platform::{
    machineproxy::PutBack,
    sealed::{Folder, SealedError},
};
use vigil_proto::rpc::{Port, Refusal, Support, Uid, Unsupported};

use self::setting::{Setting, Wrong};
use super::order::Reply;
use crate::{flags::Setup, halt::Halt, log};

/// The folder below that of the daemon's state.
const FOLDER: &str = "proxy";
/// What was there before, in it.
const KEPT: &str = "before";
/// No setting has more, in bytes.
const KEPT_MAX: usize = 1024 * 1024;

/// What the mutator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ProxyOrder {
    /// Lead the machine to a port of this user's, who has to be the only one there: [`Reply::Done`], or
    /// [`Reply::Refused`] with everything as it was. What an earlier order changed has to be put back
    /// and forgotten before.
    Enable { uid: Uid, port: Port },
    /// Look whether the user is still the only one there: [`Reply::Done`].
    Renew { uid: Uid },
    /// Put back what was there: [`Reply::Done`], also when nothing was changed, or
    /// [`Reply::LeftAlone`]. As often as it is asked for.
    PutBack,
    /// What was there need not be kept any more: [`Reply::Done`].
    Forget,
}

/// The helper's side of it.
pub(super) struct Proxy {
    setting: Result<Box<dyn Setting>, Unsupported>,
    /// What is kept is in here.
    folder: Option<Folder>,
    halt: Halt,
}

impl Proxy {
    /// Looks, before rights are given up, what there is to set.
    ///
    /// # Errors
    /// The folder in which things are kept is not ours alone.
    pub(super) fn new(setup: &Setup, state: &Folder, halt: Halt) -> Result<Self, SealedError> {
        let setting = setting::of(setup)?;
        let folder = setting.is_ok().then(|| state.within(FOLDER)).transpose()?;
        Ok(Self { setting, folder, halt })
    }

    pub(super) const fn support(&self) -> Support {
        match &self.setting {
            Ok(_) => Support::Yes,
            Err(why) => Support::No(*why),
        }
    }

    /// The folders that are written in.
    pub(super) fn writes(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let settings = self.setting.as_ref().ok().and_then(|setting| setting.folder());
        self.folder.iter().chain(settings).map(AsFd::as_fd)
    }

    pub(super) fn carry_out(&self, order: ProxyOrder) -> Reply {
        let (setting, folder) = match (&self.setting, &self.folder) {
            (Ok(setting), Some(folder)) => (&**setting, folder),
            (Err(why), _) => return Reply::Refused(Refusal::Unsupported(*why)),
            (Ok(_), None) => return Reply::Refused(Refusal::Internal),
        };
        let at = At { setting, folder, halt: &self.halt };
        match order {
            ProxyOrder::Enable { uid, port } => at.enable(uid, port),
            ProxyOrder::Renew { uid } => at.renew(uid),
            ProxyOrder::PutBack => at.put_back(),
            ProxyOrder::Forget => at.forget(),
        }
    }
}

/// A setting, and where what was there is kept.
struct At<'a> {
    setting: &'a dyn Setting,
    folder: &'a Folder,
    halt: &'a Halt,
}

impl At<'_> {
    fn enable(&self, uid: Uid, port: Port) -> Reply {
        if let Err(refusal) = self.is_for(uid) {
            return Reply::Refused(refusal);
        }
        match self.folder.read(KEPT, KEPT_MAX) {
            Ok(None) => {}
            // Never written over: it may be all that is left of what the user had.
            Ok(Some(_)) => return Reply::Refused(Refusal::Busy),
            Err(error) => return Reply::Refused(unkept(&error)),
        }
        let plan = match self.setting.plan(port) {
            Ok(plan) => plan,
            Err(wrong) => return Reply::Refused(refusal(&wrong)),
        };
        self.halt.here("proxy-planned");
        if let Err(error) = self.folder.replace(KEPT, &plan) {
            // It may be there, and only not be safe: nothing was changed.
            return match self.forget() {
                Reply::Done => Reply::Refused(unkept(&error)),
                left => left,
            };
        }
        self.halt.here("proxy-kept");
        let set = self.setting.set(port, &plan);
        self.halt.here("proxy-set");
        let Err(wrong) = set else { return Reply::Done };
        let refusal = refusal(&wrong);
        // What somebody else wrote meanwhile stays.
        match self.put_back() {
            Reply::Unfinished => Reply::Unfinished,
            _ => match self.forget() {
                Reply::Done => Reply::Refused(refusal),
                left => left,
            },
        }
    }

    fn renew(&self, uid: Uid) -> Reply {
        let is_for = self.is_for(uid);
        self.halt.here("proxy-renewed");
        is_for.map_or_else(Reply::Refused, |()| Reply::Done)
    }

    fn is_for(&self, uid: Uid) -> Result<(), Refusal> {
        match self.setting.is_for(uid) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::NotAtConsole),
            Err(error) => {
                log::say_of_caller(format_args!("helper: nobody knows who is there: {error}"));
                Err(Refusal::NotAtConsole)
            }
        }
    }

    fn put_back(&self) -> Reply {
        let plan = match self.folder.read(KEPT, KEPT_MAX) {
            Ok(Some(plan)) => plan,
            Ok(None) => return Reply::Done,
            Err(error) => {
                unkept(&error);
                return Reply::Unfinished;
            }
        };
        self.halt.here("proxy-unchanged");
        let done = self.setting.put_back(&plan);
        self.halt.here("proxy-put-back");
        match done {
            Ok(PutBack::Original) => Reply::Done,
            Ok(PutBack::LeftAlone) => Reply::LeftAlone,
            Err(wrong) => {
                refusal(&wrong);
                Reply::Unfinished
            }
        }
    }

    fn forget(&self) -> Reply {
        let done = self.folder.remove(KEPT);
        self.halt.here("proxy-forgotten");
        match done {
            Ok(()) => Reply::Done,
            Err(error) => {
                unkept(&error);
                Reply::Unfinished
            }
        }
    }
}

/// What the caller is told; the log says more.
fn refusal(wrong: &Wrong) -> Refusal {
    log::say_of_caller(format_args!("helper: {}", crate::Causes(wrong)));
    match wrong {
        Wrong::Nowhere => Refusal::Unsupported(Unsupported::ThisMachine),
        Wrong::Changed => Refusal::Busy,
        Wrong::InUse | Wrong::Kept | Wrong::Failed(_) => Refusal::Internal,
    }
}

fn unkept(error: &SealedError) -> Refusal {
    log::say_of_caller(format_args!("helper: {}", crate::Causes(error)));
    Refusal::Internal
}

#[cfg(test)]
mod tests;
