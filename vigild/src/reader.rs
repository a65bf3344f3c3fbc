//! The process that callers talk to: it accepts, reads requests, and answers from the kernel's tables.
//! It changes nothing, and cannot: what changes something goes to the mutator, with the caller's own
//! connection, so that the mutator asks the kernel itself who that is.

mod connection;
mod link;
mod permits;
mod stream;
mod tables;
mod watching;

use std::{
    error::Error,
    io,
    os::{
        fd::AsFd,
        unix::net::{UnixListener, UnixStream},
    },
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use vigil_platform::{
    boot,
    peer::Peer,
    sandbox::{self, Part},
};
use vigil_proto::rpc::{BootId, Refusal, Uid};

pub(crate) use self::link::READY;
use self::{connection::Connection, link::Link, permits::Permits, watching::Watching};
use crate::{authorise::standing, bucket::Buckets, flags::Setup, log};

/// What every connection shares.
struct Shared {
    setup: Setup,
    boot: BootId,
    mutator: Link,
    permits: Permits,
    requests: Mutex<Buckets>,
    watching: Arc<Watching>,
}

/// A connection's thread needs little: answers are on the heap.
const STACK: usize = 256 * 1024;

pub(crate) fn run(setup: &Setup) -> Result<(), Box<dyn Error>> {
    sandbox::end_with_parent()?;
    let boot = BootId(boot::id()?);
    // The starter's two descriptors.
    let mutator = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let socket = UnixListener::from(io::stdout().as_fd().try_clone_to_owned()?);
    // The first look asks the kernel for constants, by calls that are not made later.
    vigil_platform::process::row(std::process::id())?;
    let held = sandbox::enter(Part::Reader)?;
    // What an earlier run left is put back before anybody is answered.
    let mutator = Link::ready(mutator)?;
    let shared = Arc::new(Shared {
        setup: setup.clone(),
        boot,
        mutator,
        permits: Permits::default(),
        watching: Arc::new(Watching::probe()),
        requests: Mutex::new(Buckets::new(setup.limits.requests, Duration::from_secs(1))),
    });
    log::say(format_args!(
        "reader: serving; rights given up: {}, calls filtered: {}",
        held.rights, held.calls
    ));
    loop {
        match socket.accept() {
            Ok((stream, _)) => admit(&shared, stream),
            // The caller has gone again, or there are no descriptors left: it may be better soon.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Asks once who it is, and begins to serve when there is room.
fn admit(shared: &Arc<Shared>, stream: UnixStream) {
    let since = Instant::now();
    // Nobody is served whom the kernel does not name.
    let Ok(peer) = Peer::of(&stream) else { return };
    let Ok(uid) = Uid::new(peer.uid) else { return };
    let Some(permit) = shared.permits.take(uid, standing(&shared.setup, uid)) else {
        connection::turn_away(stream, Refusal::TooMany);
        return;
    };
    let connection = Connection::new(Arc::clone(shared), stream, peer, uid, since, permit);
    let thread = thread::Builder::new().name("connection".to_owned()).stack_size(STACK);
    // Without room for a thread the connection is closed, as what was moved into it is dropped.
    if thread.spawn(move || connection.serve()).is_err() {
        log::say(format_args!("reader: no room for a thread"));
    }
}
