//! What clients' hooks tell: that a tool is about to run a command, and what Vigil answered. Pure. A
//! hook is the client's own word, told before the command runs; of a call that has an id it tells
//! nothing but that, since its transcript and the proxy have the words.

use vigil_proto::{
    Batch, ContentHash, ContentHasher, Event, EventId, Kind, NaturalKey, Outcome, Sensitive,
    SessionFacts, SessionId, Source, SourceId, Timestamp, Witness,
    event::{System, ToolCall, ToolResult},
    guard::{self, Decision, HookAnswer, HookCall},
};

use super::claude_code::{canonical_input, hash_call, short_id};

/// Who refused, where that was Vigil.
const US: &str = "vigil";

/// What the event is called that says what was thought of a command, and what was answered.
const NOTE: &str = "guard";

/// The events of a call that a hook told of at `now`; none when it names no session.
pub fn sighting(
    call: &HookCall,
    answer: &HookAnswer,
    now: Timestamp,
    hasher: &ContentHasher,
) -> Option<Batch<Sensitive>> {
    let client = guard::client(&call.client)?;
    let place = format!("hook:{client}");
    let source = SourceId::of(place.as_bytes());
    let mut batch = Batch::new(Source { id: source, witness: Witness::Hook, place: place.into() });
    batch.count("read.hook-calls", 1);
    let native = short_id(call.session.as_deref()?.into());
    let session = SessionId::of(client, &native);
    let cwd = call.cwd.as_deref().map(Sensitive::from);
    let facts = SessionFacts::new(client, native.as_ref().into(), session);
    batch.sessions.push(SessionFacts { cwd, ..facts });
    let seat = Seat { session, now };
    let denied = answer.decision == Decision::Deny;
    let outcome = if denied { Outcome::Denied } else { Outcome::Requested };
    if let Some(id) = call.call.as_deref() {
        let id = short_id(id.into());
        let tool = tool(call, "", outcome);
        let key = NaturalKey::ToolCall { session, message: "", call: &id };
        let event = seat.event(key.id(), Kind::ToolCall(tool));
        let tool_call = Some(id.as_ref().into());
        batch.events.push(Event { incomplete_key: true, tool_call, ..event });
        if denied {
            batch.events.push(refusal(&id, &seat));
        }
    } else {
        // What tells it from others is what it says.
        let input = canonical_input(&call.input).unwrap_or_default();
        let record = format!("hook:{}", now.as_micros());
        let content = hash_call(hasher, &call.tool, &input);
        let id = NaturalKey::Record { session, record: &record }.id();
        let event = seat.event(id, Kind::ToolCall(tool(call, &input, outcome)));
        batch.events.push(Event { incomplete_key: true, content, ..event });
    }
    batch.events.extend(note(call, answer, &seat));
    Some(batch)
}

/// Where it was told, and when.
struct Seat {
    session: SessionId,
    now: Timestamp,
}

impl Seat {
    fn event(&self, id: EventId, kind: Kind<Sensitive>) -> Event<Sensitive> {
        Event {
            witness: Witness::Hook,
            position: self.now.as_micros().cast_unsigned(),
            session: Some(self.session),
            ..Event::own(id, self.now, kind)
        }
    }
}

fn tool(call: &HookCall, input: &str, outcome: Outcome) -> ToolCall<Sensitive> {
    let name = short_id(call.tool.as_str().into());
    ToolCall { name: name.as_ref().into(), input: input.into(), outcome }
}

/// The call's result, as far as there is one: it was refused, and by whom.
fn refusal(call: &str, seat: &Seat) -> Event<Sensitive> {
    let id = NaturalKey::ToolResult { session: seat.session, message: "", call }.id();
    let result = ToolResult {
        call: None,
        text: "".into(),
        outcome: Outcome::Denied,
        denied_by: Some(US.into()),
    };
    let event = seat.event(id, Kind::ToolResult(result));
    Event { incomplete_key: true, tool_call: Some(call.into()), content: ContentHash(0), ..event }
}

/// What was answered, and in which mode, wherever something speaks against the command.
fn note(call: &HookCall, answer: &HookAnswer, seat: &Seat) -> Option<Event<Sensitive>> {
    let reason = answer.reason.as_deref()?;
    let severity = answer.severity.map(|severity| format!(", {severity}"));
    let text = format!("mode {}{}: {reason}", answer.mode, severity.unwrap_or_default());
    let record = format!("guard:{}", seat.now.as_micros());
    let id = NaturalKey::Record { session: seat.session, record: &record }.id();
    let event = seat.event(id, Kind::System(System { name: NOTE.into(), text: text.into() }));
    let tool_call = call.call.as_deref().map(|id| short_id(id.into()).as_ref().into());
    Some(Event { tool_call, ..event })
}

#[cfg(test)]
mod tests;
