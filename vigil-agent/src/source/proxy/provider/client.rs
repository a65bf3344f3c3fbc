//! Who asks, and in which session: what a client's header fields say of itself.

use std::borrow::Cow;

use serde_json::Value;

use super::text::{NAME_MAX, str_field, taken};
use crate::source::{claude_code, proxy::head::Fields};

/// The client of a request.
pub(super) struct Client {
    /// Its word, as everywhere (`claude-code`), by what it says of itself.
    pub(super) word: Cow<'static, str>,
    /// The agent whose program it is, where it did not say so.
    pub(super) agent: Option<&'static str>,
    pub(super) version: Option<String>,
    /// Its own id of the session.
    pub(super) session: Option<String>,
    /// Its own id of a sub-agent's thread, when that is not the session's main one.
    pub(super) thread: Option<String>,
}

/// Header fields that carry the client's own session id: Claude Code, Codex (now and before),
/// opencode.
const SESSION_FIELDS: [&str; 5] =
    ["x-claude-code-session-id", "session-id", "session_id", "conversation_id", "x-session-id"];

/// How products call themselves, and the words of their clients.
const PRODUCTS: &[(&str, &str)] = &[
    ("codex_cli_rs", "codex"),
    ("codex_exec", "codex"),
    ("codex_vscode", "codex"),
    ("codex-tui", "codex"),
    ("geminicli", "gemini-cli"),
    ("qwencode", "qwen-code"),
    ("copilot", "copilot-cli"),
];

impl Client {
    /// The client that sent these `fields`. Where they name none that is known, as where a client
    /// asks with a provider's library, the `agent` is asked for whose program asks.
    pub(super) fn of(fields: &Fields, agent: impl FnOnce() -> Option<&'static str>) -> Self {
        let (word, version, agent) = if let Some((word, version)) = known(fields) {
            (Cow::Borrowed(word), version, None)
        } else {
            let (word, version) = product(fields);
            (word, version, agent())
        };
        let named = SESSION_FIELDS.iter().find_map(|name| id(fields.first(name)?));
        let thread = fields.first("thread-id").and_then(id);
        let thread = thread.filter(|thread| named.as_ref().is_some_and(|own| own != thread));
        Self { word, version, agent, session: named, thread }
    }
}

/// An id that a client gives, when it looks like one.
pub(super) fn id(id: &str) -> Option<String> {
    let id = id.trim();
    let is_one = !id.is_empty() && id.len() <= NAME_MAX && !id.contains(char::is_control);
    is_one.then(|| id.to_owned())
}

/// The session id in `value`, where it has one at `name`.
pub(super) fn id_at(value: &Value, name: &str) -> Option<String> {
    id(str_field(value, name))
}

/// A client that is known by what it says of itself, and its version.
fn known(fields: &Fields) -> Option<(&'static str, Option<String>)> {
    let (name, version) = product(fields);
    if name == "claude-cli" || fields.first("x-claude-code-session-id").is_some() {
        let version = version.filter(|_| name == "claude-cli");
        return Some((claude_code::CLIENT, version));
    }
    let (_, word) = PRODUCTS.iter().find(|(product, _)| name.starts_with(product))?;
    Some((word, version))
}

/// The name and version that it gives itself.
fn product(fields: &Fields) -> (Cow<'static, str>, Option<String>) {
    let agent = fields.first("user-agent").unwrap_or_default();
    let product = agent.split([' ', '(']).next().unwrap_or_default();
    // Some put the model after the version.
    let mut parts = product.split('/');
    let (name, version) = (parts.next().unwrap_or_default(), parts.next());
    let is_number = |version: &&str| version.starts_with(|c: char| c.is_ascii_digit());
    let version = version.filter(is_number).map(taken);
    let name: String = name
        .chars()
        .take(64)
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if name.is_empty() { (Cow::Borrowed("unknown"), None) } else { (Cow::Owned(name), version) }
}
