//! Opens a file in the user's browser, by the program that the desktop has for it. It is told the
//! file's name and nothing else: arguments of a process can be read by everybody on the machine.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

/// The desktop's own program for opening things.
#[cfg(target_os = "macos")]
pub const OPENER: &str = "open";
/// The desktop's own program for opening things.
#[cfg(not(target_os = "macos"))]
pub const OPENER: &str = "xdg-open";

/// Opens `page`, a file. Waits for the opener, which returns at once, and not for the browser.
/// What the opener prints is thrown away.
///
/// # Errors
/// There is no opener (as on a machine without a desktop), or it could not open the page.
pub fn open(page: &Path) -> io::Result<()> {
    let opened = Command::new(OPENER)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if opened.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{OPENER} ended with {opened}")))
}
