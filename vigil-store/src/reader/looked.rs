//! A look through the whole database for damage, as far as the time reaches.

use std::{
    sync::mpsc::{RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use super::Reader;
use crate::{
    error::{Error, Trouble},
    folder,
};

/// How far a look through the database came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// To its end.
    Through,
    /// Not to its end in the time that was given; so far nothing was wrong.
    Partly,
}

impl Reader {
    /// Looks through the whole database for damage, for so long at the most. What it finds is what
    /// SQLite's `quick_check` finds: pages that are no part of a sound file.
    ///
    /// # Errors
    /// [`Error::Damaged`] when something is wrong.
    pub fn look_through(&self, within: Duration) -> Result<Looked, Error> {
        let interrupt = self.conn.get_interrupt_handle();
        let (done, wait) = sync_channel::<()>(1);
        let alarm = thread::Builder::new().name("look-through".to_owned()).spawn(move || {
            if wait.recv_timeout(within) == Err(RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        });
        let Ok(alarm) = alarm else { return Ok(Looked::Partly) };
        let looked: rusqlite::Result<String> =
            self.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        drop(done);
        // One that rings late would interrupt what is asked next. It cannot fail.
        let _ = alarm.join();
        match looked {
            Ok(verdict) if verdict == "ok" => Ok(Looked::Through),
            Ok(verdict) => {
                let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
                let source = rusqlite::Error::SqliteFailure(code, Some(verdict));
                Err(Error::Damaged { path: folder::database(&self.dir), source })
            }
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.code == rusqlite::ErrorCode::OperationInterrupted =>
            {
                Ok(Looked::Partly)
            }
            Err(source) if Trouble::of(&source) == Trouble::Damage => {
                Err(Error::Damaged { path: folder::database(&self.dir), source })
            }
            Err(source) => Err(self.failed("look through the database", source)),
        }
    }
}
