//! What the mutator answers, verb by verb, after it has asked the kernel who is there and has found
//! that this uid may.

use std::{
    error::Error,
    os::{fd::OwnedFd, unix::net::UnixStream},
    time::Instant,
};

use vigil_platform::peer::Peer;
use vigil_proto::rpc::{
    Abilities, Cause, Engine, Refusal, Request, Response, Status, Support, Uid, Unsupported, Verb,
    limits::JOURNAL_ROWS_PER_DAY,
};

use super::{Mutator, anchors::AnchorError};
use crate::{
    authorise::{Caller, authorise},
    clock, log,
};

impl Mutator {
    /// Undoes what an earlier run left, and gives how much that was.
    pub(super) fn replay(&mut self) -> Result<usize, Box<dyn Error>> {
        let authorities = self.settle_authorities(Cause::Start)?.ended;
        Ok(authorities + self.settle_redirections()? + self.settle_proxy()?)
    }

    /// # Errors
    /// The journal failed: nothing more may be promised, and the process ends.
    pub(super) fn answer(
        &mut self,
        request: &Request,
        caller: OwnedFd,
    ) -> Result<Response, Box<dyn Error>> {
        let socket = UnixStream::from(caller);
        // Asked once: a process that ends meanwhile is no reason for this one to.
        let Ok(peer) = Peer::of(&socket) else { return Ok(Refusal::Internal.into()) };
        let Ok(uid) = Uid::new(peer.uid) else { return Ok(Refusal::Internal.into()) };
        let caller = match authorise(&self.setup, uid, request) {
            Ok(caller) => caller,
            Err(refusal) => return Ok(refusal.into()),
        };
        let verb = request.verb();
        let is_in_time = match verb {
            // Each has programs run, for which everybody else waits.
            Verb::LeaseRenew => self.renewals.take(uid.raw(), Instant::now()),
            verb => !verb.is_change() || self.changes.take(uid.raw(), Instant::now()),
        };
        if !is_in_time {
            return Ok(Refusal::TooFast.into());
        }
        // What ends something is bounded by what was begun.
        let begins = verb.is_change() && !matches!(verb, Verb::CaRemove | Verb::LeaseEnd);
        if begins && !self.journal.has_room(uid, clock::now(), JOURNAL_ROWS_PER_DAY)? {
            return Ok(Refusal::TooFast.into());
        }
        let response = self.carry_out(request, caller, (&socket, peer))?;
        if verb.is_change() {
            let outcome = match &response {
                Response::Refused(refusal) => refusal.to_string(),
                _ => "done".to_owned(),
            };
            log::say_of_caller(format_args!("mutator: uid {uid}: {verb}: {outcome}"));
        }
        Ok(response)
    }

    /// Every verb by name: one that is added does not compile before it has its place here.
    fn carry_out(
        &mut self,
        request: &Request,
        caller: Caller,
        (socket, peer): (&UnixStream, Peer),
    ) -> Result<Response, Box<dyn Error>> {
        match request {
            Request::Status => Ok(Response::Status(self.status(caller))),
            Request::JournalTail { scope, since, max } => {
                Ok(Response::Journal(self.journal.tail(caller.uid, *scope, *since, *max)?))
            }
            Request::Anchor(anchor) => {
                let absence = self.setup.limits.absence;
                let journal = &mut self.journal;
                match self.anchors.add(journal, caller.uid, *anchor, clock::now(), absence) {
                    Ok(()) => Ok(Response::Anchored),
                    Err(AnchorError::Refused(refusal)) => Ok(refusal.into()),
                    Err(AnchorError::Journal(error)) => {
                        Ok(error.borne().map(|()| Refusal::Internal.into())?)
                    }
                }
            }
            Request::CaInstall { der } => self.ca_install(caller.uid, der),
            Request::CaRemove { fingerprint } => self.ca_remove(caller.uid, *fingerprint),
            Request::CaStatus { fingerprint } => self.ca_status(caller.uid, *fingerprint),
            Request::CaptureEnable { port, lease_s } => {
                self.capture_enable(caller.uid, (socket, peer), *port, *lease_s)
            }
            Request::LeaseRenew { lease } => self.lease_renew(caller.uid, socket, *lease),
            Request::LeaseEnd { lease } => self.lease_end(caller.uid, *lease),
            Request::ProxyEnable { mode, port, lease_s } => {
                self.proxy_enable(caller.uid, (socket, peer), *mode, *port, *lease_s)
            }
            // The reader's own: it never sends them.
            Request::Hello { .. }
            | Request::ProcessPage { .. }
            | Request::SocketPage { .. }
            | Request::SocketOwner { .. }
            | Request::Watch { .. } => Ok(Refusal::Internal.into()),
        }
    }

    fn status(&self, caller: Caller) -> Status {
        let not_built = Support::No(Unsupported::NotBuilt);
        Status {
            started: self.started,
            enrolled: caller.enrolment > vigil_proto::rpc::Enrolment::Stranger,
            administrator: caller.is_administrator(),
            can: Abilities {
                ca: self.can_ca,
                proxy: self.can_proxy,
                capture: self.can_capture,
                // The reader says what it can.
                sockets: not_built,
                watch: Engine::Off(Unsupported::NotBuilt),
            },
            leases: self.leases.of(caller.uid),
            journal: self.journal.last(),
            anchor: self.anchors.last(caller.uid),
        }
    }
}
