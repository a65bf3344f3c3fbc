//! What the parser of a client's lines is to the tailer, and what all of them do alike: lines
//! that cannot be read, pauses, events without a record of their own.

use std::cell::Cell;

use serde::de::{DeserializeOwned, IgnoredAny};
use vigil_proto::{
    Batch, ContentHash, ContentHasher, Event, Kind, NaturalKey, Sensitive, SessionFacts, SessionId,
    SourceId, Timestamp,
    event::{Gap, System},
};

use super::{repair, seat::Seat};
use crate::pipeline::Exclusions;

/// How much of a line tells it from another one that cannot be read.
const SAMPLE: usize = 4096;

/// Longer than this, a path, a branch, a version, a model or an id is no such thing. In bytes.
pub(super) const LONGEST_FACT: usize = 4096;

/// The facts of the client's session `native` within `batch`.
pub(super) fn facts_of<'b>(
    client: &'static str,
    native: &str,
    batch: &'b mut Batch<Sensitive>,
) -> &'b mut SessionFacts<Sensitive> {
    let id = SessionId::of(client, native);
    let known = batch.sessions.iter().position(|facts| facts.id == id);
    let index = known.unwrap_or_else(|| {
        batch.sessions.push(SessionFacts::new(client, native.into(), id));
        batch.sessions.len() - 1
    });
    #[expect(clippy::indexing_slicing, reason = "it was found or pushed just above")]
    &mut batch.sessions[index]
}

/// What a parser is told by the rest of Vigil.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    /// Makes content hashes.
    pub(super) hasher: &'a ContentHasher,
    /// What must not be parsed.
    pub(super) exclusions: &'a Exclusions,
}

/// Reads one file's lines in order. Pure: no I/O, no clock; what a line means depends on the
/// line, the parser's own memory and the file's place alone.
pub(super) trait Parser {
    /// Turns the line at byte `position` of the file into events.
    fn line(&mut self, line: &[u8], position: u64, batch: &mut Batch<Sensitive>);

    /// Records a line that was too long to be read.
    fn too_long(&mut self, sample: &[u8], bytes: u64, position: u64, batch: &mut Batch<Sensitive>);

    /// Notes that what follows `position` was written while recording was paused: so many bytes of a
    /// file of lines; of a database nobody has counted them.
    fn paused(&mut self, position: u64, bytes: Option<u64>, batch: &mut Batch<Sensitive>);

    /// The memory to save in the checkpoint.
    fn state(&self) -> Vec<u8>;

    /// Moves the time at which lines are seen.
    fn seen_at(&mut self, now: Timestamp);
}

/// What a parser works with besides its own memory.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) rules: Rules<'a>,
    /// The file's id.
    pub(super) source: SourceId,
    /// The time of lines that give none, before the first that does.
    pub(super) fallback: Timestamp,
    /// When the lines were read.
    seen_at: Cell<Timestamp>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(
        rules: Rules<'a>,
        source: SourceId,
        fallback: Timestamp,
        seen_at: Timestamp,
    ) -> Self {
        Self { rules, source, fallback, seen_at: Cell::new(seen_at) }
    }

    /// When the current line was read.
    pub(super) const fn now(&self) -> Timestamp {
        self.seen_at.get()
    }

    pub(super) fn hash(&self, bytes: &[u8]) -> ContentHash {
        self.rules.hasher.hash(bytes)
    }

    /// An event that happened at `seat`.
    pub(super) fn event(
        &self,
        seat: &Seat,
        key: &NaturalKey<'_>,
        content: ContentHash,
        kind: Kind<Sensitive>,
    ) -> Event<Sensitive> {
        seat.event(key, content, self.now(), kind)
    }

    /// Keeps `text` as it stands, for what has no kind of its own.
    pub(super) fn system(&self, name: &str, text: &str, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let content = self.hash(text.as_bytes());
        let key = match (seat.session, &seat.record) {
            (Some(session), Some(record)) => NaturalKey::Record { session, record },
            _ => NaturalKey::Line { source: self.source, content },
        };
        let kind = Kind::System(System { name: name.into(), text: text.into() });
        batch.events.push(self.event(seat, &key, content, kind));
    }

    /// Keeps content that belongs to a session once, however often it is said.
    pub(super) fn once(
        &self,
        what: &'static str,
        text: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session.filter(|_| !text.is_empty()) else { return };
        let content = self.hash(text.as_bytes());
        let key = NaturalKey::Content { session, what, content };
        let kind = Kind::System(System { name: what.into(), text: text.into() });
        batch.events.push(self.event(seat, &key, content, kind));
    }

    /// Keeps a record of a type that is not known, as it is.
    pub(super) fn unknown(
        &self,
        kind: &str,
        line: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        batch.count(unknown_counter(kind), 1);
        self.system(&format!("unknown:{kind}"), line, seat, batch);
    }
}

/// The lines of one client's files. Whatever implements this is a [`Parser`].
pub(super) trait Records {
    fn context(&self) -> &Context<'_>;

    /// Turns the text of the line at byte `position` into events.
    fn record(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>);

    /// The seat of a line that says nothing about itself.
    fn bare_seat(&mut self, position: u64, batch: &mut Batch<Sensitive>) -> Seat;

