//! opencode's database: one event of its log in, events out. Pure: no I/O, no clock; what an event
//! means depends on the event and the parser's own [`state`] alone.
//!
//! The client keeps a log of every change (`event`) beside its tables, which only hold how things
//! stand now. A part of a message is written again each time that something about it changes; it
//! is taken when it is complete. The client does not keep the provider's own ids, so every key is
//! incomplete: what the proxy saw too becomes one event by what it says.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use vigil_proto::{Batch, Sensitive, SessionId, SourceId, Timestamp, batch::TitleRank};

use super::{
    client::{Client, Format},
    database::Log,
    parser::{Context, LONGEST_FACT, Records, Rules, facts_of},
    seat::Seat,
};

mod locate;
mod part;
mod record;
mod state;

use self::{
    record::{Change, Info, Line, Message, PartChange},
    state::{Session, State},
};

/// As the proxy and the process table call it.
pub(super) const CLIENT: &str = "opencode";

/// How the client begins the title that it gives before it knows better.
const NO_TITLE: &str = "New session - ";

/// Where the client keeps its files, and how they are read.
pub(super) const FILES: Client = Client {
    name: CLIENT,
    variables: &[locate::DATA],
    roots: locate::roots,
    is_transcript: locate::is_transcript,
    folder: locate::folder,
    beside: None,
    format: Format::Database(&LOG),
    parser: |rules, file, state| {
        let source = SourceId::of(file.path.as_os_str().as_encoded_bytes());
        Box::new(Parser::new(rules, source, state, (file.fallback, file.seen_at)))
    },
};

/// The text of a record is put together here rather than by SQLite, so that a record that is not
/// JSON is a gap like any other line.
const LOG: Log = Log {
    last: "SELECT max(rowid) FROM event",
    id: "SELECT id FROM event WHERE rowid = ?1",
    after: "SELECT rowid, octet_length(data), \
            '{\"id\":\"' || id || '\",\"type\":\"' || type || '\",\"data\":' || \
            iif(octet_length(data) > ?3, 'null', data) || '}' \
            FROM event WHERE rowid > ?1 ORDER BY rowid LIMIT ?2",
};

/// Reads one database's records in order.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    context: Context<'a>,
    state: State,
}

impl<'a> Parser<'a> {
    /// A parser that goes on from the saved `state` (empty at the start). `times` are the time of
    /// records that give none, and when they are read.
    pub(super) fn new(
        rules: Rules<'a>,
        source: SourceId,
        state: &[u8],
        times: (Timestamp, Timestamp),
    ) -> Self {
        let context = Context::new(rules, source, times.0, times.1);
        Self { context, state: State::load(state) }
    }

    fn take(&mut self, line: &Line, text: &str, position: u64, batch: &mut Batch<Sensitive>) {
        let data = line.data.as_deref().map_or("{}", RawValue::get);
        // The number at the end is the version of its shape.
        let kind = line.kind.rsplit_once('.').map_or(line.kind.as_str(), |(kind, _)| kind);
        match kind {
            "session.created" | "session.updated" => {
                let change: Option<Change<Info>> = self.data(data, line, position, batch);
                if let Some(change) = change {
                    self.session(&change.info, batch);
                }
            }
            "message.updated" => {
                let change: Option<Change<Message>> = self.data(data, line, position, batch);
                if let Some(change) = change {
                    self.message(&change.info, position, batch);
                }
            }
            "message.part.updated" => {
                let change: Option<PartChange> = self.data(data, line, position, batch);
                if let Some(change) = change {
                    self.part(&change, position, batch);
                }
            }
            _ => {
                let session = self.state.session.clone();
                if self.is_excluded(&session) {
                    batch.count("skip.excluded", 1);
                    return;
                }
                let seat = self.seat(&session, &line.id, None, position, batch);
                self.context.unknown(kind, text, &seat, batch);
            }
        }
    }

