//! aider's chat history: one line of a project's `.aider.chat.history.md` in, events out. Pure: no
//! I/O, no clock; what a line means depends on the line, the parser's own [`state`] and the file's
//! place alone.
//!
//! The file is written for people: `####` begins what the user said, `>` what the client says, and
//! all else is the model's, whose own headings and quotations look alike. What tells them apart are
//! two spaces, with which the client ends what is not the model's, and empty lines: see [`shape`].
//!
//! It tells one time, when a chat was started, and rounds its tokens, so no call of a model is made
//! of it; what it says of them is kept as it stands.

use jiff::{civil::DateTime, tz::TimeZone};
use vigil_proto::{
    Batch, Kind, NaturalKey, Sensitive, SessionFacts, SourceId, Timestamp,
    batch::TitleRank,
    event::{Prompt, Response, Thinking},
};

use super::{
    client::{Client, Format},
    parser::{Context, Records, Rules, facts_of},
    seat::Seat,
    text,
};

mod locate;
mod shape;
mod state;

use self::{
    shape::{Line, Scene},
    state::{Open, Said, State},
};

/// As the proxy and the process table call it.
pub(super) const CLIENT: &str = "aider";

/// What is longer than this is kept in several pieces, in bytes; a prompt is not.
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
        let scene = Scene {
            said: self.state.open.as_ref().map(|open| open.said),
            asked: self.state.turn.is_some(),
            after_blank,
        };
        match shape::of(line, &scene) {
            Line::Start(time) if self.may_start(time, &scene) => {
                self.close(batch);
                self.start(time, batch);
            }
            _ if self.state.session.is_none() => batch.count("read.no-session", 1),
            Line::User(said) => {
                // Lines of one prompt have nothing between them.
                if after_blank {
                    self.close(batch);
                }
                self.add(Said::Prompt, said, false, batch);
            }
            Line::Client { said, ends } => {
                self.close(batch);
                if ends {
                    self.notice(said, batch);
                } else {
                    self.add(Said::Notice, said, false, batch);
                }
            }
            Line::More { said, ends } => {
                self.add(Said::Notice, said, after_blank, batch);
                if ends {
                    self.close(batch);
                }
            }
            Line::ThinkingStarts => {
                self.close(batch);
                self.add(Said::Thinking, "", false, batch);
            }
            Line::ThinkingEnds => self.close(batch),
            Line::Start(_) | Line::Model => {
                let goes_on = scene.said.filter(|said| *said != Said::Prompt);
                let said = goes_on.unwrap_or(Said::Answer);
                self.add(said, line.trim_end(), after_blank, batch);
            }
        }
    }

    /// True for a line that is the client's, and not part of an answer that quotes a history: an
    /// answer ends with an empty line, and no chat begins before the one that it follows.
    fn may_start(&self, time: &str, scene: &Scene) -> bool {
        match scene.said {
            None | Some(Said::Prompt) => true,
            Some(Said::Answer | Said::Thinking | Said::Notice) => {
                scene.after_blank && self.instant(time).is_some_and(|at| at >= self.state.at)
            }
        }
    }

    /// The time that the client's clock showed, in microseconds.
    fn instant(&self, time: &str) -> Option<i64> {
        let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", time).ok()?;
        Some(civil.to_zoned(self.place.zone.clone()).ok()?.timestamp().as_microsecond())
    }

    /// A chat begins: a session.
    fn start(&mut self, time: &str, batch: &mut Batch<Sensitive>) {
        let at = self.instant(time).unwrap_or_else(|| self.context.fallback.as_micros());
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
        if open.text.len() >= PIECE && said != Said::Prompt {
            let piece = Open { text: String::new(), piece: open.piece + 1, ..*open };
            let whole = std::mem::replace(open, piece);
            self.tell(&whole, batch);
        }
    }

    /// What was being said is over.
    fn close(&mut self, batch: &mut Batch<Sensitive>) {
        let Some(open) = self.state.open.take() else { return };
        self.tell(&open, batch);
        if open.said == Said::Answer {
            self.state.answers += 1;
        }
    }

    fn tell(&mut self, open: &Open, batch: &mut Batch<Sensitive>) {
        let said = open.text.trim_matches('\n');
        match open.said {
            Said::Prompt => self.prompt(said.trim(), batch),
            Said::Notice => self.notice(said, batch),
            Said::Answer => {
                let kind = Kind::Response(Response { text: said.into() });
                self.block("answer", open.piece, said, kind, batch);
            }
            Said::Thinking => {
                let kind = Kind::Thinking(Thinking { text: said.into() });
                self.block("thinking", open.piece, said, kind, batch);
            }
        }
    }

    fn prompt(&mut self, said: &str, batch: &mut Batch<Sensitive>) {
        // What follows `/ask` and its like is told again on its own when it is sent.
        let asked = self.state.asked.take();
        if asked == Some((self.state.events, self.context.hash(said.as_bytes()))) {
            return;
        }
        let seat = self.seat(batch);
        if let Some((_, rest)) = said.split_once(' ').filter(|_| said.starts_with('/')) {
            self.state.asked = Some((self.state.events, self.context.hash(rest.trim().as_bytes())));
        }
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

    /// A piece of what the model says.
    fn block(
        &mut self,
        what: &str,
        piece: u32,
        said: &str,
        kind: Kind<Sensitive>,
        batch: &mut Batch<Sensitive>,
    ) {
        let seat = self.seat(batch);
        let Some(session) = seat.session.filter(|_| !said.is_empty()) else { return };
        let content = self.context.hash(said.as_bytes());
        let message = format!("{what}-{}", self.state.answers);
        let key = NaturalKey::Block { session, message: &message, index: piece };
        batch.events.push(self.context.event(&seat, &key, content, kind));
    }

    /// What the client says.
    fn notice(&mut self, said: &str, batch: &mut Batch<Sensitive>) {
        if said.is_empty() {
            return;
        }
        if let Some(version) = said.lines().next().and_then(|line| line.strip_prefix("Aider v"))
            && version.len() < 32
            && let Some(facts) = self.facts(batch)
        {
            facts.version = Some(version.into());
        }
        let seat = self.seat(batch);
        self.context.system(shape::name_of(said), said, &seat, batch);
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
