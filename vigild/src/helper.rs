//! The process that starts programs: the only one that may, and only the few that are compiled in. It
//! hears the mutator and nobody else, and believes it as little as can be: what is in an order is
//! looked at anew, and no order has room for a path, a program or an argument.
//!
//! docs/adr/0014-helper.md says what it keeps and why.

mod certificates;
pub(crate) mod order;
pub(crate) mod proxy;
pub(crate) mod redirect;

use std::{
    error::Error,
    fs::File,
    io,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use vigil_platform::{
    sandbox::{self, Part},
    sealed::{Folder, SealedError},
    signal::Signals,
};

use self::{
    certificates::Certificates,
    order::{Order, Reply},
    proxy::Proxy,
    redirect::Redirect,
};
use crate::{flags::Setup, halt::Halt, log};

/// Held by the helper and by each program it starts, until the last of them has ended.
const TURN: &str = "helper";

/// How long a program of an earlier run may take to its end: more than [`Program::PATIENCE`].
///
/// [`Program::PATIENCE`]: vigil_platform::trust::Program::PATIENCE
const PATIENCE: Duration = Duration::from_secs(40);

struct Helper {
    certificates: Certificates,
    redirect: Redirect,
    proxy: Proxy,
}

pub(crate) fn run(setup: &Setup) -> Result<(), Box<dyn Error>> {
    sandbox::end_with_parent()?;
    // Told to stop, it is the mutator's end that stops this process.
    let _held = Signals::hold()?;
    let mutator = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let state = Folder::open(&setup.state, setup.owner)?;
    let turn = Arc::new(turn(&state)?);
    let halt = Halt::new(setup.stop_at.clone());
    let redirect = Redirect::new(setup, Arc::clone(&turn), halt.clone());
    let proxy = Proxy::new(setup, &state, halt.clone())?;
    drop(state);
    let certificates = Certificates::look(setup.trust.as_deref(), turn, halt);
    let folders: Vec<File> =
        certificates.writes().iter().filter_map(|folder| File::open(folder).ok()).collect();
    let writes: Vec<BorrowedFd<'_>> =
        folders.iter().map(AsFd::as_fd).chain(proxy.writes()).collect();
    let held = sandbox::enter(Part::Helper { writes: &writes })?;
    drop(folders);
    log::say(format_args!(
        "helper: certificate store: {}; rights given up: {}, calls filtered: {}, files out of reach: {}",
        certificates.kind(),
        held.rights,
        held.calls,
        held.files
    ));
    let mut helper = Helper { certificates, redirect, proxy };
    while let Some(order) = order::receive(&mutator)? {
        order::send(&mutator, &helper.carry_out(&order))?;
    }
    Ok(())
}

/// Waits until no program of an earlier run is at work any more. One that was killed leaves none
/// behind that would undo what is done here.
fn turn(folder: &Folder) -> Result<File, SealedError> {
    let since = Instant::now();
    loop {
        match folder.append(TURN) {
            Err(SealedError::Held(_)) if since.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(20));
            }
            turn => return turn,
        }
    }
}

impl Helper {
    fn carry_out(&mut self, order: &Order) -> Reply {
        match order {
            Order::Abilities => Reply::Abilities {
                ca: self.certificates.support(),
                capture: self.redirect.support(),
                proxy: self.proxy.support(),
            },
            Order::CaInstall { uid, der } => self.certificates.install(*uid, der.as_bytes()),
            Order::CaRemove { fingerprint } => self.certificates.remove(*fingerprint),
            Order::CaTrusted { fingerprint } => self.certificates.trusted(*fingerprint),
            Order::Redirect(order) => self.redirect.carry_out(order),
            Order::Proxy(order) => self.proxy.carry_out(*order),
        }
    }
}
