//! What a rollout says of its session: where it works, and what it goes on from.

use serde_json::Value;
use vigil_proto::{Batch, Sensitive, SessionFacts, SessionId, Subagent};

use super::{LONGEST_FACT, Parser, record::Line, state::Owner};
use crate::source::{claude_code::short_id, json::str_field, openai::codex::CLIENT};

impl Parser<'_> {
    /// The description of the thread, with which its file begins.
    pub(super) fn enter(
        &mut self,
        meta: &Value,
        line: &Line,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let own = id(meta, "id");
        if self.state.own().is_some() {
            self.meet(meta, own, batch);
            return;
        }
        // Sub-agents name the thread at the root of theirs.
        self.state.session = id(meta, "session_id").or_else(|| own.clone());
        self.state.thread = own.filter(|own| self.state.session.as_ref() != Some(own));
        self.state.cwd = fact(meta, "cwd");
        self.state.provider = fact(meta, "model_provider");
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        let source = meta.pointer("/source/subagent").unwrap_or(&Value::Null);
        let spawned = source.get("thread_spawn").unwrap_or(&Value::Null);
        let parent = if self.state.thread.is_some() {
            None
        } else {
            id(meta, "forked_from_id").or_else(|| id(spawned, "parent_thread_id"))
        };
        let cwd = self.state.cwd.clone();
        let Some(facts) = self.facts(batch) else { return };
        facts.parent = parent.map(|parent| SessionId::of(CLIENT, &parent));
        set(&mut facts.cwd, cwd);
        set(&mut facts.version, fact(meta, "cli_version"));
        set(&mut facts.branch, meta.get("git").and_then(|git| fact(git, "branch")));
        let session = facts.id;
        if let Some(thread) = &self.state.thread {
            let role = [fact(spawned, "agent_role"), fact(meta, "agent_role")];
            let role = role.into_iter().flatten().next();
            let kind = role.or_else(|| source.as_str().map(str::to_owned));
            batch.subagents.push(Subagent {
                session,
                thread: thread.as_str().into(),
                started_by: None,
                agent_type: kind.map(Sensitive::from),
            });
        }
        let seat = self.seat(line, "", position, batch);
        let instructions = meta.get("base_instructions").unwrap_or(&Value::Null);
        let texts = [instructions.as_str(), Some(str_field(instructions, "text"))];
        let old = str_field(meta, "instructions");
        let text = texts.into_iter().flatten().find(|text| !text.is_empty()).unwrap_or(old);
        self.context.once("system_prompt", text, &seat, batch);
    }

    /// A second description: a file that was forked begins with the lines of the thread that it
    /// goes on from. They are that one's, whatever file they stand in.
    fn meet(&mut self, meta: &Value, other: Option<String>, batch: &mut Batch<Sensitive>) {
        batch.count("skip.session-meta", 1);
        let Some(other) = other.filter(|other| Some(other.as_str()) != self.state.own()) else {
            return;
        };
        let session = id(meta, "session_id").unwrap_or_else(|| other.clone());
        self.state.copied = None;
        if self.state.thread.is_none()
            && !self.is_excluded()
            && let Some(facts) = self.facts(batch)
        {
            facts.parent = Some(SessionId::of(CLIENT, &session));
        }
        let thread = Some(other).filter(|other| *other != session);
        self.state.copied = Some(Owner { session, thread });
    }

    /// The settings of a turn. Later turns may be held elsewhere.
    pub(super) fn turn_context(&mut self, context: &Value, batch: &mut Batch<Sensitive>) {
        batch.count("skip.turn-context", 1);
        self.state.model = fact(context, "model").or_else(|| self.state.model.take());
        self.state.begins(id(context, "turn_id").or_else(|| self.state.turn_id.clone()));
        let first = self.state.cwd.is_none();
        self.state.cwd = fact(context, "cwd").or_else(|| self.state.cwd.take());
        let cwd = self.state.cwd.clone();
        if first
            && !self.is_excluded()
            && let Some(facts) = self.facts(batch)
        {
            set(&mut facts.cwd, cwd);
        }
    }

    /// Gives the session a title, unless this batch already has a better one.
    pub(super) fn title(
        facts: &mut SessionFacts<Sensitive>,
        rank: vigil_proto::batch::TitleRank,
        title: String,
    ) {
        if facts.title.as_ref().is_none_or(|(known, _)| *known <= rank) {
            facts.title = Some((rank, title.into()));
        }
    }
}

/// The id at `name`.
pub(super) fn id(value: &Value, name: &str) -> Option<String> {
    let id = str_field(value, name);
    (!id.is_empty()).then(|| short_id(id.into()).into_owned())
}

/// The text at `name`, where it can be what it says.
fn fact(value: &Value, name: &str) -> Option<String> {
    let text = str_field(value, name);
    (!text.is_empty() && text.len() <= LONGEST_FACT).then(|| text.to_owned())
}

fn set(fact: &mut Option<Sensitive>, text: Option<String>) {
    if let Some(text) = text {
        *fact = Some(text.into());
    }
}
