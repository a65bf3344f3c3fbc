//! aider's chat history: one line of a project's `.aider.chat.history.md` in, events out. Pure: no
//! I/O, no clock; what a line means depends on the line, the parser's own [`state`] and the file's
//! place alone.
//!
//! The file is written for people: `####` begins what the user said, `>` what the client says, and
//! all else is the model's. It tells one time, when a chat was started, and rounds its tokens, so no
//! call of a model is made of it; what it says of them is kept as it stands.

use jiff::{civil::DateTime, tz::TimeZone};
use vigil_proto::{
    Batch, Kind, NaturalKey, Sensitive, SessionFacts, SourceId, Timestamp,
    batch::TitleRank,
    event::{Prompt, Response},
};

use super::{
    client::{Client, Format},
    parser::{Context, Records, Rules, facts_of},
    seat::Seat,
    text,
};

mod locate;
mod state;

use self::state::{Open, Said, State};

/// As the proxy and the process table call it.
pub(super) const CLIENT: &str = "aider";

/// How a chat begins; the time is that of the user's clock.
const STARTED: &str = "# aider chat started at ";

/// What begins a line of the user's.
const USER: &str = "####";

/// What the client says between answers. Within one, other lines like these are the model's.
const NOTICES: [(&str, &str); 9] = [
    ("Tokens: ", "usage"),
    ("Applied edit to ", "edit"),
    ("Did not apply edit", "edit"),
    ("Running ", "command"),
    ("Run shell command", "confirmation"),
    ("Commit ", "commit"),
    ("Create new file?", "confirmation"),
    ("Add file to the chat?", "confirmation"),
    ("Allow edits to file", "confirmation"),
];

/// An answer longer than this is kept in several pieces, in bytes.
const PIECE: usize = 64 * 1024;

/// What the place of a file says about its lines.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source: SourceId,
    /// The folder that the client worked in.
    pub(super) folder: String,
    /// Tells chats of this folder from those of others.
    pub(super) mark: String,
    /// The time of lines before the first chat.
    pub(super) fallback: Timestamp,
    /// Where the user's clock is.
    pub(super) zone: TimeZone,
}

/// Where the client keeps its files, and how they are read.
pub(super) const FILES: Client = Client {
    name: CLIENT,
    variables: &[],
    roots: locate::roots,
    is_transcript: locate::is_transcript,
    folder: locate::folder,
    beside: None,
    format: Format::Lines,
    parser: |rules, file, state| {
        let place = locate::place(file.path, file.fallback, TimeZone::system());
        Box::new(Parser::new(rules, place, state, file.seen_at))
    },
};

/// Reads one file's lines in order.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    context: Context<'a>,
    place: Place,
    state: State,
}

impl<'a> Parser<'a> {
    /// A parser for the file at `place`, going on from the saved `state` (empty at the start).
    pub(super) fn new(rules: Rules<'a>, place: Place, state: &[u8], seen_at: Timestamp) -> Self {
        let context = Context::new(rules, place.source, place.fallback, seen_at);
        Self { context, place, state: State::load(state) }
    }

    fn take(&mut self, line: &str, after_blank: bool, batch: &mut Batch<Sensitive>) {
        let line = line.trim_end();
        if let Some(time) = line.strip_prefix(STARTED) {
            self.close(batch);
            self.start(time.trim(), batch);
            return;
        }
        if self.state.session.is_none() {
            batch.count("read.no-session", 1);
            return;
        }
        if let Some(said) = line.strip_prefix(USER) {
            self.add(Said::Prompt, said.strip_prefix(' ').unwrap_or(said), false, batch);
            return;
        }
        if let Some(said) = line.strip_prefix("> ") {
            let known = NOTICES.iter().find(|(start, _)| said.starts_with(start));
            let answers = self.state.open.as_ref().is_some_and(|open| open.said == Said::Answer);
            if known.is_some() || !answers {
                self.close(batch);
                self.notice(known.map_or("notice", |(_, name)| name), said, batch);
                return;
            }
        }
        self.add(Said::Answer, line, after_blank, batch);
    }

    /// A chat begins: a session.
    fn start(&mut self, time: &str, batch: &mut Batch<Sensitive>) {
        let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", time).ok();
        let zoned = civil.and_then(|civil| civil.to_zoned(self.place.zone.clone()).ok());
        let at =
            zoned.map_or(self.context.fallback.as_micros(), |at| at.timestamp().as_microsecond());
        let time: String = time.chars().take(32).collect();
        let native = format!("{}-{}", time.replace(' ', "T"), self.place.mark);
        self.state = State { session: Some(native), at, ..State::default() };
        let folder = self.place.folder.clone();
        if let Some(facts) = self.facts(batch) {
            facts.cwd = Some(folder.into());
        }
    }

