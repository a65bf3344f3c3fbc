//! What a caller holds for as long as it says that it is there: at the end of a lease, what was before
//! comes back, whoever or whatever ended it. A lease is its connection's: when that closes, or the
//! process at its other end is gone, so is the lease.
//!
//! The kernel lets a redirection end by itself, should even this process be gone; a proxy setting is
//! put back by the next start.

mod port;
mod proxy;
mod redirection;

use std::{
    error::Error,
    fs::File,
    io,
    num::NonZeroU64,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{fs::MetadataExt, net::UnixStream},
    },
    time::{Duration, Instant},
};

use vigil_platform::{
    peer::Peer,
    wait::{self, For},
};
use vigil_proto::rpc::{
    BoundedVec, Cause, Deed, JournalRow, LEASES, Lease, LeaseId, LeaseSeconds, Leased, Phase, Port,
    ProxyMode, Refusal, Response, Restored, Support, Uid, Unsupported,
};

use self::{port::Listening, proxy::Unset};
use super::{Mutator, link::Unfitting};
use crate::{helper::redirect::Kinds, log};

/// How often it is looked whether the rules can be taken away.
const TIDY: Duration = Duration::from_secs(5);
/// And how often when they could not.
const TIDY_AGAIN: Duration = Duration::from_mins(5);

/// All leases, and what is left of those that have ended.
#[derive(Debug, Default)]
pub(super) struct Leases {
    held: Vec<Held>,
    /// When to look again whether the rules can go.
    tidy_at: Option<Instant>,
    /// A proxy setting that could not be put back yet.
    unset: Option<Unset>,
}

/// One lease.
#[derive(Debug)]
struct Held {
    /// The journal's row of its intent, by whose number it is called: never twice.
    row: JournalRow,
    lease: LeaseId,
    uid: Uid,
    port: Port,
    seconds: LeaseSeconds,
    listening: Listening,
    what: What,
    connection: UnixStream,
    peer: Peer,
    until: Instant,
}

/// What is held.
#[derive(Clone, Copy, Debug)]
enum What {
    /// The user's connections are redirected, of these kinds.
    Redirection(Kinds),
    /// The machine's proxy setting leads to the user.
    Proxy(ProxyMode),
}

/// What came of beginning it.
enum Begun {
    Yes,
    /// Everything is as it was.
    No(Refusal),
    /// It could not be put back either, yet.
    Half,
}

impl What {
    const fn is_redirection(self) -> bool {
        matches!(self, Self::Redirection(_))
    }

    const fn deed(self, port: Port) -> Deed {
        match self {
            Self::Redirection(_) => Deed::Capture { port },
            Self::Proxy(mode) => Deed::Proxy { mode, port },
        }
    }
}

impl Held {
    const fn shown(&self) -> Lease {
        let of = match self.what {
            What::Redirection(Kinds { v4: false, v6: false }) => Leased::CaptureProbe,
            What::Redirection(Kinds { v4: true, v6: false }) => Leased::CaptureV4,
            What::Redirection(Kinds { v4: false, v6: true }) => Leased::CaptureV6,
            What::Redirection(Kinds { v4: true, v6: true }) => Leased::Capture,
            What::Proxy(mode) => Leased::Proxy(mode),
        };
        Lease { lease: self.lease, of, port: self.port, lease_s: self.seconds }
    }

    fn runs_until(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.seconds.raw().into())
    }
}

impl Leases {
    /// A uid's.
    pub(super) fn of(&self, uid: Uid) -> BoundedVec<Lease, LEASES> {
        let mut leases = BoundedVec::default();
        for held in self.held.iter().filter(|held| held.uid == uid) {
            // There is one of each kind, and room for as many.
            let _ = leases.push(held.shown());
        }
        leases
    }

    /// Waits for something to be done: whether there is a request (or the reader's end), and which
    /// leases have ended.
    pub(super) fn wait(&self, reader: &UnixStream) -> io::Result<(bool, Vec<(LeaseId, Cause)>)> {
        let mut asked = vec![For::Bytes(reader.as_fd())];
        for held in &self.held {
            asked.push(For::Close(held.connection.as_fd()));
            // A copy of the connection may outlive whoever made it.
            asked.extend(held.peer.end().map(For::Bytes));
        }
        let times = self.held.iter().map(|held| held.until);
        let times = times.chain(self.tidy_at).chain(self.unset.as_ref().map(|unset| unset.again));
        let mut ready = wait::first(&asked, times.min())?.into_iter();
        let has_more = ready.next() == Some(true);
        let mut ended = Vec::new();
        for held in &self.held {
            let is_closed = ready.next() == Some(true);
            let is_gone = held.peer.end().is_some() && ready.next() == Some(true);
            if is_closed || is_gone {
                ended.push((held.lease, Cause::CallerGone));
            } else if held.until <= Instant::now() {
                ended.push((held.lease, Cause::Expired));
            }
        }
        Ok((has_more, ended))
    }

