//! Sessions and their counters, and the sub-agents within them.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vigil_proto::{Masked, SessionFacts, SessionId, Subagent, batch::PROVISIONAL};

use super::Tx;
use crate::chain::facts::Of;

/// How long a title is, in characters, and how long when it is a single word.
const TITLE: usize = 80;
const LONGEST_WORD: usize = 400;

/// One row of `sessions`, as far as the writer changes it.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) id: i64,
    pub(super) client: i64,
    pub(super) changed: bool,
    /// True when more than counters and times has changed.
    pub(super) retold: bool,
    /// True when its name is made up by a witness.
    pub(super) is_provisional: bool,
    /// The session that it turned out to be.
    pub(super) alias: Option<Alias>,
    version: Option<String>,
    parent: Option<[u8; 16]>,
    cwd: Option<String>,
    branch: Option<String>,
    title: Option<String>,
    title_rank: u8,
    pub(super) model: Option<i64>,
    pub(super) model_at: Option<i64>,
    pub(super) started: Option<i64>,
    pub(super) last: Option<i64>,
    pub(super) prompts: i64,
    pub(super) prompts_side: i64,
    pub(super) numbered: i64,
    pub(super) numbered_side: i64,
    pub(super) messages: i64,
    pub(super) tool_calls: i64,
    pub(super) findings: i64,
}

/// What a provisional session is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alias {
    /// The session.
    pub(super) session: SessionId,
    /// The sub-agent's thread within it.
    pub(super) thread: Option<i64>,
    /// The last model call that showed it.
    pub(super) call: i64,
}

impl Session {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let native = row.get_ref(19)?.as_bytes()?;
        let alias = match row.get::<_, Option<[u8; 16]>>(20)? {
            Some(key) => Some(Alias {
                session: SessionId::from_bytes(key),
                thread: row.get(21)?,
                call: row.get(22)?,
            }),
            None => None,
        };
        Ok(Self {
            id: row.get(0)?,
            client: row.get(1)?,
            changed: false,
            retold: false,
            is_provisional: native.starts_with(PROVISIONAL.as_bytes()),
            alias,
            version: row.get(2)?,
            parent: row.get(3)?,
            cwd: row.get(4)?,
            branch: row.get(5)?,
            title: row.get(6)?,
            title_rank: row.get(7)?,
            model: row.get(8)?,
            model_at: row.get(9)?,
            started: row.get(10)?,
            last: row.get(11)?,
            prompts: row.get(12)?,
            prompts_side: row.get(13)?,
            numbered: row.get(14)?,
            numbered_side: row.get(15)?,
            messages: row.get(16)?,
            tool_calls: row.get(17)?,
            findings: row.get(18)?,
        })
    }

    pub(super) fn save(&self, conn: &Connection) -> rusqlite::Result<()> {
        conn.prepare_cached(
            "UPDATE sessions SET version = ?2, parent = ?3, cwd = ?4, branch = ?5, title = ?6,
                 title_rank = ?7, model = ?8, model_at = ?9, started = ?10, last = ?11,
                 prompts = ?12, prompts_side = ?13, numbered = ?14, numbered_side = ?15,
                 messages = ?16, tool_calls = ?17, findings = ?18, client = ?19
             WHERE id = ?1",
        )?
        .execute(params![
            self.id,
            self.version,
            self.parent,
            self.cwd,
            self.branch,
            self.title,
            self.title_rank,
            self.model,
            self.model_at,
            self.started,
            self.last,
            self.prompts,
            self.prompts_side,
            self.numbered,
            self.numbered_side,
            self.messages,
            self.tool_calls,
            self.findings,
            self.client,
        ])?;
        Ok(())
    }

    /// Takes over what is known of it; what is not known stays. True when its project was unknown
    /// until now.
    fn learn(&mut self, facts: &SessionFacts<Masked>) -> bool {
        let is_settled = self.cwd.is_none() && facts.cwd.is_some();
        let mut changed = replace(&mut self.version, facts.version.as_ref());
        changed |= replace(&mut self.cwd, facts.cwd.as_ref());
        changed |= replace(&mut self.branch, facts.branch.as_ref());
        if let Some(parent) = facts.parent
            && parent != facts.id
            && self.parent != Some(*parent.as_bytes())
        {
            self.parent = Some(*parent.as_bytes());
            changed = true;
        }
        if let Some((rank, title)) = &facts.title {
            let rank = *rank as u8;
            // Of the first prompt there is only one: the first that was seen.
            let first_prompt = vigil_proto::batch::TitleRank::FirstPrompt as u8;
            if rank > self.title_rank || (rank == self.title_rank && rank != first_prompt) {
                changed |= replace(&mut self.title, Some(&shortened(title)));
                changed |= self.title_rank != rank;
                self.title_rank = rank;
            }
        }
        self.changed |= changed;
        self.retold |= changed;
        is_settled
    }

    /// Widens the time it spans.
    pub(super) fn spans(&mut self, at: i64) {
        if self.started.is_none_or(|started| at < started) {
            self.started = Some(at);
            self.changed = true;
        }
        if self.last.is_none_or(|last| at > last) {
            self.last = Some(at);
            self.changed = true;
        }
    }
}

