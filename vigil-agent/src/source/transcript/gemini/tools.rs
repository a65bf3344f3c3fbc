//! Tool calls and what became of them.

use std::borrow::Cow;

use serde_json::Value;
use vigil_proto::{
    Batch, Event, Kind, NaturalKey, Outcome, Sensitive, SessionId, Subagent,
    event::{ToolCall, ToolResult},
};

use super::{Parser, short};
use crate::source::{
    claude_code::{self, Output, Part, short_id},
    json::{items, str_field},
    transcript::{instant, seat::Seat},
};

/// A result as it stands in the file.
struct Returned<'a> {
    message: &'a str,
    call: &'a str,
    output: Output,
    /// True for one that the client calls a failure, and for a command that ended badly.
    failed: bool,
    /// True for one that did not end because its client did.
    stopped: bool,
    /// Who refused it, as far as the words tell.
    denied_by: Option<&'static str>,
}

/// The tool that runs commands.
const SHELL: &str = "run_shell_command";

impl Parser<'_> {
    /// A tool call within the record `message`: the call, and its result once there is one.
    pub(super) fn tool(
        &mut self,
        message: &str,
        call: &Value,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let id = given_id(str_field(call, "name"), str_field(call, "id"));
        if id.is_empty() {
            batch.count("read.call-without-id", 1);
            self.context.system("unknown:call-without-id", &call.to_string(), seat, batch);
            return;
        }
        if self.state.message(message).asks(&id) {
            // serde_json's objects are sorted maps.
            let input = call.get("args").map_or_else(|| "{}".to_owned(), Value::to_string);
            let name = str_field(call, "name");
            let content = claude_code::hash_call(self.context.rules.hasher, name, &input);
            let key = NaturalKey::ToolCall { session, message, call: &id };
            let outcome = Outcome::Requested;
            let kind = Kind::ToolCall(ToolCall { name: name.into(), input: input.into(), outcome });
            let event = self.context.event(seat, &key, content, kind);
            let tool_call = Some(id.as_ref().into());
            batch.events.push(Event { tool_call, incomplete_key: true, ..event });
        }
        if let Some(thread) = short(str_field(call, "agentId")) {
            batch.subagents.push(Subagent {
                session,
                thread: thread.into(),
                started_by: Some(id.as_ref().into()),
                agent_type: None,
            });
        }
        let status = str_field(call, "status");
        if !matches!(status, "success" | "error" | "cancelled")
            || !self.state.message(message).returns(&id)
        {
            return;
        }
        let responses =
            items(call, "result").iter().filter_map(|part| part.get("functionResponse"));
        let texts: Vec<_> = responses.map(output).collect();
        let mut parts: Vec<_> = texts.iter().map(|text| Part::Text(text)).collect();
        if parts.is_empty() {
            parts.push(Part::Text(str_field(call, "resultDisplay")));
        }
        let output = Output::of(&parts);
        let failed = status != "success" || fails(str_field(call, "name"), &output.shown);
        let stopped = status == "cancelled";
        let denied_by = denied_by(str_field(call, "name"), &output.shown, failed);
        let result = Returned { message, call: &id, output, failed, stopped, denied_by };
        let at = instant::parse(str_field(call, "timestamp")).unwrap_or(seat.at);
        self.result(result, &Seat { at, ..seat.clone() }, session, batch);
    }

    /// A result as it went to the model: a copy of the one that stands with its call, if one does.
    pub(super) fn returned(&mut self, returned: &Value, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let call = given_id(str_field(returned, "name"), str_field(returned, "id"));
        let (Some(session), false) = (seat.session, call.is_empty()) else {
            batch.count("read.result-without-call", 1);
            self.context.system("unknown:result-without-call", &returned.to_string(), seat, batch);
            return;
        };
        let message = self.state.asked(&call).unwrap_or_default().to_owned();
        let known = self.state.message(&message);
        known.asks(&call);
        if !known.returns(&call) {
            batch.count("skip.result-repeated", 1);
            return;
        }
        let response = returned.get("response").unwrap_or(&Value::Null);
        let output = Output::of(&[Part::Text(&output(returned))]);
        let failed = response.get("error").is_some_and(|error| !error.is_null())
            || fails(str_field(returned, "name"), &output.shown);
        let denied_by = denied_by(str_field(returned, "name"), &output.shown, failed);
        let (message, stopped) = (message.as_str(), false);
        let result = Returned { message, call: &call, output, failed, stopped, denied_by };
        self.result(result, seat, session, batch);
    }

    fn result(
        &self,
        result: Returned<'_>,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let Returned { message, call, output, failed, stopped, denied_by } = result;
        let outcome = match denied_by {
            Some(_) => Outcome::Denied,
            None if stopped || failed && is_cut(&output.shown) => Outcome::Interrupted,
            None if failed => Outcome::Failed,
            None => Outcome::Executed,
        };
        let content = output.hash(self.context.rules.hasher);
        let key = NaturalKey::ToolResult { session, message, call };
        let asked = NaturalKey::ToolCall { session, message, call }.id();
        let kind = Kind::ToolResult(ToolResult {
            call: (!message.is_empty()).then_some(asked),
            text: output.shown.into(),
            outcome,
            denied_by: denied_by.map(Sensitive::from),
        });
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { tool_call: Some(call.into()), incomplete_key: true, ..event });
    }
}

