//! What a command says, passed on while it runs and kept in part: a log that somebody cut in the
//! middle has to say at its end why a check failed.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
};

/// Lines kept from where a runner begins to tell of its failed tests.
const FIRST: usize = 40;
/// Lines kept from the end.
const LAST: usize = 40;
/// Bytes of a line that are kept.
const WIDTH: usize = 400;

/// The words of one command: the last of them, and the first of those about failed tests.
#[derive(Debug, Default)]
pub(crate) struct Words {
    first: Vec<String>,
    last: VecDeque<String>,
    left_out: usize,
    tells_failures: bool,
}

impl Words {
    /// One more line, without its end.
    pub(crate) fn push(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        if !self.tells_failures && begins_failures(&line) {
            *self = Self { tells_failures: true, ..Self::default() };
        }
        let kept = line.get(..line.floor_char_boundary(WIDTH)).unwrap_or_default().to_owned();
        if self.tells_failures && self.first.len() < FIRST {
            self.first.push(kept);
            return;
        }
        self.last.push_back(kept);
        if self.last.len() > LAST {
            self.last.pop_front();
            self.left_out += 1;
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.first {
            writeln!(f, "{line}")?;
        }
        if self.left_out > 0 {
            writeln!(f, "... {} lines ...", self.left_out)?;
        }
        for line in &self.last {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

/// Node's heading, cargo's, and nextest's summary, which the failed tests' output follows.
fn begins_failures(line: &str) -> bool {
    line == "\u{2716} failing tests:"
        || line == "failures:"
        || line.trim_start().starts_with("Summary [")
}

/// Writes what comes out of a command, if we have it, to `to` and shows each line to `see`.
pub(crate) fn pass_on(from: Option<impl Read>, mut to: impl Write, mut see: impl FnMut(&[u8])) {
    let Some(from) = from else { return };
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        see(&line);
        // Nobody may be reading any more; the command still has to come to its end.
        let whole: io::Result<()> = to.write_all(&line).and_then(|()| to.write_all(b"\n"));
        let _ = whole.and_then(|()| to.flush());
    }
}

#[cfg(test)]
mod tests;
