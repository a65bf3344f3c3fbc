//! Tool calls and what came of them.

use serde_json::{Map, value::RawValue};
use vigil_proto::{
    Batch, Event, Kind, NaturalKey, Outcome, Sensitive,
    event::{ToolCall, ToolResult},
};

use super::{
    Parser, name,
    record::{Asking, Decided, Ended, Hook, Request},
    state::Asked,
};
use crate::source::{
    claude_code::{self, Output, Part},
    transcript::seat::Seat,
};

impl Parser<'_> {
    /// A tool call within the answer `message`, whose id is the provider's own or not.
    pub(super) fn call(
        &mut self,
        request: &Request,
        (message, is_own): (&str, bool),
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let asked = Asked {
            thread: seat.thread.clone().unwrap_or_default(),
            call: name(request.tool_call_id.clone()),
            message: message.to_owned(),
            denied_by: None,
        };
        let arguments = request.arguments.as_deref();
        self.asks(asked, is_own, (&request.name, arguments), seat, batch);
    }

    /// A tool is about to run. The call stands in an answer already, unless the user asked.
    pub(super) fn started(
        &mut self,
        asking: &Asking,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) -> bool {
        let thread = seat.thread.clone().unwrap_or_default();
        let call = name(asking.tool_call_id.clone());
        if self.state.asked(&thread, &call).is_some() {
            batch.count("skip.tool-repeated", 1);
            return true;
        }
        let asked = Asked { thread, call, message: String::new(), denied_by: None };
        self.asks(asked, false, (&asking.tool_name, asking.arguments.as_deref()), seat, batch);
        true
    }

    fn asks(
        &mut self,
        asked: Asked,
        is_own: bool,
        (tool, arguments): (&str, Option<&RawValue>),
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let raw = arguments.map_or("{}", RawValue::get);
        let input = claude_code::canonical_input(raw).unwrap_or_else(|| raw.to_owned());
        let content = claude_code::hash_call(self.context.rules.hasher, tool, &input);
        let key = NaturalKey::ToolCall { session, message: &asked.message, call: &asked.call };
        let outcome = Outcome::Requested;
        let kind = Kind::ToolCall(ToolCall { name: tool.into(), input: input.into(), outcome });
        let event = self.context.event(seat, &key, content, kind);
        let tool_call = Some(asked.call.as_str().into());
        batch.events.push(Event { tool_call, incomplete_key: !is_own, ..event });
        self.state.asks(asked);
    }

    /// What came of a call.
    pub(super) fn ended(
        &mut self,
        ended: &Ended,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) -> bool {
        let Some(session) = seat.session else { return false };
        let call = name(ended.tool_call_id.clone());
        let asked = self.state.settles(seat.thread.as_deref().unwrap_or_default(), &call);
        let code = ended.error.as_ref().map_or("", |error| error.code.as_str());
        let refused = !ended.success && matches!(code, "denied" | "rejected");
        let failed = !ended.success
            || ended.shell_execution.as_ref().and_then(|shell| shell.exit_code).unwrap_or(0) != 0;
        let output = output(ended);
        let outcome = match (refused, failed) {
            (true, _) => Outcome::Denied,
            (false, true) if claude_code::is_interrupted(&output.shown, true) => {
                Outcome::Interrupted
            }
            (false, true) => Outcome::Failed,
            (false, false) => Outcome::Executed,
        };
        let denied_by = if refused {
            let known = asked.as_ref().and_then(|asked| asked.denied_by.clone());
            known.or_else(|| (code == "rejected").then(|| "user".to_owned()))
        } else {
            None
        };
        let content = output.hash(self.context.rules.hasher);
        // Without the answer that asked, the store finds the call by its number.
        let message = asked.as_ref().map_or("", |asked| asked.message.as_str());
        let key = NaturalKey::ToolResult { session, message, call: &call };
        let kind = Kind::ToolResult(ToolResult {
            call: Some(NaturalKey::ToolCall { session, message, call: &call }.id()),
            text: output.shown.into(),
            outcome,
            denied_by: denied_by.map(Sensitive::from),
        });
        let event = self.context.event(seat, &key, content, kind);
        let tool_call = Some(call.as_str().into());
        batch.events.push(Event { tool_call, incomplete_key: message.is_empty(), ..event });
        true
    }

    /// A hook said something: before a tool runs, of each call that it refuses why.
    pub(super) fn hook(&mut self, hook: &Hook, seat: &Seat, batch: &mut Batch<Sensitive>) -> bool {
        batch.count("skip.hook", 1);
        let refusals = hook.output.as_object().filter(|_| hook.hook_type == "preToolUse");
        let thread = seat.thread.as_deref().unwrap_or_default();
        for call in refusals.into_iter().flat_map(Map::keys) {
            if let Some(asked) = self.state.asked(thread, &name(call.clone())) {
                asked.denied_by = Some("hook".to_owned());
            }
        }
        true
    }

    /// Remembers who refused a call.
    pub(super) fn decided(&mut self, decided: &Decided, seat: &Seat) {
        let by = match decided.result.kind.as_str() {
            "denied-interactively-by-user" => "user",
            "denied-by-permission-request-hook" => "hook",
            kind if kind.starts_with("denied-") => "rule",
            _ => return,
        };
        let call = name(decided.tool_call_id.clone().unwrap_or_default());
        let thread = seat.thread.as_deref().unwrap_or_default();
        if let Some(asked) = self.state.asked(thread, &call) {
            asked.denied_by = Some(by.to_owned());
        }
    }
}

/// What the model was told of the call's end.
fn output(ended: &Ended) -> Output {
    let mut parts = Vec::new();
    if let Some(given) = &ended.result {
        parts.push(Part::Text(&given.content));
        parts.extend(given.binary.iter().map(|binary| Part::Other {
            kind: if binary.kind.is_empty() { "data" } else { &binary.kind },
            data: binary.data.as_ref().map_or(0, String::len),
            place: None,
        }));
    } else if let Some(error) = &ended.error {
        parts.push(Part::Text(&error.message));
    }
    Output::of(&parts)
}
