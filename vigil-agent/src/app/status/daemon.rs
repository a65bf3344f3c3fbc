//! What the status says of the root daemon.

use vigil_proto::report::{AnchorState, AnchorStatus, DaemonState, DaemonStatus};

use crate::daemon::{Standing, State};

/// The daemon's part of the status.
pub(super) fn status(state: &State, anchor: AnchorStatus, is_test: bool) -> DaemonStatus {
    let told = match &state.standing {
        Standing::Running(status) => {
            let mut told = DaemonStatus::of(status);
            // Before the store was compared, the daemon's own word stands.
            if anchor.state != AnchorState::Unknown {
                told.anchor = anchor;
            }
            told
        }
        other => {
            let (word, why) = of_no_use(other);
            DaemonStatus::without(word, why)
        }
    };
    DaemonStatus { since: Some(state.since.into()), test: is_test, ..told }
}

fn of_no_use(standing: &Standing) -> (DaemonState, Option<String>) {
    let (word, why) = match standing {
        Standing::NotAsked | Standing::Running(_) => return (DaemonState::Unknown, None),
        Standing::Absent => (DaemonState::Absent, "it is not installed, or does not run".into()),
        Standing::NotRoot { uid } => (
            DaemonState::NotRoot,
            format!("uid {uid} listens in its place; nothing was said to it"),
        ),
        Standing::Refused(refusal) => (DaemonState::Refused, refusal.to_string()),
        Standing::OtherVersion(theirs) => (
            DaemonState::OtherVersion,
            format!("it speaks version {theirs} of the protocol; install both from one release"),
        ),
        Standing::Unreadable => (DaemonState::Unreadable, "its answers make no sense".into()),
        Standing::Silent => (DaemonState::Silent, "it does not answer in time".into()),
        Standing::Unreachable => (DaemonState::Unreachable, "the connection to it fails".into()),
    };
    (word, Some(why))
}

/// What of it a person must see.
pub(super) fn warnings(status: &DaemonStatus) -> Vec<String> {
    let mut warnings = Vec::new();
    if status.test {
        warnings
            .push("a test daemon is in use: what it says and notes is not this machine's".into());
    }
    match status.anchor.state {
        AnchorState::Ahead => warnings.push(
            "the daemon's anchor is ahead of this store: part of the record is gone; `vigil verify` \
             says which. Nothing more is anchored. If you deleted it yourself (`--purge-data`): \
             docs/INSTALL.md, \"A record begun anew\""
                .into(),
        ),
        AnchorState::Differs => warnings.push(
            "the daemon's anchor is not of this store's chain: the record was replaced; \
             `vigil verify` says what is left. Nothing more is anchored. If you deleted it \
             yourself (`--purge-data`): docs/INSTALL.md, \"A record begun anew\""
                .into(),
        ),
        _ => {}
    }
    if matches!(
        status.state,
        DaemonState::NotRoot
            | DaemonState::OtherVersion
            | DaemonState::Unreadable
            | DaemonState::Silent
    ) {
        let why = status.why.as_deref().unwrap_or_default();
        warnings.push(format!("the root daemon is of no use: {why}"));
    }
    warnings
}
