//! Lines for the system's log, on stderr: what the daemon did, for which uid. Never what a caller
//! sent, and no text of another process.

use std::{
    error::Error,
    fmt,
    io::{self, Write},
    sync::Mutex,
    time::{Duration, Instant},
};

use crate::bucket::Bucket;

/// What callers can cause: this many lines in this time, and the rest is left out.
const LINES: u32 = 60;
const WINDOW: Duration = Duration::from_mins(1);

/// What the daemon has to say for itself.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    // Nothing is left to do when even this cannot be said. One write, so that lines of both
    // processes do not mix.
    let _ = io::stderr().write_all(format!("vigild: {line}\n").as_bytes());
}

/// What was asked for at the command line, on stdout.
pub(crate) fn answer(words: &str) -> Result<(), Box<dyn Error>> {
    Ok(io::stdout().write_all(format!("{words}\n").as_bytes())?)
}

/// What a caller caused.
pub(crate) fn say_of_caller(line: fmt::Arguments<'_>) {
    static BUCKET: Mutex<Option<Bucket>> = Mutex::new(None);
    let Ok(mut bucket) = BUCKET.lock() else { return };
    let now = Instant::now();
    if bucket.get_or_insert_with(|| Bucket::full(now)).take(now, LINES, WINDOW) {
        say(line);
    }
}
