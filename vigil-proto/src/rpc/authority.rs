//! Who may ask what: the one table. The daemon's authorisation and docs/PROTOCOL.md both come from
//! it. It decides by the verb and its scope alone; what belongs to whom is the daemon's to check.

use std::fmt;

use super::{JournalScope, Refusal, Request, Scope};

/// What a caller's uid must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authority {
    /// Anybody: the answer tells nothing of anybody.
    Open,
    /// Anybody: the answer tells of the caller, and of others only what anybody may know.
    OwnRows,
    /// In the enrolment file. Whatever the request names must be the caller's own.
    Enrolled,
    /// In the enrolment file, as an administrator.
    Administrator,
}

/// What the enrolment file says of a uid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enrolment {
    /// Nothing.
    Stranger,
    /// May change what is its own.
    Enrolled,
    /// May also see what is others'.
    Administrator,
}

/// What it takes to ask `request`.
pub const fn authority(request: &Request) -> Authority {
    match request {
        Request::Hello { .. } => Authority::Open,
        Request::Status | Request::CaStatus { .. } | Request::SocketOwner { .. } => {
            Authority::OwnRows
        }
        Request::JournalTail { scope, .. } => match scope {
            JournalScope::Own => Authority::OwnRows,
            JournalScope::Everyone => Authority::Administrator,
        },
        Request::ProcessPage { scope, .. }
        | Request::SocketPage { scope, .. }
        | Request::Watch { scope } => match scope {
            Scope::Own | Scope::Everyone => Authority::OwnRows,
            Scope::EveryoneInFull => Authority::Administrator,
        },
        Request::CaInstall { .. }
        | Request::CaRemove { .. }
        | Request::ProxyEnable { .. }
        | Request::CaptureEnable { .. }
        | Request::LeaseRenew { .. }
        | Request::LeaseEnd { .. }
        | Request::Anchor(_) => Authority::Enrolled,
    }
}

impl Authority {
    /// Whether a uid that stands so in the enrolment file has it.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] or [`Refusal::NotAdministrator`].
    pub const fn check(self, enrolment: Enrolment) -> Result<(), Refusal> {
        match (self, enrolment) {
            (Self::Open | Self::OwnRows, _)
            | (Self::Enrolled, Enrolment::Enrolled | Enrolment::Administrator)
            | (Self::Administrator, Enrolment::Administrator) => Ok(()),
            (Self::Enrolled, Enrolment::Stranger) => Err(Refusal::NotEnrolled),
            (Self::Administrator, Enrolment::Stranger | Enrolment::Enrolled) => {
                Err(Refusal::NotAdministrator)
            }
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "anybody",
            Self::OwnRows => "anybody, own rows",
            Self::Enrolled => "enrolled",
            Self::Administrator => "administrator",
        })
    }
}
