//! What the helper does with the machine's certificate store. A certificate is read anew, as that of
//! the uid in the order: a mutator that was taken over could have the machine trust what is for hosts
//! of AI services alone, and nothing wider.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use vigil_platform::trust::{Program, Store, TrustError};
use vigil_proto::rpc::{Fingerprint, Refusal, Support, Trust, Uid, Unsupported};
use vigild::ca;

use super::order::Reply;
use crate::{clock, halt::Halt, log};

/// The store, if there is one.
#[derive(Debug)]
pub(super) struct Certificates {
    store: Result<(Store, PathBuf), Unsupported>,
    turn: Arc<File>,
    halt: Halt,
}

impl Certificates {
    /// Looks for the store below `root`. Programs inherit `turn`.
    pub(super) fn look(root: Option<&Path>, turn: Arc<File>, halt: Halt) -> Self {
        let store = root.ok_or(Unsupported::ThisMachine).and_then(|root| {
            Store::detect(root).map(|store| (store, root.to_owned())).map_err(|error| match error {
                TrustError::UsersOwn => Unsupported::UserSide,
                _ => Unsupported::ThisMachine,
            })
        });
        Self { store, turn, halt }
    }

    /// In a word, for the log.
    pub(super) const fn kind(&self) -> &'static str {
        match &self.store {
            Ok(_) => "there",
            Err(_) => "none",
        }
    }

    pub(super) const fn support(&self) -> Support {
        match &self.store {
            Ok(_) => Support::Yes,
            Err(why) => Support::No(*why),
        }
    }

    /// The folders that the store writes below.
    pub(super) fn writes(&self) -> Vec<PathBuf> {
        self.store.as_ref().map(|(store, _)| store.writes()).unwrap_or_default()
    }

    pub(super) fn install(&self, uid: Uid, der: &[u8]) -> Reply {
        let (store, root) = match &self.store {
            Ok(store) => store,
            Err(why) => return Reply::Refused(Refusal::Unsupported(*why)),
        };
        let ca = match ca::validate(der, uid, clock::now()) {
            Ok(ca) => ca,
            Err(bad) => return Reply::Refused(Refusal::BadCa(bad)),
        };
        self.halt.here("helper-ordered");
        let reply = match store.install(ca.der(), &mut |program| self.run(program, root)) {
            Ok(_) => Reply::Done,
            Err(error @ TrustError::NotUndone(..)) => unfinished(&error),
            Err(error) => {
                say(&error);
                Reply::Refused(Refusal::Internal)
            }
        };
        self.halt.here("helper-answers");
        reply
    }

    pub(super) fn remove(&self, fingerprint: Fingerprint) -> Reply {
        let (store, root) = match &self.store {
            Ok(store) => store,
            Err(why) => return Reply::Refused(Refusal::Unsupported(*why)),
        };
        self.halt.here("helper-ordered");
        let reply = match store.remove(fingerprint, &mut |program| self.run(program, root)) {
            Ok(_) => Reply::Done,
            Err(error @ TrustError::StillTrusted) => {
                say(&error);
                Reply::LeftAlone
            }
            // Nothing was touched.
            Err(error @ TrustError::NotOurs(_)) => {
                say(&error);
                Reply::Refused(Refusal::Internal)
            }
            Err(error) => unfinished(&error),
        };
        self.halt.here("helper-answers");
        reply
    }

    pub(super) fn trusted(&self, fingerprint: Fingerprint) -> Reply {
        let trust = match &self.store {
            Ok((store, _)) => match store.is_trusted(fingerprint) {
                Ok(true) => Trust::Trusted,
                Ok(false) => Trust::NotTrusted,
                Err(_) => Trust::Unknown,
            },
            Err(Unsupported::UserSide) => Trust::UsersOwn,
            Err(_) => Trust::Unknown,
        };
        Reply::Trust(trust)
    }

    fn run(&self, program: Program, root: &Path) -> io::Result<()> {
        self.halt.here("helper-placed");
        program.run(root, Stdio::from(self.turn.try_clone()?))?;
        self.halt.here("helper-ran");
        Ok(())
    }
}

fn unfinished(error: &TrustError) -> Reply {
    say(error);
    Reply::Unfinished
}

/// Its paths are those that are compiled in.
fn say(error: &TrustError) {
    log::say_of_caller(format_args!("helper: {}", crate::Causes(error)));
}