    fn place(&self, lease: LeaseId) -> Option<usize> {
        self.held.iter().position(|held| held.lease == lease)
    }

    fn is_redirecting(&self) -> bool {
        self.held.iter().any(|held| held.what.is_redirection())
    }

    /// Whether there is one such lease already. The machine's setting is there once.
    fn has(&self, uid: Uid, what: What) -> bool {
        self.held.iter().any(|held| match (held.what, what) {
            (What::Redirection(_), What::Redirection(_)) => held.uid == uid,
            (What::Proxy(_), What::Proxy(_)) => true,
            (What::Redirection(_), What::Proxy(_)) | (What::Proxy(_), What::Redirection(_)) => {
                false
            }
        })
    }
}

impl Mutator {
    /// As [`Self::enable`].
    pub(super) fn capture_enable(
        &mut self,
        uid: Uid,
        caller: (&UnixStream, Peer),
        port: Port,
        seconds: LeaseSeconds,
    ) -> Result<Response, Box<dyn Error>> {
        if let Support::No(why) = self.can_capture {
            return Ok(Refusal::Unsupported(why).into());
        }
        self.enable(uid, caller, What::Redirection(Kinds::default()), port, seconds)
    }

    /// As [`Self::enable`].
    pub(super) fn proxy_enable(
        &mut self,
        uid: Uid,
        caller: (&UnixStream, Peer),
        mode: ProxyMode,
        port: Port,
        seconds: LeaseSeconds,
    ) -> Result<Response, Box<dyn Error>> {
        if let Support::No(why) = self.can_proxy {
            return Ok(Refusal::Unsupported(why).into());
        }
        // Nobody serves the script yet.
        if mode == ProxyMode::Pac {
            return Ok(Refusal::Unsupported(Unsupported::NotBuilt).into());
        }
        if self.leases.unset.is_some() && !self.unset_again()? {
            return Ok(Refusal::Busy.into());
        }
        self.enable(uid, caller, What::Proxy(mode), port, seconds)
    }

    /// `connection` is the caller's, as the reader handed it over, and `peer` who made it.
    fn enable(
        &mut self,
        uid: Uid,
        (connection, peer): (&UnixStream, Peer),
        what: What,
        port: Port,
        seconds: LeaseSeconds,
    ) -> Result<Response, Box<dyn Error>> {
        if self.leases.has(uid, what) {
            return Ok(Refusal::Leased.into());
        }
        let listening = match port::of(uid, port) {
            Ok(listening) => listening,
            Err(refusal) => return Ok(refusal.into()),
        };
        let connection = connection.try_clone()?;
        let row = match self.journal.intend(uid, what.deed(port)) {
            Ok(row) => row,
            Err(error) => return Ok(error.borne().map(|()| Refusal::Internal.into())?),
        };
        self.halt.here("lease-intended");
        let lease = LeaseId(NonZeroU64::new(row.seq).unwrap_or(NonZeroU64::MIN));
        let until = Instant::now();
        let mut held =
            Held { row, lease, uid, port, seconds, listening, what, connection, peer, until };
        held.until = held.runs_until();
        let begun = match what {
            What::Redirection(_) => self.begin_redirection(&held)?,
            What::Proxy(_) => self.begin_proxy(&held)?,
        };
        match begun {
            Begun::Yes => {}
            Begun::No(refusal) => {
                self.note(&row, Phase::Failed(refusal))?;
                self.tidy_soon(what);
                return Ok(refusal.into());
            }
            // The row stays open, and what is unset says how it ends.
            Begun::Half => return Ok(Refusal::Internal.into()),
        }
        self.halt.here("lease-set");
        let (is_noted, shown) = (self.note(&row, Phase::Done)?, held.shown());
        self.leases.held.push(held);
        self.halt.here("lease-granted");
        if !is_noted {
            // What the journal does not say must not hold.
            self.end_lease(lease, Cause::StepFailed)?;
            return Ok(Refusal::Internal.into());
        }
        Ok(Response::Leased(shown))
    }

