//! The console: data on stdout, words on stderr, colour only where it is wanted. No text from
//! outside reaches a terminal except through [`plain`] or [`block`].

use std::{
    cell::RefCell,
    fmt::{self, Display},
    io::{self, BufWriter, IsTerminal, Write},
    rc::Rc,
};

use anstream::AutoStream;
use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;
use vigil_proto::{Severity, report::Document};

use crate::{
    args::Global,
    failure::{Exit, Failure},
};

mod escape;
mod hang;
mod json;
mod table;
mod when;

pub(crate) use vigil_proto::figures::{bytes, cost, count};

pub(crate) use self::{
    escape::{block, plain, shorten},
    hang::hang,
    table::Table,
    when::Clock,
};

/// Bold, for headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// Dimmed, for what matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Good news.
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
/// Worth a look.
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Bad news.
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();

/// Where a command writes.
pub(crate) struct Console {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// True when a person sees what is said at once.
    watched: bool,
    /// True when the answer is to be one JSON document.
    pub(crate) json: bool,
    /// Columns of the terminal that data goes to; none where it goes elsewhere.
    pub(crate) width: Option<usize>,
    /// The time that relative times refer to, and the user's zone.
    pub(crate) clock: Clock,
}

impl Console {
    /// The process's own stdout and stderr.
    pub(crate) fn new(global: &Global) -> Self {
        let choice = global.color.choice();
        Self {
            out: Box::new(BufWriter::new(AutoStream::new(io::stdout(), choice))),
            err: Box::new(AutoStream::new(io::stderr(), choice)),
            watched: !global.json && io::stderr().is_terminal(),
            json: global.json,
            width: vigil_platform::terminal::width().map(usize::from),
            clock: Clock::now(),
        }
    }

    /// One that shows nothing, and keeps what is said for whoever tells it in words of their own.
    pub(crate) fn aside(&self) -> (Self, Said) {
        let said = Said::default();
        let console = Self {
            out: Box::new(io::sink()),
            err: Box::new(said.clone()),
            watched: false,
            json: true,
            width: None,
            clock: self.clock.clone(),
        };
        (console, said)
    }

    /// One that keeps its data, as a terminal of this width without colours would show it.
    #[cfg(test)]
    pub(crate) fn kept(width: usize) -> (Self, Said) {
        let said = Said::default();
        let console = Self {
            out: Box::new(said.clone()),
            err: Box::new(io::sink()),
            watched: false,
            json: false,
            width: Some(width),
            clock: Clock::now(),
        };
        (console, said)
    }

    /// Writes one line of data.
    pub(crate) fn line(&mut self, line: impl Display) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// Writes one document.
    pub(crate) fn document<T: Serialize>(&mut self, name: &str, body: T) -> Result<(), Failure> {
        self.json_line(&Document::v1(name, body))
    }

    /// Writes one record as a line of JSON.
    pub(crate) fn json_line<T: Serialize>(&mut self, record: &T) -> Result<(), Failure> {
        json::write(&mut self.out, record)?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    /// Writes one value as JSON without a line end.
    pub(crate) fn json_part<T: Serialize>(&mut self, part: &T) -> Result<(), Failure> {
        Ok(json::write(&mut self.out, part)?)
    }

    /// Writes raw bytes of our own making.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Sends on what was written so far.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Says something to the person. Nobody listening is not an error.
    pub(crate) fn say(&mut self, words: impl Display) {
        drop(self.out.flush());
        drop(writeln!(self.err, "{words}"));
    }

    /// Says how far something is, on a line that the next words take; only to a person who
    /// watches. Empty words clear the line.
    pub(crate) fn progress(&mut self, words: impl Display) {
        if self.watched {
            drop(write!(self.err, "\r\u{1b}[K{words}"));
            drop(self.err.flush());
        }
    }

    /// Warns the person.
    pub(crate) fn warn(&mut self, words: impl Display) {
        self.say(format_args!("{YELLOW}warning:{YELLOW:#} {words}"));
    }

    /// Says why a command failed and what to do, and gives the exit code.
    pub(crate) fn report(&mut self, failure: &Failure) -> Exit {
        if !matches!(failure, Failure::ReaderGone) {
            self.say(format_args!("{RED}error:{RED:#} {}", plain(&failure.what())));
            if let Some(hint) = failure.hint() {
                self.say(format_args!("\n{GREEN}hint:{GREEN:#} {}", plain(&hint)));
            }
        }
        failure.exit()
    }
}

/// What was said aside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said(Rc<RefCell<Vec<u8>>>);

impl Said {
    /// Its lines, without colours and without the word that a warning begins with.
    pub(crate) fn lines(&self) -> Vec<String> {
        let bytes = self.0.borrow();
        let text = String::from_utf8_lossy(&bytes);
        let text = anstream::adapter::strip_str(&text).to_string();
        let bare = |line: &str| line.strip_prefix("warning: ").unwrap_or(line).to_owned();
        text.lines().map(bare).collect()
    }
}

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("json", &self.json).finish_non_exhaustive()
    }
}

/// The colour of a severity. The word itself is always written too.
pub(crate) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => RED,
        Severity::Medium => YELLOW,
        Severity::Low | Severity::Info => Style::new(),
    }
}
