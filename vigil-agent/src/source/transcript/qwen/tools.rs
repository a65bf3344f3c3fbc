//! Tool calls and what became of them.

use serde_json::Value;
use vigil_proto::{
    Batch, Event, Kind, NaturalKey, Outcome, Sensitive,
    event::{ToolCall, ToolResult},
};

use super::{Parser, record::Line};
use crate::source::{
    claude_code::{self, Output, Part, short_id},
    json::{items, str_field},
    transcript::seat::Seat,
};

impl Parser<'_> {
    /// A tool call that the answer `message` asked for; `own` names it when it has no id.
    pub(super) fn tool(
        &mut self,
        message: &str,
        call: &Value,
        own: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let id = str_field(call, "id");
        let id = short_id(if id.is_empty() { own } else { id }.into());
        self.state.asks(&id, message);
        let asked = (str_field(call, "name"), call.get("args"));
        self.tool_call(message, &id, asked, Outcome::Requested, seat, batch);
    }

    /// The call `id` of the tool `name` with `args`.
    pub(super) fn tool_call(
        &self,
        message: &str,
        id: &str,
        (name, args): (&str, Option<&Value>),
        outcome: Outcome,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        // serde_json's objects are sorted maps.
        let input = args.map_or_else(|| "{}".to_owned(), Value::to_string);
        let content = claude_code::hash_call(self.context.rules.hasher, name, &input);
        let key = NaturalKey::ToolCall { session, message, call: id };
        let kind = Kind::ToolCall(ToolCall { name: name.into(), input: input.into(), outcome });
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { tool_call: Some(id.into()), incomplete_key: true, ..event });
    }

    /// What tools gave back, as it goes to the model.
    pub(super) fn results(
        &self,
        line: &Line,
        message: &Value,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let fate = line.tool_call_result.as_deref();
        let fate = fate.and_then(|fate| serde_json::from_str::<Value>(fate.get()).ok());
        let fate = fate.unwrap_or_default();
        let parts = items(message, "parts").iter().filter_map(|part| part.get("functionResponse"));
        for returned in parts {
            let call = [str_field(returned, "id"), str_field(&fate, "callId")];
            let call = call.into_iter().find(|id| !id.is_empty()).unwrap_or_default();
            if call.is_empty() {
                batch.count("read.result-without-call", 1);
                let text = returned.to_string();
                self.context.system("unknown:result-without-call", &text, seat, batch);
                continue;
            }
            let call = short_id(call.into());
            let response = returned.get("response").unwrap_or(&Value::Null);
            let output = Output::of(&[Part::Text(&output(response))]);
            let (outcome, denied_by) = outcome(&fate, response, &output.shown);
            let content = output.hash(self.context.rules.hasher);
            let asked = self.state.asked(&call);
            let message = asked.unwrap_or_default();
            let id = NaturalKey::ToolCall { session, message, call: &call }.id();
            let key = NaturalKey::ToolResult { session, message, call: &call };
            let kind = Kind::ToolResult(ToolResult {
                call: asked.map(|_| id),
                text: output.shown.into(),
                outcome,
                denied_by: denied_by.map(Sensitive::from),
            });
            let event = self.context.event(seat, &key, content, kind);
            let tool_call = Some(call.as_ref().into());
            batch.events.push(Event { tool_call, incomplete_key: true, ..event });
        }
    }
}

/// What a tool gave back: one text where there is one, else the whole as JSON.
fn output(response: &Value) -> String {
    let text = ["output", "result", "error", "content"].map(|name| str_field(response, name));
    let text = text.into_iter().find(|text| !text.is_empty());
    text.map_or_else(|| response.to_string(), str::to_owned)
}

/// What the client says of calls that its rules refuse.
const RULES: [&str; 4] = ["permission", "not permitted", "plan mode", "tool policy"];

/// How a call ended by the client's own word, and who refused it, as far as the words tell.
fn outcome(fate: &Value, response: &Value, text: &str) -> (Outcome, Option<&'static str>) {
    if str_field(fate, "errorType") == "execution_denied" {
        // A hook may also stop what follows a call that has run.
        if !matches!(str_field(fate, "executionStatus"), "" | "not_started") {
            return (Outcome::Executed, None);
        }
        let by_hook = text.contains("denied by hook") || text.contains("blocked by hook");
        let by_rule =
            RULES.iter().any(|words| text.contains(words)) || text.ends_with("is denied.");
        // A hook gives what reason it likes; all others have words of the client's own.
        let by = if by_rule && !by_hook { "rule" } else { "hook" };
        return (Outcome::Denied, Some(by));
    }
    let failed = response.get("error").is_some_and(|error| !error.is_null());
    match str_field(fate, "status") {
        "cancelled" if text.contains("User did not allow tool call") => {
            (Outcome::Denied, Some("user"))
        }
        "cancelled" => (Outcome::Interrupted, None),
        status if claude_code::is_interrupted(text, failed || status == "error") => {
            (Outcome::Interrupted, None)
        }
        "error" => (Outcome::Failed, None),
        "" if failed => (Outcome::Failed, None),
        _ => (Outcome::Executed, None),
    }
}