    /// The memory to save in the checkpoint.
    fn save(&self) -> Vec<u8>;

    /// Notes what could not be read. `sample` tells it from other gaps of the same file.
    fn gap(
        &mut self,
        why: &Unread,
        sample: &[u8],
        bytes: u64,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let seat = self.bare_seat(position, batch);
        let context = self.context();
        let reason = why.reason;
        let mut what = Vec::with_capacity(SAMPLE + 64);
        what.extend_from_slice(reason.as_bytes());
        what.push(0);
        what.extend_from_slice(&bytes.to_le_bytes());
        what.extend_from_slice(sample.get(..SAMPLE).unwrap_or(sample));
        let content = context.hash(&what);
        let key = NaturalKey::Line { source: context.source, content };
        let kind = Kind::Gap(Gap { reason, detail: why.detail.into(), bytes: Some(bytes) });
        batch.events.push(context.event(&seat, &key, ContentHash(0), kind));
        batch.count(format!("gap.{reason}"), 1);
    }

    /// Keeps valid JSON that is no record in any known shape.
    fn odd_shape(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>) {
        batch.count("read.odd-shape", 1);
        let seat = self.bare_seat(position, batch);
        self.context().system("unknown:odd-shape", line, &seat, batch);
    }

    /// Keeps or notes a line that is no `T`, for the reason that serde gave.
    fn not_a_record(
        &mut self,
        line: &str,
        error: &serde_json::Error,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        if error.is_data() && serde_json::from_str::<IgnoredAny>(line).is_ok() {
            self.odd_shape(line, position, batch);
        } else {
            self.gap(&NOT_JSON, line.as_bytes(), line.len() as u64, position, batch);
        }
    }

    /// The record that `line` holds; what holds none is kept or noted as it deserves.
    fn read<T: DeserializeOwned>(
        &mut self,
        line: &str,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) -> Option<T>
    where
        Self: Sized,
    {
        let error = match serde_json::from_str(line) {
            Ok(record) => return Some(record),
            Err(error) => error,
        };
        if let Some(repaired) = repair::lone_surrogates(line)
            && let Ok(record) = serde_json::from_str(&repaired)
        {
            batch.count("read.repaired-surrogates", 1);
            return Some(record);
        }
        self.not_a_record(line, &error, position, batch);
        None
    }
}

/// Why bytes of a file gave no events of their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unread {
    pub(super) reason: &'static str,
    pub(super) detail: &'static str,
}

/// A crash can leave a file longer than what was written to it.
const NUL_FILLED: Unread = Unread {
    reason: "nul-filled",
    detail: "the file holds zero bytes, as after a crash while writing",
};
const INVALID_UTF8: Unread = Unread {
    reason: "invalid-utf8",
    detail: "a line holds bytes that are not UTF-8; they were replaced",
};
const TOO_LONG: Unread = Unread {
    reason: "line-too-long",
    detail: "a line is longer than what is read at once (16 MiB); it was passed over",
};
const NOT_JSON: Unread = Unread { reason: "invalid-json", detail: "a line is not JSON" };

impl<R: Records> Parser for R {
    fn line(&mut self, line: &[u8], position: u64, batch: &mut Batch<Sensitive>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let zeros = line.iter().take_while(|byte| **byte == 0).count();
        let line = line.get(zeros..).unwrap_or_default();
        if zeros > 0 {
            let sample = (zeros as u64).to_le_bytes();
            self.gap(&NUL_FILLED, &sample, zeros as u64, position, batch);
        }
        if line.trim_ascii().is_empty() {
            return;
        }
        // Far faster than looking for what must be replaced, and nearly always all there is to do.
        if let Ok(text) = str::from_utf8(line) {
            self.record(text, position, batch);
            return;
        }
        self.gap(&INVALID_UTF8, line, line.len() as u64, position, batch);
        self.record(&String::from_utf8_lossy(line), position, batch);
    }

    fn too_long(&mut self, sample: &[u8], bytes: u64, position: u64, batch: &mut Batch<Sensitive>) {
        self.gap(&TOO_LONG, sample, bytes, position, batch);
    }

    fn paused(&mut self, position: u64, bytes: Option<u64>, batch: &mut Batch<Sensitive>) {
        let seat = self.bare_seat(position, batch);
        let context = self.context();
        let seat = Seat { at: context.now(), ..seat };
        let source = context.source;
        let key = NaturalKey::Occurrence { source, number: position, what: "paused" };
        let detail = "written while recording was paused; it was not read";
        let gap = Gap { reason: "paused", detail: detail.into(), bytes };
        batch.events.push(context.event(&seat, &key, ContentHash(0), Kind::Gap(gap)));
        batch.count("gap.paused", 1);
    }

    fn state(&self) -> Vec<u8> {
        self.save()
    }

    fn seen_at(&mut self, now: Timestamp) {
        self.context().seen_at.set(now);
    }
}

/// Counters are kept in clear, so only plain words of a record's type go into their names.
fn unknown_counter(kind: &str) -> String {
    let plain = !kind.is_empty()
        && kind.len() <= 32
        && kind.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'));
    format!("read.unknown-record.{}", if plain { kind } else { "other" })
}
