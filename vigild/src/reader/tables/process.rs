//! The table of processes, a page at a time, in the order of their numbers. A page's cursor is the
//! last number on it.

use std::{num::NonZeroU64, ops::ControlFlow};

use vigil_platform::process::{self, ProcessError, Row, State};
use vigil_proto::rpc::{
    Argv, Cursor, Details, Filling, Max, Micros, Name, PROCESS_ROWS, PathBytes, Pid, ProcessRow,
    ProcessState, Refusal, Response, Scope, Uid,
};

use crate::authorise::Caller;

pub(in crate::reader) fn processes(
    caller: Caller,
    scope: Scope,
    cursor: Option<Cursor>,
    max: Max<PROCESS_ROWS>,
) -> Response {
    // Beyond any number there is nothing.
    let after = cursor.map_or(0, |Cursor(after)| u32::try_from(after.get()).unwrap_or(u32::MAX));
    let mut page = Filling::new(usize::from(max.raw()));
    let (mut last, mut next) = (after, None);
    let read = process::table(after, |row| {
        let Some(row) = shown(caller, scope, row) else { return ControlFlow::Continue(()) };
        let pid = row.pid.raw();
        if page.push(row).is_err() {
            next = NonZeroU64::new(last.into()).map(Cursor);
            return ControlFlow::Break(());
        }
        last = pid;
        ControlFlow::Continue(())
    });
    match read {
        Ok(()) => Response::Processes(page.finish(next)),
        Err(_) => Refusal::Internal.into(),
    }
}

/// The row as `caller` may see it within `scope`, or nothing.
pub(in crate::reader) fn shown(caller: Caller, scope: Scope, row: &Row) -> Option<ProcessRow> {
    let is_own = row.uid == caller.uid.raw();
    // A program that acts as somebody else has that user's secrets, whoever started it.
    let is_in_full = match scope {
        Scope::EveryoneInFull => caller.is_administrator(),
        Scope::Own | Scope::Everyone => is_own && row.effective_uid == row.uid,
    };
    if scope == Scope::Own && !is_own {
        return None;
    }
    let details = if is_in_full {
        match process::details(row.pid, row.started) {
            // It may have begun to act as somebody else while it was looked at.
            Ok(found) => (caller.is_administrator() || is_as_before(row)).then(|| details(found)),
            Err(ProcessError::Gone) => return None,
            Err(_) => Some(Details::default()),
        }
    } else {
        None
    };
    Some(ProcessRow {
        pid: Pid::new(row.pid).ok()?,
        ppid: row.ppid.and_then(|ppid| Pid::new(ppid).ok()),
        uid: Uid::new(row.uid).ok()?,
        started: Micros(row.started),
        cpu_us: row.cpu_us,
        rss: row.rss,
        state: state(row.state),
        name: Name::cut(row.name.as_bytes()),
        details,
    })
}

fn is_as_before(row: &Row) -> bool {
    process::row(row.pid).is_ok_and(|now| {
        (now.started, now.uid, now.effective_uid) == (row.started, row.uid, row.effective_uid)
    })
}

pub(in crate::reader) fn details(found: process::Details) -> Details {
    let path = |path: Vec<u8>| PathBytes::new(path).ok();
    let whole = found.argv.as_ref().is_none_or(|argv| argv.len() <= vigil_proto::rpc::ARGV_BYTES);
    Details {
        exe: found.exe.and_then(path),
        argv: found.argv.map(|argv| Argv::cut(&argv)),
        argv_cut: found.argv_cut || !whole,
        cwd: found.cwd.and_then(path),
    }
}

const fn state(state: State) -> ProcessState {
    match state {
        State::Running => ProcessState::Running,
        State::Sleeping => ProcessState::Sleeping,
        State::Waiting => ProcessState::Waiting,
        State::Stopped => ProcessState::Stopped,
        State::Ended => ProcessState::Ended,
        State::Other => ProcessState::Other,
    }
}