    /// The content of a record, or none when it has another shape; then it is kept as it is.
    fn data<T: DeserializeOwned>(
        &mut self,
        data: &str,
        line: &Line,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) -> Option<T> {
        let read = serde_json::from_str(data).ok();
        if read.is_none() {
            let session = self.state.session.clone();
            if self.is_excluded(&session) {
                batch.count("skip.excluded", 1);
                return None;
            }
            batch.count("read.odd-shape", 1);
            let seat = self.seat(&session, &line.id, None, position, batch);
            self.context.system("unknown:odd-shape", data, &seat, batch);
        }
        read
    }

    fn session(&mut self, info: &Info, batch: &mut Batch<Sensitive>) {
        self.state.session.clone_from(&info.id);
        let excluded = self.context.rules.exclusions.project(&info.directory);
        let created = info.time.as_ref().and_then(|time| time.created);
        let session = self.state.enter(&info.id);
        session.excluded = excluded;
        session.known = true;
        session.at = created.or(session.at);
        if excluded {
            batch.count("skip.excluded", 1);
            return;
        }
        let facts = facts_of(CLIENT, &info.id, batch);
        if let Some(cwd) = short(Some(&info.directory)) {
            facts.cwd = Some(cwd.into());
        }
        if let Some(version) = short(info.version.as_deref()) {
            facts.version = Some(version.into());
        }
        if let Some(parent) = short(info.parent_id.as_deref()) {
            facts.parent = Some(SessionId::of(CLIENT, parent));
        }
        if let Some(title) =
            short(info.title.as_deref()).filter(|title| !title.starts_with(NO_TITLE))
        {
            facts.title = Some((TitleRank::Summary, title.into()));
        }
    }

    /// Remembers what a message is; its parts come in records of their own.
    fn message(&mut self, info: &Message, position: u64, batch: &mut Batch<Sensitive>) {
        if self.is_excluded(&info.session_id) {
            batch.count("skip.excluded", 1);
            return;
        }
        let at = info.time.as_ref().and_then(|time| time.completed.or(time.created));
        let known = self.state.enter(&info.session_id).message(&info.id);
        known.user = info.role == "user";
        if let Some(provider) = &info.provider_id {
            known.provider.clone_from(provider);
        }
        if let Some(model) = &info.model_id {
            known.model.clone_from(model);
        }
        if let Some(error) = &info.error {
            let id = format!("{}/error", info.id);
            let seat = self.seat(&info.session_id, &id, at, position, batch);
            self.context.system("error", error.get(), &seat, batch);
        }
    }

    /// True for a session whose folder the user wants left out, and for one of which nobody knows
    /// whether it is.
    fn is_excluded(&mut self, session: &str) -> bool {
        if !self.context.rules.exclusions.any_project() {
            return false;
        }
        let session = self.state.enter(session);
        session.excluded || !session.known
    }

    /// What belongs to every event made of a record. `record` is its own id, `at` milliseconds
    /// since 1970.
    fn seat(
        &mut self,
        session: &str,
        record: &str,
        at: Option<i64>,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) -> Seat {
        let id = (!session.is_empty()).then(|| facts_of(CLIENT, session, batch).id);
        let known: Option<&mut Session> = id.map(|_| self.state.enter(session));
        let turn = known.as_ref().and_then(|session| session.turn);
        let last = known.and_then(|session| {
            session.at = at.or(session.at);
            session.at
        });
        let at = last.and_then(|millis| millis.checked_mul(1000));
        Seat {
            session: id,
            thread: None,
            turn,
            at: at.map_or(self.context.fallback, Timestamp::from_micros),
            position,
            record: Some(record.to_owned()),
        }
    }
}

/// The text of a fact that is one.
fn short(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty() && text.len() <= LONGEST_FACT)
}

impl Records for Parser<'_> {
    fn context(&self) -> &Context<'_> {
        &self.context
    }

    fn record(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>) {
        if let Some(record) = self.read::<Line>(line, position, batch) {
            self.take(&record, line, position, batch);
        }
    }

    fn bare_seat(&mut self, position: u64, _: &mut Batch<Sensitive>) -> Seat {
        Seat {
            session: None,
            thread: None,
            turn: None,
            at: self.context.fallback,
            position,
            record: None,
        }
    }

    fn save(&self) -> Vec<u8> {
        self.state.save()
    }
}

#[cfg(test)]
mod tests;
