//! What a command says, passed on while it runs and kept in part: a log that somebody cut in the
//! middle has to say at its end why a check failed.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    process::Child,
    thread,
};

/// Lines kept from where a runner begins to tell of its failed tests.
const FIRST: usize = 40;
/// Lines kept from the end.
const LAST: usize = 40;
/// Bytes of a line that are kept.
const WIDTH: usize = 400;

/// What a command said on both of its outputs, as far as they came to us.
#[derive(Debug, Default)]
pub(crate) struct Words {
    out: Part,
    err: Part,
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.out, self.err)
    }
}

/// Passes on what a command says until it says no more: its errors to our errors, the rest to
/// `out`. Each line is shown to `hear`.
pub(crate) fn listen(
    child: &mut Child,
    out: impl Write + Send,
    hear: impl Fn(&[u8]) + Sync,
) -> Words {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let said = scope.spawn(|| pass_on(stdout, out, &hear));
        let err = pass_on(stderr, io::stderr(), &hear);
        Words { out: said.join().unwrap_or_default(), err }
    })
}

/// The last lines of one output, and the first of those about failed tests.
#[derive(Debug, Default)]
struct Part {
    first: Vec<String>,
    last: VecDeque<String>,
    left_out: usize,
    tells_failures: bool,
}

impl Part {
    /// One more line, without its end.
    fn push(&mut self, line: &[u8]) {
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

impl fmt::Display for Part {
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

fn pass_on(from: Option<impl Read>, mut to: impl Write, hear: impl Fn(&[u8])) -> Part {
    let mut part = Part::default();
    let Some(from) = from else { return part };
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        hear(&line);
        part.push(&line);
        // Nobody may be reading any more; the command still has to come to its end.
        let whole = to.write_all(&line).and_then(|()| to.write_all(b"\n"));
        let _ = whole.and_then(|()| to.flush());
    }
    part
}

#[cfg(test)]
mod tests;
