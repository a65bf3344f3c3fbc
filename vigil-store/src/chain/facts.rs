//! What of a row is committed to, as bytes that say the same for the writer and for whoever
//! verifies. Each row has a part that never changes once it is there, and a part that may. Both
//! are read from the database itself, so that neither side can see a row differently.

use rusqlite::{CachedStatement, Connection, Row, types::ValueRef};
use vigil_proto::KindName;

/// A hash that stands in a link: eight bytes, under a key that nobody knew before the link was
/// made. Finding another row for it takes 2^64 tries, and no two rows can be prepared for it.
pub(crate) type Short = [u8; 8];

/// The whole hash of a long text, under the store's own key; its first eight bytes are the number
/// of the body.
pub(crate) type Digest = [u8; 32];

/// What a row is a row of. The numbers stand in links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Of {
    Event = 0,
    Finding = 1,
    Session = 2,
    Turn = 3,
    Name = 4,
    Source = 5,
    Alias = 6,
    Suppression = 7,
}

impl Of {
    pub(crate) const ALL: [Self; 8] = [
        Self::Event,
        Self::Finding,
        Self::Session,
        Self::Turn,
        Self::Name,
        Self::Source,
        Self::Alias,
        Self::Suppression,
    ];

    pub(crate) const fn code(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The rows, without a condition, and how many of the columns after the number never change.
    pub(crate) const fn rows(self) -> (&'static str, usize) {
        match self {
            Self::Event => (EVENTS, 0),
            Self::Finding => (
                "SELECT id, key, rule, category, severity, confidence, event, session, turn,
                     thread, at, field, start, stop, evidence, why, state, note, sightings,
                     triaged_at, last, suppression
                 FROM findings",
                3,
            ),
            Self::Session => (
                "SELECT id, key, native, client, version, parent, cwd, branch, title FROM sessions",
                2,
            ),
            Self::Turn => ("SELECT id, event, session, number FROM turns", 0),
            Self::Name => ("SELECT id, text FROM names", 1),
            Self::Source => ("SELECT id, key, witness, place FROM sources", 1),
            Self::Alias => ("SELECT id, provisional, session, thread, at, call FROM aliases", 1),
            Self::Suppression => (
                "SELECT id, finding, rule, made, expires, path, project, reason, ended
                 FROM suppressions",
                4,
            ),
        }
    }

    /// True when a row of it has a part that may change.
    pub(crate) const fn changes(self) -> bool {
        !matches!(self, Self::Name)
    }

    /// True when a row of it has a part that never changes.
    pub(crate) const fn stays(self) -> bool {
        !matches!(self, Self::Turn)
    }
}

/// Columns: number, kind, text (2..4), id (4..6), what stays (6..14), what may change (14..19), and
/// the session that the event turned out to belong to. What stays is the one that it was told in.
const EVENTS: &str = "SELECT seq, kind, content, body, id, incomplete, at, seen_at,
         coalesce(told_in, session), source, position, name, detail, conflicts_with, thread, turn,
         tool_call, witnesses, outcome, CASE WHEN told_in IS NOT NULL THEN session END
     FROM events";

const CALL: &str = "SELECT provider, message, request, stop_reason, at, rank, witness, input,
         cache_read, cache_write_5m, cache_write_1h, output, reasoning, cost, estimated,
         latency_us, first_byte_us, status, others
     FROM calls WHERE seq = ?";

const PROCESS: &str = "SELECT client, pid, started, root_pid, root_started, parent_pid,
         parent_started, exe, argv_cut, cwd, earlier, ended, exit_code, exit_signal, cpu_us,
         peak_rss, seen_at, in_call
     FROM processes WHERE seq = ?";

const FLOW: &str = "SELECT port, way, sent, received, duration_us, client, client_port, open, pid,
         started
     FROM flows WHERE seq = ?";

const INSTALLS: &str =
    "SELECT place, at, way, manager, ecosystem, name, version, source, url, flags,
         severity, reasons, judged_by
     FROM installs WHERE seq = ? ORDER BY place";

/// Which part of a row a hash is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Stays = 0,
    Text = 1,
    Changes = 2,
}

/// What is hashed: values one after the other, each with its type and length.
#[derive(Debug, Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn begin(&mut self, of: Of, part: Part, number: i64) {
        self.0.clear();
        self.0.push(of.code() << 2 | part as u8);
        self.integer(number);
    }

    fn integer(&mut self, number: i64) {
        // Small numbers take few bytes, negative ones too.
        varint(&mut self.0, (number << 1 ^ number >> 63).cast_unsigned());
    }

    fn value(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.0.push(0),
            ValueRef::Integer(number) => {
                self.0.push(1);
                self.integer(number);
            }
            ValueRef::Real(number) => {
                self.0.push(2);
                self.0.extend_from_slice(&number.to_bits().to_le_bytes());
            }
            ValueRef::Text(bytes) => self.bytes(3, bytes),
            ValueRef::Blob(bytes) => self.bytes(4, bytes),
        }
    }

    fn bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.0.push(kind);
        varint(&mut self.0, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn columns(&mut self, row: &Row<'_>, columns: std::ops::Range<usize>) -> rusqlite::Result<()> {
        columns.into_iter().try_for_each(|column| {
            self.value(row.get_ref(column)?);
            Ok(())
        })
    }

    fn short(&self, key: &[u8; 32]) -> Short {
        let mut short = Short::default();
        short.copy_from_slice(blake3::keyed_hash(key, &self.0).as_bytes().split_at(8).0);
        short
    }
}