/// The id that the provider gave the call `id` of the tool `name`: the client puts the name before it.
fn given_id<'a>(name: &str, id: &'a str) -> Cow<'a, str> {
    let given = id.strip_prefix(name).and_then(|rest| rest.strip_prefix("__"));
    short_id(given.filter(|given| !name.is_empty() && !given.is_empty()).unwrap_or(id).into())
}

/// What a tool gave back: one text where there is one, else the whole as JSON.
fn output(returned: &Value) -> String {
    let response = returned.get("response").unwrap_or(&Value::Null);
    let text = ["output", "result", "error", "content"].map(|name| str_field(response, name));
    let text = text.into_iter().find(|text| !text.is_empty());
    text.map_or_else(|| response.to_string(), str::to_owned)
}

/// True for a command's output that says behind the output how badly the command ended. To the
/// client such a call is a success.
fn fails(name: &str, text: &str) -> bool {
    const AFTER: [&str; 4] =
        ["</untrusted_context>", "Process Group PGID: ", "Background PIDs: ", "Signal: "];
    if name != SHELL {
        return false;
    }
    let mut last = text.trim_end().lines().rev();
    let told = last.find(|line| !AFTER.iter().any(|start| line.starts_with(start)));
    let code = told.and_then(|line| line.strip_prefix("Exit Code: "));
    code.and_then(|code| code.parse::<i64>().ok()).is_some_and(|code| code != 0)
}

/// True for the failure of a call that somebody stopped.
fn is_cut(text: &str) -> bool {
    text.trim_start().starts_with("[Operation Cancelled]")
}

/// Who refused the call of the tool `name` whose result says `text`, as far as its words tell.
fn denied_by(name: &str, text: &str, failed: bool) -> Option<&'static str> {
    let text = text.trim_start();
    // The client calls this a success. A command's output stands behind words of the client's.
    let is_injection = text.starts_with("Command injection detected: ");
    if name == SHELL && is_injection && text.contains("command was blocked") {
        return Some("rule");
    }
    if !failed {
        return None;
    }
    if text.starts_with("Tool execution blocked:") {
        return Some("hook");
    }
    if text.starts_with("Tool execution ") && text.contains("denied by policy") {
        return Some("rule");
    }
    let reason = text.strip_prefix("[Operation Cancelled]").map(str::trim_start)?;
    let reason = reason.strip_prefix("Reason:").map_or(reason, str::trim_start);
    let by_user = ["User denied execution", "User did not allow tool call"];
    by_user.iter().any(|words| reason.starts_with(words)).then_some("user")
}
