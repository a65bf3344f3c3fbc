//! A notification on the user's desktop, by the program that the desktop has for it. Its words can
//! be read by everybody on the machine while the program runs, in the list of processes: whoever
//! calls this gives it nothing that nobody may read.

use std::{ffi::OsString, io, time::Duration};

use crate::program::Program;

#[cfg_attr(target_os = "macos", path = "desktop/macos.rs")]
#[cfg_attr(target_os = "linux", path = "desktop/linux.rs")]
mod imp;

/// A desktop that shows it at all shows it at once.
const LIMIT: Duration = Duration::from_secs(10);

/// The way to the user's desktop.
#[derive(Debug)]
pub struct Desktop(Program);

impl Desktop {
    /// The desktop of the session that an environment belongs to; `env` answers what a variable
    /// of it holds.
    ///
    /// # Errors
    /// There is none, or nothing that shows notifications, in words.
    pub fn find(env: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        imp::find(env).map(Self)
    }

    /// Shows `words` under `title`, which stay until the user has seen them where the desktop
    /// does so.
    ///
    /// # Errors
    /// The program could not be run, or says that it could not show it.
    pub fn notify(&self, title: &str, words: &str) -> io::Result<()> {
        let arguments = imp::arguments(title, words);
        let ended = self.0.run(&arguments, crate::program::Input::Nothing, LIMIT)?;
        if ended.status.success() {
            return Ok(());
        }
        Err(io::Error::other(ended.words()))
    }
}

#[cfg(test)]
mod tests;
