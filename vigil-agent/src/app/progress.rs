//! A bar on the terminal while old transcripts are read; nothing where stderr is not one.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::source::transcript::Progress;

/// A bar counted in bytes.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Drawn on stderr when that is a terminal.
    pub(super) fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        let template = "reading transcripts {wide_bar} {bytes}/{total_bytes} ({eta} left)";
        Self(match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    /// Takes it off the terminal.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn bytes_total(&self, bytes: u64) {
        self.0.set_length(bytes);
    }

    fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}