    pub(super) fn lease_renew(
        &mut self,
        uid: Uid,
        connection: &UnixStream,
        lease: LeaseId,
    ) -> Result<Response, Box<dyn Error>> {
        let Some(held) = self.leases.held.iter().find(|held| held.lease == lease) else {
            return Ok(Refusal::LeaseUnknown.into());
        };
        if held.uid != uid || !is_same(&held.connection, connection)? {
            return Ok(Refusal::NotYours.into());
        }
        if held.until <= Instant::now() {
            self.end_lease(lease, Cause::Expired)?;
            return Ok(Refusal::LeaseUnknown.into());
        }
        let until = held.runs_until();
        match port::of(uid, held.port) {
            Ok(listening) if listening == held.listening => {}
            Ok(_) | Err(Refusal::PortNotYours) => {
                self.end_lease(lease, Cause::PortLost)?;
                return Ok(Refusal::PortNotYours.into());
            }
            // Who listens could not be asked now. The time runs on.
            Err(refusal) => return Ok(refusal.into()),
        }
        self.halt.here("lease-renewing");
        let renewed = match held.what {
            What::Redirection(_) => self.renew_redirection(lease)?,
            What::Proxy(mode) => self.renew_proxy(uid)?.map(|()| What::Proxy(mode)),
        };
        self.halt.here("lease-renewed");
        let refusal = match renewed {
            Ok(what) => {
                let held = self.leases.held.iter_mut().find(|held| held.lease == lease);
                let Some(held) = held else { return Ok(Refusal::LeaseUnknown.into()) };
                held.what = what;
                held.until = until;
                return Ok(Response::Leased(held.shown()));
            }
            Err(refusal) => refusal,
        };
        self.end_lease(lease, Cause::StepFailed)?;
        Ok(refusal.into())
    }

    pub(super) fn lease_end(
        &mut self,
        uid: Uid,
        lease: LeaseId,
    ) -> Result<Response, Box<dyn Error>> {
        match self.leases.held.iter().find(|held| held.lease == lease) {
            None => return Ok(Refusal::LeaseUnknown.into()),
            Some(held) if held.uid != uid => return Ok(Refusal::NotYours.into()),
            Some(_) => {}
        }
        Ok(self
            .end_lease(lease, Cause::Asked)?
            .map_or_else(|| Refusal::Internal.into(), Response::LeaseEnded))
    }

    /// Ends what has ended by itself, and takes the rules away when it is time to.
    pub(super) fn end_leases(
        &mut self,
        ended: Vec<(LeaseId, Cause)>,
    ) -> Result<(), Box<dyn Error>> {
        for (lease, cause) in ended {
            self.end_lease(lease, cause)?;
        }
        if self.leases.tidy_at.is_some_and(|at| at <= Instant::now()) {
            self.tidy()?;
        }
        if self.leases.unset.as_ref().is_some_and(|unset| unset.again <= Instant::now()) {
            self.unset_again()?;
        }
        Ok(())
    }

    /// The daemon stops: nothing is held any more.
    pub(super) fn end_all_leases(&mut self) -> Result<(), Box<dyn Error>> {
        while let Some(held) = self.leases.held.first() {
            let lease = held.lease;
            self.end_lease(lease, Cause::Stop)?;
        }
        if self.leases.tidy_at.is_some() {
            self.tidy()?;
        }
        if self.leases.unset.is_some() {
            self.unset_again()?;
        }
        Ok(())
    }

    /// What is there now; nothing when what was before could not be put back. Of a redirection the
    /// kernel's own time is left then; a setting is tried again; and there is the next start.
    fn end_lease(
        &mut self,
        lease: LeaseId,
        cause: Cause,
    ) -> Result<Option<Restored>, Box<dyn Error>> {
        let Some(place) = self.leases.place(lease) else { return Ok(Some(Restored::Original)) };
        let held = self.leases.held.remove(place);
        self.halt.here("lease-ending");
        let restored = match held.what {
            What::Redirection(_) => self.end_redirection(&held, cause)?,
            What::Proxy(_) => self.end_proxy(held.row, cause)?,
        };
        log::say_of_caller(format_args!(
            "mutator: uid {}: lease {} ended: {}",
            held.uid,
            held.lease.0,
            words(cause)
        ));
        self.tidy_soon(held.what);
        Ok(restored)
    }

    /// Once nobody is redirected any more.
    fn tidy_soon(&mut self, ended: What) {
        if ended.is_redirection() && !self.leases.is_redirecting() {
            self.leases.tidy_at = Some(Instant::now());
        }
    }
}

/// Whether both are the same connection, and not only of the same caller.
fn is_same(one: &UnixStream, other: &UnixStream) -> io::Result<bool> {
    let number = |socket: &UnixStream| {
        let socket = OwnedFd::from(socket.try_clone()?);
        Ok::<_, io::Error>(File::from(socket).metadata()?.ino())
    };
    Ok(number(one)? == number(other)?)
}

const fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::Asked => "it was given back",
        Cause::Expired => "it was not renewed",
        Cause::CallerGone => "its caller is gone",
        Cause::PortLost => "its port is another's, or nobody's",
        Cause::Start => "the daemon starts",
        Cause::Stop => "the daemon stops",
        Cause::StepFailed => "it could not be kept",
    }
}
