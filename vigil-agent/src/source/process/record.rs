//! What is known of one process of an agent, and the event that says so.

use std::borrow::Cow;

use vigil_platform::process::Details;
use vigil_proto::{
    ContentHash, Event, EventId, Kind, NaturalKey, Sensitive, Timestamp, Witness,
    event::{Exit, Process, ProcessRef},
};

use super::line::{self, line};
use crate::source::family::{Member, Node};

/// CPU time that is worth another sighting, in microseconds.
const CPU_MOVED: u64 = 500_000;
/// Memory that is worth another sighting, in bytes, when it is also a tenth more than before.
const MEMORY_MOVED: u64 = 8 << 20;

/// The most bytes of a command line that a process had before. Some clients put 16 KiB of their own
/// before each command.
const BRIEF: usize = 1024;
/// Between two sightings of a process that goes on, in microseconds.
const AGAIN: i64 = 60_000_000;

/// A process of an agent.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) member: Member,
    parent: Option<ProcessRef>,
    at: Timestamp,
    exe: Option<String>,
    argv: String,
    argv_cut: bool,
    /// The command line as it is told once it is no more.
    brief: String,
    cwd: Option<String>,
    earlier: Vec<String>,
    ended: Option<Timestamp>,
    exit: Option<Exit>,
    used: Used,
    /// What the last sighting said.
    told: Option<(Timestamp, Used)>,
    /// It is not to be recorded.
    pub(super) is_silent: bool,
    /// It waits to be told.
    pub(super) is_due: bool,
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Used {
    cpu_us: Option<u64>,
    peak_rss: Option<u64>,
}

impl Record {
    /// A process of which nothing else is known yet.
    pub(super) fn new(node: &Node) -> Self {
        Self {
            member: node.member(),
            parent: node.parent(),
            at: node.began(),
            exe: None,
            argv: String::new(),
            argv_cut: false,
            brief: String::new(),
            cwd: None,
            earlier: Vec::new(),
            ended: None,
            exit: None,
            used: Used::default(),
            told: None,
            is_silent: false,
            is_due: false,
        }
    }

    /// It is, or became, this program. False when it was that already.
    pub(super) fn became(&mut self, details: &Details) -> bool {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let whole = details.argv.as_deref().map(|argv| whole_words(argv, details.argv_cut));
        let argv = whole.map(line).unwrap_or_default();
        let exe = details.exe.as_deref().map(text);
        if argv == self.argv && exe == self.exe {
            return false;
        }
        self.argv = argv;
        let brief = whole.map(|argv| line::brief(argv, BRIEF));
        let before = std::mem::replace(&mut self.brief, brief.unwrap_or_default());
        if !before.is_empty() {
            if self.earlier.len() >= Process::<Sensitive>::EARLIER {
                self.earlier.remove(0);
            }
            self.earlier.push(before);
        }
        self.exe = exe;
        self.argv_cut = details.argv_cut;
        self.cwd = details.cwd.as_deref().map(text).or(self.cwd.take());
        true
    }

    /// It ended; how, where known.
    pub(super) fn end(&mut self, at: Timestamp, exit: Option<Exit>) {
        self.ended = Some(at);
        self.exit = exit;
    }

    /// Its working directory, when it became what it is.
    pub(super) fn cwd(&self) -> Option<&str> {
        self.cwd.as_deref()
    }

    /// True once it has ended.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// It had used so much. What it says of an ended one (no memory) makes nothing smaller.
    pub(super) fn uses(&mut self, cpu_us: u64, rss: u64) {
        self.used.cpu_us = self.used.cpu_us.max(Some(cpu_us));
        if rss > 0 {
            self.used.peak_rss = self.used.peak_rss.max(Some(rss));
        }
    }

    /// Whether it uses noticeably more than was told, and that was a while before `now`.
    pub(super) fn has_moved(&self, now: Timestamp) -> bool {
        let Some((at, told)) = self.told else { return false };
        if now.as_micros().saturating_sub(at.as_micros()) < AGAIN {
            return false;
        }
        let (cpu, cpu_told) = (self.used.cpu_us.unwrap_or(0), told.cpu_us.unwrap_or(0));
        let (peak, peak_told) = (self.used.peak_rss.unwrap_or(0), told.peak_rss.unwrap_or(0));
        let more = peak.saturating_sub(peak_told);
        cpu.saturating_sub(cpu_told) >= CPU_MOVED
            || (more >= MEMORY_MOVED && more >= peak_told / 10)
    }

    /// About how many bytes its event takes.
    pub(super) fn size(&self) -> usize {
        let texts = self.earlier.iter().chain(&self.exe).chain(&self.cwd).map(String::len);
        self.argv.len() + texts.sum::<usize>() + 256
    }

    /// The event, as of now.
    pub(super) fn event(&mut self, boot: &str, now: Timestamp) -> Event<Sensitive> {
        self.told = Some((now, self.used));
        let text = |text: &String| Sensitive::from(text.as_str());
        let process = self.member.process;
        Event {
            id: self.id(boot),
            incomplete_key: false,
            at: self.at,
            seen_at: now,
            witness: Witness::Kernel,
            position: 0,
            session: None,
            thread: None,
            turn: None,
            tool_call: None,
            process: Some(process),
            content: ContentHash(0),
            kind: Kind::Process(Process {
                client: Cow::Borrowed(self.member.client),
                root: self.member.root,
                parent: self.parent,
                exe: self.exe.as_ref().map(text),
                argv: text(&self.argv),
                argv_cut: self.argv_cut,
                cwd: self.cwd.as_ref().map(text),
                earlier: self.earlier.iter().map(text).collect(),
                ended: self.ended,
                exit: self.exit,
                cpu_us: self.used.cpu_us,
                peak_rss: self.used.peak_rss,
            }),
        }
    }

    fn id(&self, boot: &str) -> EventId {
        let ProcessRef { pid, started } = self.member.process;
        NaturalKey::Process { boot, pid, started }.id()
    }
}

/// The arguments without what a cut has left of their last word: half a secret would not be known for
/// one.
fn whole_words(argv: &[u8], is_cut: bool) -> &[u8] {
    if !is_cut {
        return argv;
    }
    let end = argv.iter().rposition(|byte| *byte == 0 || byte.is_ascii_whitespace());
    argv.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::whole_words;

    #[test]
    fn a_cut_leaves_no_half_of_a_word() {
        for (argv, whole) in [
            (&b"sh\0-c\0curl -H key"[..], &b"sh\0-c\0curl -H"[..]),
            (b"curl\0-H\0key", b"curl\0-H"),
            (b"key", b""),
            (b"", b""),
        ] {
            assert_eq!(whole_words(argv, true), whole);
            assert_eq!(whole_words(argv, false), argv);
        }
    }
}
