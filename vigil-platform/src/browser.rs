//! Opens a file in the user's browser, by the program that the desktop has for it. It is told the
//! file's name and nothing else: arguments of a process can be read by everybody on the machine.

use std::{
    io,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The desktop's own program for opening things.
#[cfg(target_os = "macos")]
pub const OPENER: &str = "open";
/// The desktop's own program for opening things.
#[cfg(not(target_os = "macos"))]
pub const OPENER: &str = "xdg-open";

/// An opener that was started.
#[derive(Debug)]
pub struct Opening(Child);

/// Opens `page`, a file. Waits for nothing: without a desktop's session the opener is there for as
/// long as the browser is. What it prints is thrown away.
///
/// # Errors
/// There is no opener, as on a machine without a desktop.
pub fn open(page: &Path) -> io::Result<Opening> {
    Command::new(OPENER)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(Opening)
}

impl Opening {
    /// Whether all is well so far: the opener is at work, or has ended well.
    ///
    /// # Errors
    /// It could not open the page.
    pub fn check(&mut self) -> io::Result<()> {
        match self.0.try_wait()? {
            Some(ended) if !ended.success() => {
                Err(io::Error::other(format!("{OPENER} ended with {ended}")))
            }
            _ => Ok(()),
        }
    }
}