/// Appends a number in as few bytes as it needs, seven bits each.
pub(crate) fn varint(to: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push((number & 0x7f) as u8);
}

/// The key of a link's hashes.
pub(crate) fn key(salt: &[u8]) -> [u8; 32] {
    blake3::derive_key("vigil audit chain, hashes of one link", salt)
}

/// What an event's row says of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// It has one, for good, or has none and may yet get one.
    Within,
    /// It has one that a later sighting may replace: committed to by itself.
    Apart,
}

/// An event's row as it is read, before anything is hashed.
pub(crate) struct Event<'a, 'r> {
    row: &'a Row<'r>,
    pub(crate) seq: i64,
    /// The kind's number.
    kind: ValueRef<'a>,
    /// True when every sighting may make it more complete: a process, or a connection since those
    /// have a table of their own. Then its session, name and text are among what may change.
    pub(crate) grows: bool,
    /// The number of its body, when its text is a long one.
    pub(crate) body: Option<i64>,
    pub(crate) text: Text,
    /// True while its key is not fully known.
    pub(crate) loose: bool,
}

impl<'a, 'r> Event<'a, 'r> {
    pub(crate) fn read(row: &'a Row<'r>) -> rusqlite::Result<Self> {
        let (kind, body) = (row.get_ref(1)?, row.get_ref(3)?);
        let open = row.get_ref(2)? == ValueRef::Integer(0) && body != ValueRef::Null;
        let grows = is(kind, KindName::Process)
            || is(kind, KindName::Connection) && row.get_ref(12)? == ValueRef::Null;
        Ok(Self {
            row,
            seq: row.get(0)?,
            kind,
            grows,
            body: body.as_i64().ok(),
            text: if open && !grows { Text::Apart } else { Text::Within },
            loose: row.get_ref(5)? != ValueRef::Null,
        })
    }
}

fn is(kind: ValueRef<'_>, name: KindName) -> bool {
    kind == ValueRef::Integer(name.code().into())
}

/// What a hash of what stays takes as the event's text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    /// What the row says, and the hash of its long text when there is one.
    Row(Option<Digest>),
    /// Nothing: there was none when the row was new.
    None,
    /// It is committed to apart.
    Apart,
}

/// Hashes rows, with what belongs to an event in other tables.
pub(crate) struct Hashing<'c> {
    bytes: Bytes,
    call: CachedStatement<'c>,
    process: CachedStatement<'c>,
    flow: CachedStatement<'c>,
    installs: CachedStatement<'c>,
    sightings: CachedStatement<'c>,
    places: CachedStatement<'c>,
    triage: CachedStatement<'c>,
}

