//! What is said to the model, and what it answers.

use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Sensitive,
    batch::TitleRank,
    event::{Prompt, Response, Thinking},
};

use super::{
    Parser, name,
    record::{Answer, Said, Thought},
};
use crate::source::{
    claude_code::{INJECTED, Part, Spoken},
    transcript::{seat::Seat, text},
};

/// How a parent agent's words are marked.
const AGENT: &str = "agent-";

impl Parser<'_> {
    /// A prompt of the user or of a parent agent begins a turn; what else stands there is the
    /// client's own.
    pub(super) fn said(&mut self, said: &Said, seat: &Seat, batch: &mut Batch<Sensitive>) -> bool {
        let Some(session) = seat.session else { return false };
        let is_own = said.is_autopilot_continuation
            || said.source.as_deref().is_some_and(|source| {
                !source.is_empty() && source != "user" && !source.starts_with(AGENT)
            });
        if is_own {
            self.context.system(INJECTED, &said.content, seat, batch);
            return true;
        }
        let mut parts = vec![Part::Text(&said.content)];
        parts.extend(said.attachments.iter().map(|attachment| Part::Other {
            kind: if attachment.kind.is_empty() { "attachment" } else { &attachment.kind },
            data: 0,
            place: attachment.path.as_deref().or(attachment.display_name.as_deref()),
        }));
        let spoken = Spoken::apart(&parts, |_| None);
        for (name, text) in &spoken.own {
            self.context.system(name, text, seat, batch);
        }
        if spoken.shown.is_empty() {
            return true;
        }
        if seat.thread.is_none()
            && !self.state.titled
            && let Some(title) = text::title_of(&spoken.shown)
            && let Some(facts) = self.facts(batch)
        {
            facts.title = Some((TitleRank::FirstPrompt, title.into()));
            self.state.titled = true;
        }
        // What the proxy sees is compared, less what is known to be the client's in both.
        let sent = Spoken::apart(&[Part::Text(&said.transformed_content)], |_| None).said;
        let compared = if sent.is_empty() { &spoken.said } else { &sent };
        let content = self.context.hash(compared.as_bytes());
        let thread = self.state.thread(seat.thread.as_deref());
        let key = NaturalKey::Prompt { session, after: &thread.after, text: content };
        let turn = key.id();
        thread.turn = Some(turn);
        let kind = Kind::Prompt(Prompt { text: spoken.shown.into() });
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { turn: Some(turn), ..event });
        true
    }

    /// An answer, or a part of one: thinking, text, tool calls.
    pub(super) fn answer(
        &mut self,
        answer: &Answer,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) -> bool {
        let own = answer.api_call_id.as_deref().filter(|id| !id.is_empty());
        let Some(id) = own.or(answer.message_id.as_deref()).or(seat.record.as_deref()) else {
            return false;
        };
        let message = name(id.to_owned());
        let thread = self.state.thread(seat.thread.as_deref());
        if thread.after != message {
            thread.after.clone_from(&message);
            thread.blocks = 0;
        }
        let (mut index, in_order) = (thread.blocks, thread.messages);
        let thinking = answer.reasoning_text.as_deref().unwrap_or_default();
        if !thinking.is_empty() {
            let kind = Kind::Thinking(Thinking { text: thinking.into() });
            self.block((&message, index, own.is_some()), thinking, kind, seat, batch);
            index = index.saturating_add(1);
        } else if !in_order {
            // Where blocks have no order of their own, the text is the second.
            index = index.max(1);
        }
        let text = answer.content.as_deref().unwrap_or_default();
        if !text.is_empty() {
            let kind = Kind::Response(Response { text: text.into() });
            self.block((&message, index, own.is_some()), text, kind, seat, batch);
            index = index.saturating_add(1);
        }
        for request in &answer.tool_requests {
            self.call(request, (&message, own.is_some()), seat, batch);
            index = index.saturating_add(1);
        }
        self.state.thread(seat.thread.as_deref()).blocks = index;
        true
    }

    /// Thinking that is told before the answer that it belongs to.
    pub(super) fn reasoning(
        &self,
        thought: &Thought,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) -> bool {
        let id = name(thought.reasoning_id.clone());
        let kind = Kind::Thinking(Thinking { text: thought.content.as_str().into() });
        if !thought.content.is_empty() {
            self.block((&id, 0, false), &thought.content, kind, seat, batch);
        }
        true
    }

    /// A block of the answer `message`, whose id is the provider's own or not.
    fn block(
        &self,
        (message, index, is_own): (&str, u32, bool),
        text: &str,
        kind: Kind<Sensitive>,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let content: ContentHash = self.context.hash(text.as_bytes());
        let key = NaturalKey::Block { session, message, index };
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { incomplete_key: !is_own, ..event });
    }
}
