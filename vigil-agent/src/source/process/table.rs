//! The table of our own processes: asked of the daemon where it answers, else read by ourselves.

use std::{collections::HashMap, io, ops::ControlFlow};

use vigil_platform::process::{self, Name, State};
use vigil_proto::rpc::{Max, ProcessState, Request, Response, Scope};

use super::seen::Row;
use crate::daemon::{Daemon, DaemonError};

/// The daemon's table.
pub(super) fn of_daemon(daemon: &Daemon) -> Result<Vec<Row>, DaemonError> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let request = Request::ProcessPage { scope: Scope::Own, cursor, max: Max::all() };
        let Response::Processes(page) = daemon.ask(&request)? else {
            return Err(DaemonError::Unexpected);
        };
        let running = page.rows.into_vec().into_iter();
        rows.extend(running.filter(|row| row.state != ProcessState::Ended).map(Row::from));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

/// The system's table, as we ourselves may read it. What a process is about is asked only when it
/// is new, or has another name for itself than the last time.
#[derive(Debug, Default)]
pub(super) struct OwnTable {
    names: HashMap<u32, (i64, Name)>,
}

impl OwnTable {
    /// Our own processes.
    ///
    /// # Errors
    /// The table cannot be read.
    pub(super) fn read(&mut self) -> io::Result<Vec<Row>> {
        let uid = process::uid();
        let (mut rows, mut names) = (Vec::new(), HashMap::new());
        process::table(0, |row| {
            if row.uid == uid && row.state != State::Ended {
                let is_known = self.names.get(&row.pid) == Some(&(row.started, row.name));
                let details =
                    if is_known { None } else { process::details(row.pid, row.started).ok() };
                names.insert(row.pid, (row.started, row.name));
                rows.push(Row { details, ..Row::from(row) });
            }
            ControlFlow::Continue(())
        })?;
        self.names = names;
        Ok(rows)
    }
}