    /// One more line of what somebody says.
    fn add(&mut self, said: Said, line: &str, after_blank: bool, batch: &mut Batch<Sensitive>) {
        if self.state.open.as_ref().is_some_and(|open| open.said != said) {
            self.close(batch);
        }
        let open = self.state.open.get_or_insert_with(|| Open { said, ..Open::default() });
        if !open.text.is_empty() || open.piece > 0 {
            open.text.push_str(if after_blank { "\n\n" } else { "\n" });
        }
        open.text.push_str(line);
        if open.text.len() >= PIECE && said == Said::Answer {
            let piece = Open { text: String::new(), piece: open.piece + 1, ..*open };
            let whole = std::mem::replace(open, piece);
            self.answer(&whole, batch);
        }
    }

    /// What was being said is over.
    fn close(&mut self, batch: &mut Batch<Sensitive>) {
        let Some(open) = self.state.open.take() else { return };
        match open.said {
            Said::Prompt => self.prompt(open.text.trim(), batch),
            Said::Answer => {
                self.answer(&open, batch);
                self.state.answers += 1;
            }
        }
    }

    fn prompt(&mut self, said: &str, batch: &mut Batch<Sensitive>) {
        let seat = self.seat(batch);
        let Some(session) = seat.session.filter(|_| !said.is_empty() && said != "<blank>") else {
            return;
        };
        if !self.state.titled
            && let Some(title) = text::title_of(said)
            && let Some(facts) = self.facts(batch)
        {
            facts.title = Some((TitleRank::FirstPrompt, title.into()));
            self.state.titled = true;
        }
        let content = self.context.hash(said.as_bytes());
        let after = self.state.events.to_string();
        let key = NaturalKey::Prompt { session, after: &after, text: content };
        let turn = Some(key.id());
        self.state.turn = turn;
        let kind = Kind::Prompt(Prompt { text: said.into() });
        let mut event = self.context.event(&seat, &key, content, kind);
        event.turn = turn;
        batch.events.push(event);
    }

    fn answer(&mut self, open: &Open, batch: &mut Batch<Sensitive>) {
        let seat = self.seat(batch);
        let said = open.text.trim_matches('\n');
        let Some(session) = seat.session.filter(|_| !said.is_empty()) else { return };
        let content = self.context.hash(said.as_bytes());
        let message = format!("answer-{}", self.state.answers);
        let key = NaturalKey::Block { session, message: &message, index: open.piece };
        let kind = Kind::Response(Response { text: said.into() });
        batch.events.push(self.context.event(&seat, &key, content, kind));
    }

    /// What the client says.
    fn notice(&mut self, name: &str, said: &str, batch: &mut Batch<Sensitive>) {
        if let Some(version) = said.strip_prefix("Aider v")
            && version.len() < 32
            && let Some(facts) = self.facts(batch)
        {
            facts.version = Some(version.into());
        }
        let seat = self.seat(batch);
        self.context.system(name, said, &seat, batch);
    }

    /// Where the next event sits. All of a chat have its time, and keep their order.
    fn seat(&mut self, batch: &mut Batch<Sensitive>) -> Seat {
        self.state.events += 1;
        let number = self.state.events;
        let at = self.state.at.saturating_add(i64::try_from(number).unwrap_or(i64::MAX));
        Seat {
            session: self.facts(batch).map(|facts| facts.id),
            thread: None,
            turn: self.state.turn,
            at: Timestamp::from_micros(at),
            position: self.state.end,
            record: Some(format!("event-{number}")),
        }
    }

    /// True for work in a folder that the user wants left out.
    fn is_excluded(&self) -> bool {
        let exclusions = self.context.rules.exclusions;
        exclusions.any_project() && exclusions.project(&self.place.folder)
    }

    /// The facts of the session within `batch`.
    fn facts<'b>(
        &self,
        batch: &'b mut Batch<Sensitive>,
    ) -> Option<&'b mut SessionFacts<Sensitive>> {
        Some(facts_of(CLIENT, self.state.session.as_deref()?, batch))
    }
}

impl Records for Parser<'_> {
    fn context(&self) -> &Context<'_> {
        &self.context
    }

    fn record(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>) {
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        // Empty lines are not handed over.
        let after_blank = position > self.state.end;
        let end = position.saturating_add(line.len() as u64).saturating_add(1);
        self.take(line, after_blank, batch);
        self.state.end = end;
    }

    fn bare_seat(&mut self, position: u64, batch: &mut Batch<Sensitive>) -> Seat {
        let excluded = self.is_excluded();
        let session = if excluded { None } else { self.facts(batch).map(|facts| facts.id) };
        let started = self.state.session.is_some();
        Seat {
            session,
            thread: None,
            turn: self.state.turn,
            at: if started { Timestamp::from_micros(self.state.at) } else { self.context.fallback },
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
