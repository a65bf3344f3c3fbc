//! A bar on the terminal while old transcripts are read; nothing where stderr is not one, and
//! nothing when there is little to read.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use crate::source::transcript::Progress;

/// Less than this is read before a bar could be looked at.
const WORTH_A_BAR: u64 = 4 * 1024 * 1024;

/// A bar counted in bytes, and the news that reading has caught up.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    caught_up: watch::Sender<bool>,
}

impl Bar {
    /// Drawn on stderr when that is a terminal.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::hidden();
        let template = "reading transcripts {wide_bar} {bytes}/{total_bytes} ({eta} left)";
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        Self { bar, caught_up: watch::Sender::new(false) }
    }

    /// Takes it off the terminal.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Waits until what was there at the start has been read, and the bar is gone.
    pub(super) async fn gone(&self) {
        // Its sender is our own: waiting cannot fail while we are here.
        let _ = self.caught_up.subscribe().wait_for(|caught_up| *caught_up).await;
    }
}

impl Progress for Bar {
    fn bytes_total(&self, bytes: u64) {
        self.bar.set_length(bytes);
        if bytes >= WORTH_A_BAR {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn advance(&self, bytes: u64) {
        if !*self.caught_up.borrow() {
            self.bar.inc(bytes);
        }
    }

    fn caught_up(&self) {
        self.caught_up.send_if_modified(|caught_up| {
            let is_news = !*caught_up;
            if is_news {
                self.finish();
                *caught_up = true;
            }
            is_news
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Bar, Progress as _};

    #[tokio::test]
    async fn the_bar_ends_with_the_first_reading_and_stays_away() {
        let bar = Bar::new();
        bar.bytes_total(100);
        // Files read in an earlier run are passed over: the sum is never reached.
        bar.advance(40);
        assert!(!bar.bar.is_finished());

        bar.caught_up();
        bar.advance(500);

        bar.gone().await;
        assert!(bar.bar.is_finished());
        assert!(bar.bar.position() <= 100, "what is written later is not the bar's");
    }
}
