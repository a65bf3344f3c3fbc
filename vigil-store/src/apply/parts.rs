//! What of each kind of event goes into which column. Pure.

use serde_json::{Map, Value, json};
use vigil_proto::{Event, Kind, KindName, Masked, Outcome};

/// The text of an event: what is compressed, searched and shown.
pub(crate) fn main_text(kind: &Kind<Masked>) -> Option<&Masked> {
    match kind {
        Kind::Prompt(prompt) => Some(&prompt.text),
        Kind::Response(response) => Some(&response.text),
        Kind::Thinking(thinking) => Some(&thinking.text),
        Kind::ToolCall(call) => Some(&call.input),
        Kind::ToolResult(result) => Some(&result.text),
        Kind::Process(process) => Some(&process.argv),
        Kind::File(file) => Some(&file.path),
        Kind::Install(install) => Some(&install.command),
        Kind::BrowserMessage(message) => Some(&message.text),
        Kind::ConfigChange(change) => Some(&change.detail),
        Kind::Gap(gap) => Some(&gap.detail),
        Kind::System(system) => Some(&system.text),
        Kind::Connection(flow) => flow.detail.as_ref(),
        Kind::ModelCall(_) => None,
    }
}

/// True for texts that people search.
pub(super) fn is_searched(kind: &Kind<Masked>) -> bool {
    is_searched_kind(kind.name())
}

pub(super) const fn is_searched_kind(kind: KindName) -> bool {
    matches!(
        kind,
        KindName::Prompt
            | KindName::Response
            | KindName::Thinking
            | KindName::ToolCall
            | KindName::ToolResult
            | KindName::Process
            | KindName::Install
            | KindName::BrowserMessage
    )
}

/// The event's name: of the tool, the model, the record, the host, the reason.
pub(super) fn name(kind: &Kind<Masked>) -> Option<&str> {
    match kind {
        Kind::ToolCall(call) => Some(call.name.as_str()),
        Kind::ModelCall(call) => Some(call.model.as_str()),
        Kind::Connection(flow) => Some(flow.host.as_str()),
        Kind::BrowserMessage(message) => Some(message.host.as_str()),
        Kind::ConfigChange(change) => Some(change.what.as_str()),
        Kind::Gap(gap) => Some(gap.reason),
        Kind::System(system) => Some(system.name.as_str()),
        _ => None,
    }
}

/// The client, where the kind itself names it.
pub(super) fn client(kind: &Kind<Masked>) -> Option<&str> {
    match kind {
        Kind::Process(process) => Some(&process.client),
        Kind::Connection(flow) => flow.client.as_deref(),
        _ => None,
    }
}

/// What this sighting says about a tool call's fate.
pub(super) fn outcome(kind: &Kind<Masked>) -> Option<Outcome> {
    match kind {
        Kind::ToolCall(call) => Some(call.outcome),
        Kind::ToolResult(result) => Some(result.outcome),
        _ => None,
    }
}

/// What has no column of its own, as a JSON object; none when there is nothing.
pub(super) fn detail(event: &Event<Masked>) -> Option<String> {
    let mut map = Map::new();
    match &event.kind {
        Kind::ToolResult(result) => put(&mut map, "denied_by", text(result.denied_by.as_ref())),
        // These have tables of their own, for what becomes known of them later.
        Kind::Process(_) | Kind::Connection(_) => return None,
        Kind::File(file) => put(&mut map, "written", Some(file.written.into())),
        Kind::Gap(gap) => put(&mut map, "bytes", gap.bytes.map(Value::from)),
        _ => {}
    }
    let process = event.process.map(|process| json!(process));
    put(&mut map, "process", process);
    if map.is_empty() { None } else { Some(Value::Object(map).to_string()) }
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value);
    }
}

fn text(text: Option<&Masked>) -> Option<Value> {
    text.map(|text| Value::from(text.as_str()))
}
