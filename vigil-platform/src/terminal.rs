//! How wide the terminal is that our output goes to.

use rustix::{stdio, termios};

/// Columns of the terminal on stdout; none where that is no terminal, or one that does not tell.
pub fn width() -> Option<u16> {
    let size = termios::tcgetwinsize(stdio::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col)
}
