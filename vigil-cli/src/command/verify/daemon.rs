//! The heads that the root daemon noted. It is asked by its own socket: whoever runs with the
//! user's rights could answer in the agent's place, and not in root's.

use std::path::Path;

use vigil_platform::{
    call::{Call, CallError},
    places, process,
};
use vigil_proto::{
    Timestamp,
    report::NotedHead,
    rpc::{Deed, JOURNAL_ROWS, JournalScope, Max, Phase, Request, Response},
};

/// How far back in the daemon's journal is looked, in rows. The last anchor alone vouches for all
/// before it; the earlier ones tell how much is left when it does not match.
const ROWS: u64 = 16 * JOURNAL_ROWS as u64;

/// What the daemon noted for this user, the oldest first, and when.
#[derive(Debug)]
pub(super) struct Noted(Vec<(NotedHead, Option<Timestamp>)>);

impl Noted {
    pub(super) fn heads(&self) -> impl Iterator<Item = NotedHead> {
        self.0.iter().map(|(head, _)| *head)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When a head of this link was first noted, as far back as was looked.
    pub(super) fn since(&self, number: u64) -> Option<Timestamp> {
        self.0.iter().find(|(head, _)| head.number == number)?.1
    }
}

/// Asks the daemon of this machine, or the one for tests. `None`: there is none.
pub(super) fn ask(test: Option<&Path>) -> Result<Option<Noted>, CallError> {
    let call = match test {
        Some(socket) => Call::to(socket, process::uid()),
        None => Call::to(places::socket(), 0),
    };
    match call {
        Ok(call) => read(call).map(Some),
        Err(CallError::Absent(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(mut call: Call) -> Result<Noted, CallError> {
    let Response::Status(status) = call.ask(&Request::Status)? else {
        return Err(CallError::Unexpected);
    };
    let mut noted = Vec::new();
    let mut since = status.journal.saturating_sub(ROWS);
    loop {
        let request = Request::JournalTail { scope: JournalScope::Own, since, max: Max::all() };
        let Response::Journal(page) = call.ask(&request)? else {
            return Err(CallError::Unexpected);
        };
        for row in &page.rows {
            if let (Deed::Anchor(anchor), Phase::Done) = (row.deed, row.phase) {
                let head = NotedHead { number: anchor.count, head: anchor.head };
                noted.push((head, Some(row.at.into())));
            }
        }
        match page.rows.last() {
            // What is written meanwhile is not waited for.
            Some(last) if page.more && last.seq > since && last.seq < status.journal => {
                since = last.seq;
            }
            _ => break,
        }
    }
    if noted.is_empty()
        && let Some(anchor) = status.anchor
    {
        noted.push((NotedHead { number: anchor.count, head: anchor.head }, None));
    }
    // An agent that had nothing to tell says so again and again; nothing needs no word.
    noted.retain(|(head, _)| head.number > 0);
    noted.dedup_by_key(|(head, _)| *head);
    Ok(Noted(noted))
}
