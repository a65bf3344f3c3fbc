//! Claude Code's transcripts: bytes of one line in, events out. Pure: no I/O, no clock; what a
//! line means depends on the line, the parser's own [`state`] and the file's place alone.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use vigil_proto::{
    Batch, ContentHasher, Sensitive, SessionFacts, SessionId, SourceId, Subagent, Timestamp,
};

use crate::pipeline::Exclusions;
pub(super) use crate::source::claude_code::CLIENT;

mod assistant;
mod envelope;
mod instant;
pub(super) mod locate;
mod notes;
mod record;
mod repair;
mod seat;
mod skip;
mod state;
mod text;
mod user;

use self::{record::Record, seat::Seat, state::State};

/// Longer than this, a path, a branch or a version is no such thing. In bytes.
const LONGEST_FACT: usize = 4096;

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

/// What a parser is told by the rest of Vigil.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    /// Makes content hashes.
    pub(super) hasher: &'a ContentHasher,
    /// What must not be parsed.
    pub(super) exclusions: &'a Exclusions,
}

/// Reads one file's lines in order.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    rules: Rules<'a>,
    place: Place,
    state: State,
    /// When the lines were read.
    seen_at: Timestamp,
    /// The session of the last line, hashed.
    session: Option<(String, SessionId)>,
}

impl<'a> Parser<'a> {
    /// A parser for the file at `place`, going on from the saved `state` (empty at the start).
    pub(super) fn new(rules: Rules<'a>, place: Place, state: &[u8], seen_at: Timestamp) -> Self {
        Self { rules, place, state: State::load(state), seen_at, session: None }
    }

    /// The memory to save in the checkpoint.
    pub(super) fn state(&self) -> Vec<u8> {
        self.state.save()
    }

    /// Moves the time at which lines are seen.
    pub(super) fn seen_at(&mut self, now: Timestamp) {
        self.seen_at = now;
    }

    /// Turns the line at byte `position` of the file into events.
    pub(super) fn line(&mut self, line: &[u8], position: u64, batch: &mut Batch<Sensitive>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let zeros = line.iter().take_while(|byte| **byte == 0).count();
        let line = line.get(zeros..).unwrap_or_default();
        if zeros > 0 {
            // A crash can leave a file longer than what was written to it.
            let detail = "the file holds zero bytes, as after a crash while writing";
            let sample = (zeros as u64).to_le_bytes();
            self.gap("nul-filled", detail, &sample, zeros as u64, position, batch);
        }
        if line.trim_ascii().is_empty() {
            return;
        }
        if let Ok(text) = str::from_utf8(line) {
            self.text(text, position, batch);
        } else {
            let detail = "a line holds bytes that are not UTF-8; they were replaced";
            self.gap("invalid-utf8", detail, line, line.len() as u64, position, batch);
            self.text(&String::from_utf8_lossy(line), position, batch);
        }
    }

    /// Records a line that was too long to be read.
    pub(super) fn too_long(
        &mut self,
        sample: &[u8],
        bytes: u64,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let detail = "a line is longer than what is read at once (16 MiB); it was passed over";
        self.gap("line-too-long", detail, sample, bytes, position, batch);
    }

    fn text(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>) {
        let by_project = self.rules.exclusions.any_project();
        let envelope = envelope::read(line, by_project).unwrap_or_default();
        if let Some(counter) = envelope.kind.and_then(skip::record) {
            batch.count(counter, 1);
            return;
        }
        if by_project && self.is_excluded(envelope.cwd) {
            batch.count("skip.excluded", 1);
            return;
        }
        match record::read::<Record<'_>>(line) {
            Ok(record) => self.record(&record, line, position, batch),
            Err(error) => self.not_a_record(line, &error, position, batch),
        }
    }

    /// True for work in a folder that the user wants left out. A line that names no folder
    /// belongs to the folder of the lines before it.
    fn is_excluded(&self, raw_cwd: Option<&str>) -> bool {
        let own: Option<Cow<'_, str>> =
            raw_cwd.and_then(|raw| serde_json::from_str::<String>(raw).ok()).map(Cow::Owned);
        match own.or_else(|| self.state.cwd.as_deref().map(Cow::Borrowed)) {
            Some(cwd) => self.rules.exclusions.project(&cwd),
            None => self.place.maybe_excluded,
        }
    }

    fn not_a_record(
        &mut self,
        line: &str,
        error: &serde_json::Error,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        if let Some(repaired) = repair::lone_surrogates(line)
            && let Ok(record) = record::read::<Record<'_>>(&repaired)
        {
            batch.count("read.repaired-surrogates", 1);
            self.record(&record, &repaired, position, batch);
            return;
        }
        if error.is_data() && serde_json::from_str::<IgnoredAny>(line).is_ok() {
            self.odd_shape(line, position, batch);
        } else {
            let detail = "a line is not JSON";
            self.gap("invalid-json", detail, line.as_bytes(), line.len() as u64, position, batch);
        }
    }

    fn record(
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
            "cost-state" => self.system_event("cost-state", line, &seat, batch),
            // Its type was escaped, or stood where the first look did not see it.
            kind => match skip::record(kind) {
                Some(counter) => batch.count(counter, 1),
                None => self.unknown(kind, line, &seat, batch),
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
            at: at.or_else(|| self.state.at()).unwrap_or(self.place.fallback),
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
