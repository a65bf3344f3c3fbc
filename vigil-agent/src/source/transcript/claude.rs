//! Claude Code's transcripts: bytes of one line in, events out. Pure: no I/O, no clock; what a
//! line means depends on the line, the parser's own [`state`] and the file's place alone.

use std::borrow::Cow;

use vigil_proto::{Batch, Sensitive, SessionFacts, SessionId, SourceId, Subagent, Timestamp};

use super::{
    client::{Client, Format},
    instant,
    parser::{Context, LONGEST_FACT, Records, Rules},
    repair,
    seat::Seat,
    text,
};
pub(super) use crate::source::claude_code::CLIENT;

mod assistant;
mod envelope;
mod locate;
mod notes;
mod record;
mod resume;
mod skip;
mod state;
mod user;

pub(super) use self::resume::resumable;
use self::{record::Record, state::State};

/// What the place of a file says about its lines.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The source's id.
    pub(super) source: SourceId,
    /// The session that the file belongs to by its name, where the name says so.
    pub(super) session: Option<String>,
    /// The sub-agent's thread that the file holds; none for a main transcript.
    pub(super) thread: Option<String>,
    /// The tool call that started the sub-agent.
    pub(super) started_by: Option<String>,
    /// The sub-agent's type.
    pub(super) agent_type: Option<String>,
    /// True when lines that name no folder may belong to an excluded project.
    pub(super) maybe_excluded: bool,
    /// The time of lines that give none, before the first that does.
    pub(super) fallback: Timestamp,
}

/// Where the client keeps its files, and how they are read.
pub(super) const FILES: Client = Client {
    name: CLIENT,
    variables: &[locate::CONFIG_DIR],
    roots: locate::roots,
    is_transcript: locate::is_transcript,
    folder: locate::folder,
    beside: Some(locate::subagents),
    format: Format::Lines,
    parser: |rules, file, state| {
        let place = locate::place(file.root, file.path, file.fallback, rules.exclusions);
        Box::new(Parser::new(rules, place, state, file.seen_at))
    },
};

/// Reads one file's lines in order.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    context: Context<'a>,
    place: Place,
    state: State,
    /// The session of the last line, hashed.
    session: Option<(String, SessionId)>,
}

impl<'a> Parser<'a> {
    /// A parser for the file at `place`, going on from the saved `state` (empty at the start).
    pub(super) fn new(rules: Rules<'a>, place: Place, state: &[u8], seen_at: Timestamp) -> Self {
        let context = Context::new(rules, place.source, place.fallback, seen_at);
        Self { context, place, state: State::load(state), session: None }
    }

    /// True for work in a folder that the user wants left out. A line that names no folder
    /// belongs to the folder of the lines before it.
    fn is_excluded(&self, raw_cwd: Option<&str>) -> bool {
        let own: Option<Cow<'_, str>> =
            raw_cwd.and_then(|raw| serde_json::from_str::<String>(raw).ok()).map(Cow::Owned);
        match own.or_else(|| self.state.cwd.as_deref().map(Cow::Borrowed)) {
            Some(cwd) => self.context.rules.exclusions.project(&cwd),
            None => self.place.maybe_excluded,
        }
    }

    fn take(
        &mut self,
        record: &Record<'_>,
        line: &str,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(kind) = &record.kind else {
            self.odd_shape(line, position, batch);
            return;
        };
        let seat = self.seat(record, position, batch);
        match kind.as_str() {
            "assistant" => self.assistant(record, line, &seat, batch),
            "user" => self.user(record, &seat, batch),
            "system" => self.system(record, line, &seat, batch),
            "attachment" => self.attachment(record, line, &seat, batch),
            "summary" => self.summary(record, batch),
            "custom-title" | "ai-title" => self.named_title(record, batch),
            kind @ ("cost-state" | "mode") => self.context.system(kind, line, &seat, batch),
            // Its type was escaped, or stood where the first look did not see it.
            kind => match skip::record(kind) {
                Some(counter) => batch.count(counter, 1),
                None => self.context.unknown(kind, line, &seat, batch),
            },
        }
    }

    /// Takes from a line what belongs to every event made of it, and remembers it.
    fn seat(&mut self, record: &Record<'_>, position: u64, batch: &mut Batch<Sensitive>) -> Seat {
        let at = record.timestamp.as_ref().and_then(|text| instant::parse(text.as_str()));
        if let Some(at) = at {
            self.state.at = Some(at.as_micros());
        }
        if let Some(session) = &record.session_id {
            self.enter_session(session.as_str(), batch);
        }
        if self.state.cwd.is_none() {
            let cwd = record.cwd.as_ref().map(text::Text::as_str);
            self.state.cwd = cwd.filter(|cwd| cwd.len() <= LONGEST_FACT).map(str::to_owned);
        }
        let session = self.session_id();
        let thread = self.thread_of(record);
        if session.is_some() {
            self.learn(record, batch);
        }
        if let (Some(session), Some(thread)) = (session, &thread) {
            self.link(session, thread, batch);
        }
        let turn = self.state.thread(thread.as_deref()).turn;
        Seat {
            session,
            thread,
            turn,
            at: at.or_else(|| self.state.at()).unwrap_or(self.context.fallback),
            position,
            record: record.uuid.as_ref().map(|uuid| uuid.as_str().to_owned()),
        }
    }

