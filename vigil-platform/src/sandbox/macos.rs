//! macOS: the profile `launchd/vigild.sb` holds from the start of the program, for all of its parts.
//! A process gives up nothing more by itself.

use std::io;

use super::{Held, Part};

#[expect(clippy::unnecessary_wraps, reason = "one signature for every platform")]
pub(super) fn enter(_: Part<'_>) -> io::Result<Held> {
    Ok(Held::default())
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for every platform")]
pub(super) fn end_with_parent() -> io::Result<()> {
    Ok(())
}
