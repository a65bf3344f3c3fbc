//! One connection, from its greeting to its end. Requests are answered one after the other.

use std::{
    io::Write,
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use vigil_platform::peer::Peer;
use vigil_proto::rpc::{
    Frame, FrameError, Refusal, Request, Response, Scope, Uid, Unsupported, Verb, Welcome, frame,
};

use super::{
    Shared,
    permits::Permit,
    stream::{End, Stream},
    tables,
};
use crate::{
    authorise::{Caller, authorise},
    log,
};

/// A connection and whose it is.
pub(super) struct Connection {
    shared: Arc<Shared>,
    stream: Stream,
    uid: Uid,
    since: Instant,
    is_greeted: bool,
    /// The minor version that both sides know.
    minor: u16,
    /// A connection that holds a lease is not idle, however long that runs.
    leased_until: Instant,
    // Pins the process, so that its number is not another's while the connection lasts.
    _peer: Peer,
    _permit: Permit,
}

/// What is said to a caller for whom there is no room. It is not waited for.
pub(super) fn turn_away(mut socket: UnixStream, refusal: Refusal) {
    if let Ok(bytes) = frame::encode(0, &Response::Refused(refusal)) {
        let _ = socket.set_nonblocking(true).and_then(|()| socket.write_all(&bytes));
    }
    let _ = socket.shutdown(Shutdown::Both);
}

/// What becomes of the connection after an answer.
enum Next {
    Answer(Response),
    /// The last one.
    Close(Refusal),
    /// It is a stream of events from now on, and ends with them.
    Watch(Caller, Scope),
}

/// What both sides know. Not written as a minimum, which the first version, 0, would make pointless.
fn smaller(ours: u16, theirs: u16) -> u16 {
    std::cmp::min_by_key(ours, theirs, |minor| *minor)
}

impl Connection {
    pub(super) const fn new(
        shared: Arc<Shared>,
        socket: UnixStream,
        peer: Peer,
        uid: Uid,
        since: Instant,
        permit: Permit,
    ) -> Self {
        let stream = Stream::new(socket);
        Self {
            shared,
            stream,
            uid,
            since,
            is_greeted: false,
            minor: 0,
            leased_until: since,
            _peer: peer,
            _permit: permit,
        }
    }

    pub(super) fn serve(mut self) {
        let limits = self.shared.setup.limits;
        loop {
            let by = if self.is_greeted {
                (Instant::now() + limits.idle).max(self.leased_until)
            } else {
                self.since + limits.greeting
            };
            let Frame { id, message } = match self.stream.next(by, !self.is_greeted, &limits) {
                Ok(frame) => frame,
                Err(End::Frame(error)) => return self.refuse_frame(error),
                Err(End::Closed | End::Late) => return,
            };
            let verb = message.verb();
            let (response, is_last) = match self.next(&message) {
                Next::Answer(response) => (response, false),
                Next::Close(refusal) => (refusal.into(), true),
                Next::Watch(caller, scope) => return self.watch(id, caller, scope),
            };
            self.note(verb, &response);
            if let Response::Leased(lease) = &response {
                let seconds = Duration::from_secs(lease.lease_s.raw().into());
                self.leased_until = Instant::now() + seconds;
            }
            if self.stream.answer(id, &response, &limits).is_err() || is_last {
                return;
            }
        }
    }

    fn next(&mut self, request: &Request) -> Next {
        if !self.has_token() {
            return Next::Answer(Refusal::TooFast.into());
        }
        match request {
            Request::Hello { minor, .. } if !self.is_greeted => {
                self.is_greeted = true;
                let minor = smaller(frame::MINOR, *minor);
                self.minor = minor;
                return Next::Answer(Response::Welcome(Welcome { minor, boot: self.shared.boot }));
            }
            Request::Hello { .. } => return Next::Close(Refusal::Greeting),
            _ if !self.is_greeted => return Next::Close(Refusal::Greeting),
            _ => {}
        }
        match authorise(&self.shared.setup, self.uid, request) {
            Ok(caller) => self.carry_out(request, caller),
            Err(refusal) => Next::Answer(refusal.into()),
        }
    }

    /// Every verb by name: one that is added does not compile before it has its place here.
    fn carry_out(&self, request: &Request, caller: Caller) -> Next {
        let answer = match request {
            // Answered above, or refused.
            Request::Hello { .. } => Refusal::Greeting.into(),
            Request::Watch { scope } => return Next::Watch(caller, *scope),
            Request::ProcessPage { scope, cursor, max } => {
                tables::processes(caller, *scope, *cursor, *max)
            }
            Request::SocketPage { scope, cursor, max } => {
                tables::sockets(caller, *scope, *cursor, *max)
            }
            Request::SocketOwner { local, peer } => tables::owner(caller, *local, *peer),
            Request::Status => match self.ask(request) {
                Response::Status(mut status) => {
                    status.can.sockets = tables::SOCKETS;
                    status.can.watch = self.shared.watching.engine();
                    Response::Status(status)
                }
                other => other,
            },
            // Its lease could not be told to whoever does not know of probes.
            Request::CaptureEnable { .. } if self.minor < 1 => {
                Refusal::Unsupported(Unsupported::NotBuilt).into()
            }
            Request::JournalTail { .. }
            | Request::CaInstall { .. }
            | Request::CaRemove { .. }
            | Request::CaStatus { .. }
            | Request::ProxyEnable { .. }
            | Request::CaptureEnable { .. }
            | Request::LeaseRenew { .. }
            | Request::LeaseEnd { .. }
            | Request::Anchor(_) => self.ask(request),
        };
        Next::Answer(answer)
    }

    fn ask(&self, request: &Request) -> Response {
        self.shared.mutator.ask(request, self.stream.socket())
    }

    fn has_token(&self) -> bool {
        let mut requests = self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.take(self.uid.raw(), Instant::now())
    }

    /// After a frame that is none of ours nobody knows where the next one begins.
    fn refuse_frame(mut self, error: FrameError) {
        let refusal = match error {
            FrameError::Major(_) => Refusal::Version,
            FrameError::Truncated
            | FrameError::Trailing
            | FrameError::TooShort(_)
            | FrameError::TooLong(_)
            | FrameError::NoNumber
            | FrameError::Body
            | FrameError::NotCanonical => Refusal::Malformed,
        };
        log::say_of_caller(format_args!("reader: uid {}: {refusal} ({error})", self.uid));
        let _ = self.stream.answer(0, &refusal.into(), &self.shared.setup.limits);
    }

    fn note(&self, verb: Verb, response: &Response) {
        if let Response::Refused(refusal) = response {
            log::say_of_caller(format_args!("reader: uid {}: {verb}: {refusal}", self.uid));
        }
    }

    fn watch(mut self, id: u32, caller: Caller, scope: Scope) {
        let limits = self.shared.setup.limits;
        match self.shared.watching.join(caller, scope) {
            Ok(watcher) => watcher.serve(&mut self.stream, id, &limits),
            Err(refusal) => {
                let response = refusal.into();
                self.note(Verb::Watch, &response);
                let _ = self.stream.answer(id, &response, &limits);
            }
        }
    }
}
