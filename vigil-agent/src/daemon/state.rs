//! What is known of the daemon, and since when.

use std::{mem::discriminant, time::SystemTime};

use vigil_proto::rpc::{Refusal, Status};

use super::DaemonError;

/// How it stands, as of the last time that somebody asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has asked yet.
    NotAsked,
    /// Nobody listens.
    Absent,
    /// Somebody else than root listens.
    NotRoot {
        /// Who.
        uid: u32,
    },
    /// It does not want this connection.
    Refused(Refusal),
    /// It speaks another version.
    OtherVersion(u8),
    /// It says what is no answer.
    Unreadable,
    /// It does not answer in time.
    Silent,
    /// The connection fails.
    Unreachable,
    /// It answers.
    Running(Box<Status>),
}

impl Standing {
    pub(super) const fn after(error: &DaemonError) -> Self {
        match error {
            DaemonError::Absent(_) => Self::Absent,
            DaemonError::NotRoot { uid, .. } => Self::NotRoot { uid: *uid },
            DaemonError::Refused(refusal) => Self::Refused(*refusal),
            DaemonError::Version(theirs) => Self::OtherVersion(*theirs),
            DaemonError::Malformed(_) | DaemonError::Unexpected => Self::Unreadable,
            DaemonError::Silent => Self::Silent,
            DaemonError::Peer(_) | DaemonError::Io { .. } => Self::Unreachable,
        }
    }
}

/// What is known of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// How it stands.
    pub standing: Standing,
    /// Since when it stands so, as far as this process knows.
    pub since: SystemTime,
}

impl State {
    pub(super) fn new() -> Self {
        Self { standing: Standing::NotAsked, since: SystemTime::now() }
    }

    pub(super) fn know(&mut self, standing: Standing, now: SystemTime) {
        if discriminant(&self.standing) != discriminant(&standing) {
            self.since = now;
        }
        self.standing = standing;
    }

    /// What the daemon says of itself, while it runs.
    pub fn status(&self) -> Option<&Status> {
        match &self.standing {
            Standing::Running(status) => Some(status),
            _ => None,
        }
    }
}