    fn enter_session(&mut self, native: &str, batch: &mut Batch<Sensitive>) {
        if self.state.session.as_deref() == Some(native) {
            return;
        }
        let before = self.state.session.replace(native.to_owned());
        let is_the_files = self.place.session.as_deref() == Some(native);
        let Some(before) = before else { return };
        self.state.cwd = None;
        if is_the_files && self.place.thread.is_none() {
            // The file begins with lines of the session that it continues.
            if let Some(facts) = self.facts(batch) {
                facts.parent = Some(SessionId::of(CLIENT, &before));
            }
        }
    }

    fn thread_of(&self, record: &Record<'_>) -> Option<String> {
        let sidechain = record.is_sidechain == Some(true);
        match (&record.agent_id, &self.place.thread) {
            (Some(agent), thread) if sidechain || thread.is_some() => {
                Some(agent.as_str().to_owned())
            }
            (_, Some(thread)) => Some(thread.clone()),
            // Old versions wrote sub-agents between the lines of their parent.
            _ => sidechain.then(|| "sidechain".to_owned()),
        }
    }

    /// The session of the current line: the one that it or an earlier line names, else the one
    /// of the file's name.
    fn session_id(&mut self) -> Option<SessionId> {
        let native = self.state.session.as_ref().or(self.place.session.as_ref())?;
        match &self.session {
            Some((known, id)) if known == native => Some(*id),
            _ => {
                let id = SessionId::of(CLIENT, native);
                self.session = Some((native.clone(), id));
                Some(id)
            }
        }
    }

    /// The facts of the current session within `batch`.
    fn facts<'b>(
        &mut self,
        batch: &'b mut Batch<Sensitive>,
    ) -> Option<&'b mut SessionFacts<Sensitive>> {
        let id = self.session_id()?;
        let (native, _) = self.session.as_ref()?;
        if !batch.sessions.iter().any(|facts| facts.id == id) {
            batch.sessions.push(SessionFacts::new(CLIENT, native.as_str().into(), id));
        }
        batch.sessions.iter_mut().find(|facts| facts.id == id)
    }

    fn learn(&mut self, record: &Record<'_>, batch: &mut Batch<Sensitive>) {
        let cwd = self.state.cwd.clone();
        let waiting = self.state.waiting_title.take();
        let Some(facts) = self.facts(batch) else { return };
        replace(&mut facts.cwd, cwd.as_deref());
        replace(&mut facts.version, record.version.as_ref().map(text::Text::as_str));
        replace(&mut facts.branch, record.git_branch.as_ref().map(text::Text::as_str));
        if let Some(title) = waiting {
            notes::set_title(facts, vigil_proto::batch::TitleRank::Summary, title);
        }
        let forked = record.forked_from.as_ref().and_then(|from| from.session_id.as_ref());
        if let Some(from) = forked {
            let parent = SessionId::of(CLIENT, from.as_str());
            if parent != facts.id {
                facts.parent = Some(parent);
            }
        }
    }

    fn link(&self, session: SessionId, thread: &str, batch: &mut Batch<Sensitive>) {
        let known = batch
            .subagents
            .iter()
            .any(|link| link.session == session && link.thread.expose() == thread);
        if known {
            return;
        }
        let is_the_files = self.place.thread.as_deref() == Some(thread);
        let only_its =
            |text: &Option<String>| text.as_deref().filter(|_| is_the_files).map(Sensitive::from);
        batch.subagents.push(Subagent {
            session,
            thread: thread.into(),
            started_by: only_its(&self.place.started_by),
            agent_type: only_its(&self.place.agent_type),
        });
    }
}

impl Records for Parser<'_> {
    fn context(&self) -> &Context<'_> {
        &self.context
    }

    fn record(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>) {
        let by_project = self.context.rules.exclusions.any_project();
        let envelope = envelope::read(line, by_project).unwrap_or_default();
        if let Some(counter) = envelope.kind.and_then(skip::record) {
            batch.count(counter, 1);
            return;
        }
        if by_project && self.is_excluded(envelope.cwd) {
            batch.count("skip.excluded", 1);
            return;
        }
        let error = match record::read::<Record<'_>>(line) {
            Ok(record) => return self.take(&record, line, position, batch),
            Err(error) => error,
        };
        if let Some(repaired) = repair::lone_surrogates(line)
            && let Ok(record) = record::read::<Record<'_>>(&repaired)
        {
            batch.count("read.repaired-surrogates", 1);
            return self.take(&record, &repaired, position, batch);
        }
        self.not_a_record(line, &error, position, batch);
    }

    fn bare_seat(&mut self, position: u64, batch: &mut Batch<Sensitive>) -> Seat {
        let session = self.session_id();
        if session.is_some() {
            let _ = self.facts(batch);
        }
        Seat {
            session,
            thread: None,
            turn: None,
            at: self.state.at().unwrap_or(self.context.fallback),
            position,
            record: None,
        }
    }

    fn save(&self) -> Vec<u8> {
        self.state.save()
    }
}

/// Replaces a fact without copying the text when it has not changed.
fn replace(fact: &mut Option<Sensitive>, text: Option<&str>) {
    let Some(text) = text else { return };
    if text.is_empty()
        || text.len() > LONGEST_FACT
        || fact.as_ref().is_some_and(|fact| fact.expose() == text)
    {
        return;
    }
    *fact = Some(text.into());
}

#[cfg(test)]
mod tests;