/// The first words of a title, at most about 80 characters. Sources send more, so that a secret
/// is masked whole before it is cut; a mask is one word and is never divided.
fn shortened(title: &Masked) -> Masked {
    let mut short = String::new();
    let mut length = 0;
    for word in title.as_str().split_whitespace() {
        let next = length + usize::from(length > 0) + word.chars().count();
        if next > TITLE && length > 0 {
            short.push('…');
            break;
        }
        if length > 0 {
            short.push(' ');
        }
        short.push_str(word);
        length = next;
    }
    if length > LONGEST_WORD {
        short = short.chars().take(LONGEST_WORD).chain(['…']).collect();
    }
    Masked::from_scan(short)
}

fn replace(slot: &mut Option<String>, text: Option<&Masked>) -> bool {
    match text {
        Some(text) if slot.as_deref() != Some(text.as_str()) => {
            *slot = Some(text.as_str().to_owned());
            true
        }
        _ => false,
    }
}

impl Tx<'_> {
    pub(super) fn session_facts(&mut self, facts: &SessionFacts<Masked>) -> rusqlite::Result<()> {
        let client = self.state.name(self.conn, &facts.client)?;
        let session = self.session(facts.id, client, facts.native.as_str())?;
        if session.alias.is_some() {
            return Ok(());
        }
        if session.client != client {
            session.client = client;
            session.changed = true;
            session.retold = true;
        }
        let id = session.id;
        if session.learn(facts) {
            self.state.settled.insert(id);
        }
        Ok(())
    }

    /// The session with this id, made when it is new.
    pub(super) fn session(
        &mut self,
        key: SessionId,
        client: i64,
        native: &str,
    ) -> rusqlite::Result<&mut Session> {
        // Looked up twice, because a borrow that is returned lasts through the other branch.
        if !self.state.sessions.contains_key(&key) {
            let session = find(self.conn, key)?.map_or_else(
                || {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO sessions (key, client, native) VALUES (?, ?, ?)",
                        )?
                        .execute(params![key.as_bytes(), client, native])?;
                    let id = self.conn.last_insert_rowid();
                    self.state.chain.adds(Of::Session, id);
                    let is_provisional = native.starts_with(PROVISIONAL);
                    Ok(Session { id, client, is_provisional, ..Session::default() })
                },
                Ok::<_, rusqlite::Error>,
            )?;
            self.state.sessions.insert(key, session);
        }
        Ok(self.state.sessions.entry(key).or_default())
    }

    /// The session that an event belongs to, when it was told in the one with this id.
    pub(super) fn session_of(&mut self, key: SessionId) -> rusqlite::Result<&mut Session> {
        let alias = self.told_session(key)?.alias;
        self.told_session(alias.map_or(key, |alias| alias.session))
    }

    /// The session with this id: known from the batch's facts, or else nameless.
    pub(super) fn told_session(&mut self, key: SessionId) -> rusqlite::Result<&mut Session> {
        if self.state.sessions.contains_key(&key) {
            return Ok(self.state.sessions.entry(key).or_default());
        }
        let client = self.state.name(self.conn, "unknown")?;
        self.session(key, client, &key.to_string())
    }

    pub(super) fn subagent(&mut self, link: &Subagent<Masked>) -> rusqlite::Result<()> {
        let session = self.session_of(link.session)?.id;
        let thread = self.state.name(self.conn, link.thread.as_str())?;
        let started_by = link.started_by.as_ref().map(Masked::as_str);
        let unresolved: bool = self
            .conn
            .prepare_cached(
                "INSERT INTO subagents (session, thread, started_by, agent_type)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET started_by = coalesce(?3, started_by),
                     agent_type = coalesce(?4, agent_type)
                 RETURNING start_turn IS NULL",
            )?
            .query_row(
                params![session, thread, started_by, link.agent_type.as_ref().map(Masked::as_str)],
                |row| row.get(0),
            )?;
        if let Some(call) = started_by.filter(|_| unresolved)
            && !self.resolve_start(session, call)?
        {
            self.state.starters.insert((session, call.to_owned()));
        }
        Ok(())
    }

    /// Notes the turn in which a sub-agent was started, when the call that did it is known.
    pub(super) fn resolve_start(&mut self, session: i64, call: &str) -> rusqlite::Result<bool> {
        // A sub-agent's own first call may carry the id of the call that started it.
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE subagents SET start_turn = (
                     SELECT coalesce(outer_link.start_turn, call.turn)
                     FROM events call LEFT JOIN subagents outer_link
                         ON outer_link.session = call.session AND outer_link.thread = call.thread
                     WHERE call.session = ?1 AND call.tool_call = ?2 AND call.kind = ?3
                         AND call.thread IS NOT subagents.thread AND call.turn IS NOT NULL
                     ORDER BY call.thread IS NOT NULL, call.seq LIMIT 1)
                 WHERE session = ?1 AND started_by = ?2 AND start_turn IS NULL
                 RETURNING start_turn IS NOT NULL",
            )?
            .query_row(params![session, call, vigil_proto::KindName::ToolCall.code()], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(changed.unwrap_or(true))
    }
}

fn find(conn: &Connection, key: SessionId) -> rusqlite::Result<Option<Session>> {
    conn.prepare_cached(
        "SELECT s.id, s.client, s.version, s.parent, s.cwd, s.branch, s.title, s.title_rank,
             s.model, s.model_at, s.started, s.last, s.prompts, s.prompts_side, s.numbered,
             s.numbered_side, s.messages, s.tool_calls, s.findings, s.native, r.key, a.thread,
             a.call
         FROM sessions s LEFT JOIN aliases a ON a.provisional = s.id
             LEFT JOIN sessions r ON r.id = a.session
         WHERE s.key = ?",
    )?
    .query_row([key.as_bytes()], Session::read)
    .optional()
}
