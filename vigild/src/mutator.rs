//! The process that changes things, one at a time, and writes each down before and after. It sees no
//! caller's bytes but whole requests, and believes the reader neither who asks (it asks the kernel,
//! by the caller's own connection) nor that it may.

mod anchors;
mod answer;
mod authorities;
mod journal;
mod leases;
mod link;
mod record;

use std::{
    error::Error,
    io::{self, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::Path,
    time::Duration,
};

use vigil_platform::{
    channel,
    sandbox::{self, Part},
    sealed::Folder,
    signal::Signals,
};
use vigil_proto::rpc::{Decoder, Deed, Frame, JournalRow, Micros, Phase, Request, Support, frame};

use self::{
    anchors::Anchors,
    authorities::Authorities,
    journal::{Journal, JournalError},
    leases::Leases,
    link::Link,
};
use crate::{
    bucket::Buckets,
    clock,
    flags::Setup,
    halt::Halt,
    helper::order::{Order, Reply},
    log,
    reader::READY,
};

/// What the mutator knows.
struct Mutator {
    setup: Setup,
    started: Micros,
    journal: Journal,
    anchors: Anchors,
    authorities: Authorities,
    /// Whether this machine has a certificate store that the helper knows.
    can_ca: Support,
    /// Whether this machine has a packet filter that the helper knows.
    can_capture: Support,
    /// Whether there is a proxy setting that the helper may change.
    can_proxy: Support,
    leases: Leases,
    helper: Link,
    changes: Buckets,
    renewals: Buckets,
    halt: Halt,
}

#[derive(Debug, thiserror::Error)]
enum MutatorError {
    #[error("the reader sent what is no request with its caller's connection")]
    Reader,
    #[error("the helper does not say what it can")]
    Helper,
    #[error("{0} of what was changed could not be put back")]
    Left(usize),
}

pub(crate) fn run(setup: &Setup) -> Result<(), Box<dyn Error>> {
    // Told to stop, it is the starter that stops this process, by ending the reader.
    let _held = Signals::hold()?;
    // The starter's two descriptors.
    let mut reader = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut helper = Link::new(io::stdout().as_fd().try_clone_to_owned()?.into())?;
    let folder = Folder::open(&setup.state, setup.owner)?;
    // The same folder that each look into the file goes through.
    let enrolment = setup.enrolled.parent().unwrap_or_else(|| Path::new("/"));
    let enrolment = Folder::open(enrolment, setup.owner).inspect_err(|error| {
        log::say(format_args!("mutator: nobody is enrolled: {}", crate::Causes(error)));
    });
    let part = Part::Mutator {
        state: folder.as_fd(),
        enrolment: enrolment.as_ref().ok().map(AsFd::as_fd),
    };
    let held = sandbox::enter(part)?;
    let halt = Halt::new(setup.stop_at.clone());
    let journal = Journal::open(folder, halt.clone())?;
    let Reply::Abilities { ca: can_ca, capture: can_capture, proxy: can_proxy } =
        helper.ask(&Order::Abilities)?
    else {
        return Err(MutatorError::Helper.into());
    };
    let mut mutator = Mutator {
        setup: setup.clone(),
        started: clock::now(),
        anchors: Anchors::read(&journal)?,
        authorities: Authorities::read(&journal)?,
        journal,
        can_ca,
        can_capture,
        can_proxy,
        leases: Leases::default(),
        helper,
        changes: Buckets::new(setup.limits.changes, Duration::from_mins(1)),
        renewals: Buckets::new(setup.limits.renewals(), Duration::from_mins(1)),
        halt,
    };
    let replayed = mutator.replay()?;
    log::say(format_args!(
        "mutator: {} journal rows, {replayed} undone; rights given up: {}, calls filtered: {}, \
         files out of reach: {}",
        mutator.journal.last(),
        held.rights,
        held.calls,
        held.files
    ));
    if setup.undo {
        return mutator.undo_everything();
    }
    reader.write_all(&[READY])?;
    mutator.serve(reader)
}

impl Mutator {
    /// Until the reader has ended, as when the daemon stops.
    fn serve(mut self, mut reader: UnixStream) -> Result<(), Box<dyn Error>> {
        loop {
            let (has_more, ended) = self.leases.wait(&reader)?;
            self.end_leases(ended)?;
            if !has_more {
                continue;
            }
            let Some((frame, caller)) = receive(&reader)? else { break };
            let response = self.answer(&frame.message, caller)?;
            if reader.write_all(&frame::encode(frame.id, &response)?).is_err() {
                break;
            }
        }
        self.end_all_leases()
    }

    /// What an earlier run left open is ended already; certificates are what was meant to last.
    fn undo_everything(mut self) -> Result<(), Box<dyn Error>> {
        let (withdrawn, left) = self.withdraw_authorities()?;
        let is_other = |row: &JournalRow| !matches!(row.deed, Deed::CaRemove(_));
        let left = left + self.journal.unfinished().into_iter().filter(is_other).count();
        self.end_all_leases()?;
        log::say(format_args!("undo: {withdrawn} certificates withdrawn, {left} changes left"));
        if left == 0 { Ok(()) } else { Err(MutatorError::Left(left).into()) }
    }

    /// Writes what became of a deed, and says whether it is written.
    fn note(&mut self, first: &JournalRow, phase: Phase) -> Result<bool, JournalError> {
        match self.journal.follow(first, phase) {
            Ok(row) => {
                self.authorities.note(&row);
                Ok(true)
            }
            Err(error) => error.borne().map(|()| false),
        }
    }
}

/// A request and the connection of whoever asks.
type Asked = (Frame<Request>, OwnedFd);

/// The next request, and the connection of whoever asks; nothing when the reader has ended.
fn receive(reader: &UnixStream) -> Result<Option<Asked>, Box<dyn Error>> {
    let mut decoder = Decoder::new();
    let mut caller = None;
    let mut buffer = [0; 1024];
    loop {
        let (length, descriptor) = channel::receive_with(reader, &mut buffer)?;
        if length == 0 {
            return Ok(None);
        }
        match (descriptor, &caller) {
            (Some(descriptor), None) if !decoder.is_within() => caller = Some(descriptor),
            (None, Some(_)) => {}
            _ => return Err(MutatorError::Reader.into()),
        }
        let mut rest = buffer.get(..length).unwrap_or_default();
        if let Some(frame) = decoder.feed(&mut rest)? {
            let caller = caller.filter(|_| rest.is_empty()).ok_or(MutatorError::Reader)?;
            return Ok(Some((frame, caller)));
        }
    }
}