impl<'c> Hashing<'c> {
    pub(crate) fn new(conn: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            bytes: Bytes::default(),
            call: conn.prepare_cached(CALL)?,
            process: conn.prepare_cached(PROCESS)?,
            flow: conn.prepare_cached(FLOW)?,
            installs: conn.prepare_cached(INSTALLS)?,
            sightings: conn.prepare_cached(
                // What nobody had to say adds nothing.
                "SELECT witness, source, position, seen_at FROM sightings WHERE event = ?1
                 UNION ALL SELECT witness, source, denied_by, NULL FROM sightings
                     WHERE event = ?1 AND denied_by IS NOT NULL
                 ORDER BY 1, 2, 4 DESC",
            )?,
            places: conn.prepare_cached(
                "SELECT finding, field, start, stop FROM finding_sightings WHERE event = ?
                 ORDER BY finding, field, start",
            )?,
            triage: conn.prepare_cached(
                "SELECT at, state, note FROM triage_log WHERE finding = ? ORDER BY id",
            )?,
        })
    }

    /// Of what never changes of an event. A key that is not fully known may.
    pub(crate) fn event_stays(
        &mut self,
        event: &Event<'_, '_>,
        (was_loose, said): (bool, Said),
        key: &[u8; 32],
    ) -> rusqlite::Result<Short> {
        let bytes = &mut self.bytes;
        bytes.begin(Of::Event, Part::Stays, event.seq);
        bytes.columns(event.row, 1..2)?;
        if event.grows {
            bytes.columns(event.row, 6..8)?;
            bytes.columns(event.row, 9..11)?;
            bytes.columns(event.row, 12..14)?;
        } else {
            bytes.columns(event.row, 6..14)?;
        }
        if !was_loose {
            bytes.columns(event.row, 4..5)?;
        }
        if event.grows {
            return Ok(bytes.short(key));
        }
        match said {
            Said::Row(digest) => Self::text(bytes, event, digest)?,
            Said::None => {
                bytes.value(ValueRef::Integer(0));
                bytes.value(ValueRef::Null);
            }
            Said::Apart => {}
        }
        Ok(bytes.short(key))
    }

    /// Of its text alone.
    pub(crate) fn event_text(
        &mut self,
        event: &Event<'_, '_>,
        digest: Option<Digest>,
        key: &[u8; 32],
    ) -> rusqlite::Result<Short> {
        self.bytes.begin(Of::Event, Part::Text, event.seq);
        Self::text(&mut self.bytes, event, digest)?;
        Ok(self.bytes.short(key))
    }

    fn text(
        bytes: &mut Bytes,
        event: &Event<'_, '_>,
        digest: Option<Digest>,
    ) -> rusqlite::Result<()> {
        bytes.columns(event.row, 2..4)?;
        if event.body.is_some() {
            match digest {
                Some(digest) => bytes.bytes(4, &digest),
                // A text that was lost before it was committed to stays lost.
                None => bytes.value(ValueRef::Null),
            }
        }
        Ok(())
    }

    /// Of what may change: id and key, thread, turn, call, witnesses, outcome, the figures of a
    /// model call, all that is known of a process or a connection; `beside` it, where further
    /// witnesses saw it, what was found in it and what it installs.
    pub(crate) fn event_changes(
        &mut self,
        event: &Event<'_, '_>,
        (beside, digest): (bool, Option<Digest>),
        key: &[u8; 32],
    ) -> rusqlite::Result<Short> {
        self.bytes.begin(Of::Event, Part::Changes, event.seq);
        self.bytes.columns(event.row, 4..6)?;
        self.bytes.columns(event.row, 14..19)?;
        if event.row.get_ref(19)? != ValueRef::Null {
            self.bytes.columns(event.row, 19..20)?;
        }
        if is(event.kind, KindName::ModelCall) {
            Self::rows(&mut self.bytes, &mut self.call, event.seq)?;
        }
        if event.grows {
            self.bytes.columns(event.row, 8..9)?;
            self.bytes.columns(event.row, 11..12)?;
            Self::text(&mut self.bytes, event, digest)?;
        }
        if is(event.kind, KindName::Process) {
            Self::rows(&mut self.bytes, &mut self.process, event.seq)?;
        }
        if is(event.kind, KindName::Connection) {
            Self::rows(&mut self.bytes, &mut self.flow, event.seq)?;
        }
        if beside {
            Self::rows(&mut self.bytes, &mut self.sightings, event.seq)?;
            Self::rows(&mut self.bytes, &mut self.places, event.seq)?;
            if is(event.kind, KindName::ToolCall) || is(event.kind, KindName::Process) {
                Self::rows_if_any(&mut self.bytes, &mut self.installs, event.seq)?;
            }
        } else {
            // As when there are none of either.
            self.bytes.0.extend_from_slice(&[NO_MORE; 2]);
        }
        Ok(self.bytes.short(key))
    }

    /// Every row of an answer, and a mark after the last.
    fn rows(
        bytes: &mut Bytes,
        statement: &mut CachedStatement<'c>,
        number: i64,
    ) -> rusqlite::Result<()> {
        let columns = statement.column_count();
        let mut rows = statement.query([number])?;
        while let Some(row) = rows.next()? {
            bytes.columns(row, 0..columns)?;
        }
        bytes.0.push(NO_MORE);
        Ok(())
    }

    /// The same, of what most events have nothing of: nothing then, as before there was any.
    fn rows_if_any(
        bytes: &mut Bytes,
        statement: &mut CachedStatement<'c>,
        number: i64,
    ) -> rusqlite::Result<()> {
        let before = bytes.0.len();
        Self::rows(bytes, statement, number)?;
        if bytes.0.len() == before + 1 {
            bytes.0.truncate(before);
        }
        Ok(())
    }

    /// Of both parts of any other row, as far as it has them.
    pub(crate) fn row(
        &mut self,
        of: Of,
        row: &Row<'_>,
        (stays_key, changes_key): (&[u8; 32], &[u8; 32]),
    ) -> rusqlite::Result<(Short, Short)> {
        let number: i64 = row.get(0)?;
        let first_that_changes = 1 + of.rows().1;
        self.bytes.begin(of, Part::Stays, number);
        self.bytes.columns(row, 1..first_that_changes)?;
        let stays = self.bytes.short(stays_key);
        self.bytes.begin(of, Part::Changes, number);
        let columns = row.as_ref().column_count();
        if of == Of::Finding {
            let last = columns.saturating_sub(1);
            self.bytes.columns(row, first_that_changes..last)?;
            // Most are suppressed by nothing, which adds nothing.
            if row.get_ref(last)? != ValueRef::Null {
                self.bytes.columns(row, last..columns)?;
            }
            Self::rows(&mut self.bytes, &mut self.triage, number)?;
        } else {
            self.bytes.columns(row, first_that_changes..columns)?;
        }
        Ok((stays, self.bytes.short(changes_key)))
    }
}

/// Stands after the last row of an answer; no value begins with it.
const NO_MORE: u8 = 0xff;
