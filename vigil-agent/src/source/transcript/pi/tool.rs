//! What came of tool calls, and the user's own commands.

use vigil_proto::{
    Batch, Event, Kind, NaturalKey, Outcome, Sensitive, SessionId,
    event::{ToolCall, ToolResult},
};

use super::{Parser, name, record::Message};
use crate::source::{
    claude_code::{self, Output, Part},
    transcript::seat::Seat,
};

/// The result of a call that an extension refused without a reason of its own.
const BLOCKED: &str = "Tool execution was blocked";

/// How the client says that an extension broke down when it was asked.
const HOOK_FAILED: &str = "Extension failed, blocking execution";

/// What a call of the user's own runs, and the model's tool for commands.
const SHELL: &str = "bash";

impl Parser<'_> {
    /// What a tool gave back.
    pub(super) fn result(
        &mut self,
        message: &Message,
        session: SessionId,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let call = number(message.tool_call_id.as_deref().unwrap_or_default());
        let asked = self.state.settles(&call).map(|asked| asked.message);
        let output = Output::of(&message.content.parts());
        let (outcome, denied_by) = match message.is_error {
            true if is_blocked(message.tool_name.as_deref(), &output.shown) => {
                (Outcome::Denied, Some("hook"))
            }
            true if claude_code::is_interrupted(&output.shown, true) => {
                (Outcome::Interrupted, None)
            }
            true => (Outcome::Failed, None),
            false => (Outcome::Executed, None),
        };
        // Without the answer that asked, the store finds the call by its number.
        let is_known = asked.is_some();
        let (call, message) = (call.as_str(), asked.unwrap_or_default());
        self.settled(
            (&message, call, is_known),
            output,
            (outcome, denied_by),
            (session, seat),
            batch,
        );
    }

    /// A command that the user ran by himself.
    pub(super) fn command(
        &self,
        message: &Message,
        session: SessionId,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let call = seat.record.as_deref().unwrap_or_default();
        let command = message.command.as_deref().unwrap_or_default();
        let input = serde_json::json!({ "command": command }).to_string();
        let content = claude_code::hash_call(self.context.rules.hasher, SHELL, &input);
        let key = NaturalKey::ToolCall { session, message: "", call };
        let outcome = Outcome::Requested;
        let kind = Kind::ToolCall(ToolCall { name: SHELL.into(), input: input.into(), outcome });
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { tool_call: Some(call.into()), ..event });
        let output = Output::of(&[Part::Text(message.output.as_deref().unwrap_or_default())]);
        let failed = message.cancelled || message.exit_code.unwrap_or(0) != 0;
        let outcome = if failed { Outcome::Failed } else { Outcome::Executed };
        self.settled(("", call, true), output, (outcome, None), (session, seat), batch);
    }

    fn settled(
        &self,
        (message, call, is_known): (&str, &str, bool),
        output: Output,
        (outcome, denied_by): (Outcome, Option<&str>),
        (session, seat): (SessionId, &Seat),
        batch: &mut Batch<Sensitive>,
    ) {
        let content = output.hash(self.context.rules.hasher);
        let key = NaturalKey::ToolResult { session, message, call };
        let kind = Kind::ToolResult(ToolResult {
            call: Some(NaturalKey::ToolCall { session, message, call }.id()),
            text: output.shown.into(),
            outcome,
            denied_by: denied_by.map(Sensitive::from),
        });
        let event = self.context.event(seat, &key, content, kind);
        let tool_call = Some(call.into());
        batch.events.push(Event { tool_call, incomplete_key: !is_known, ..event });
    }
}

/// True for a failure that is an extension's refusal. An extension gives what reason it likes; a
/// command that ran says last how it ended, and what else keeps one from running has words of
/// the client's own. Other tools fail with words of any kind.
fn is_blocked(tool: Option<&str>, shown: &str) -> bool {
    const BEGINS: [&str; 7] = [
        "Tool bash not found",
        "Validation failed",
        "Working directory does not exist",
        "Operation aborted",
        "Custom shell path not found",
        "No bash shell found",
        "spawn ",
    ];
    const ENDS: [&str; 3] =
        ["Command aborted", "Command timed out after ", "Command exited with code "];
    if shown == BLOCKED || shown.starts_with(HOOK_FAILED) {
        return true;
    }
    let last = shown.trim_end().lines().next_back().unwrap_or_default();
    tool == Some(SHELL)
        && !shown.trim().is_empty()
        && !BEGINS.iter().any(|start| shown.starts_with(start))
        && !ENDS.iter().any(|start| last.starts_with(start))
}

/// The provider's id of a call. The client puts that of the item behind it.
pub(super) fn number(id: &str) -> String {
    name(id.split('|').next().unwrap_or_default())
}

#[cfg(test)]
mod tests;
