//! What the client tells its telemetry: most of it stands in the conversation too.

use serde_json::Value;
use vigil_proto::{Batch, Kind, Outcome, Sensitive, Subagent, batch::NAMELESS, event::Response};

use super::{LONGEST_FACT, Parser, message::tokens};
use crate::source::{claude_code::short_id, json::str_field, transcript::seat::Seat};

/// What telemetry calls prompt, cached, output, thoughts and total.
const COUNTS: [&str; 5] = [
    "input_token_count",
    "cached_content_token_count",
    "output_token_count",
    "thoughts_token_count",
    "total_token_count",
];

impl Parser<'_> {
    pub(super) fn telemetry(&mut self, told: &Value, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let name = str_field(told, "event.name");
        let name = name.strip_prefix("qwen-code.").unwrap_or(name);
        let thread = thread(told);
        let agent = Some(str_field(told, "subagent_name")).filter(|agent| !agent.is_empty());
        let seat = &Seat { thread: thread.map(str::to_owned), ..seat.clone() };
        if let (Some(thread), Some(session), Some(agent)) = (thread, seat.session, agent) {
            batch.subagents.push(Subagent {
                session,
                thread: thread.into(),
                started_by: None,
                agent_type: Some(agent.into()),
            });
        }
        let record = seat.record.as_deref().unwrap_or_default();
        let id = short_id(str_field(told, "response_id").into());
        match name {
            "api_response" => {
                let auth = str_field(told, "auth_type");
                if auth.len() <= LONGEST_FACT {
                    auth.clone_into(&mut self.state.auth);
                }
                let tokens = tokens(told, COUNTS);
                // Only the main thread's answers stand in the conversation.
                let apart = thread.is_some() || agent.is_some();
                if !apart && !self.state.tell(&id, tokens) {
                    batch.count("skip.telemetry", 1);
                    return;
                }
                let model = Some(str_field(told, "model")).filter(|m| m.len() <= LONGEST_FACT);
                let text = str_field(told, "response_text");
                if apart && !text.is_empty() {
                    let kind = Kind::Response(Response { text: text.into() });
                    self.own_event(record, text, kind, seat, batch);
                }
                self.model_call(&id, record, model, tokens, seat, batch);
            }
            "tool_call" if thread.is_some() => {
                let args = told.get("function_args");
                let asked = (str_field(told, "function_name"), args);
                let outcome = match (str_field(told, "decision"), str_field(told, "status")) {
                    ("reject", _) => Outcome::Denied,
                    (_, "success") => Outcome::Executed,
                    _ => Outcome::Failed,
                };
                let call = format!("{NAMELESS}{record}");
                self.tool_call(&id, &call, asked, outcome, seat, batch);
            }
            "api_error" => self.context.system("api-error", &told.to_string(), seat, batch),
            _ => batch.count("skip.telemetry", 1),
        }
    }
}

/// The sub-agent that a prompt's id names: it stands between the session's and a number.
fn thread(told: &Value) -> Option<&str> {
    let mut parts = str_field(told, "prompt_id").split('#');
    let thread = parts.nth(1)?;
    parts.next().map(|_| thread).filter(|thread| !thread.is_empty() && thread.len() <= 256)
}
