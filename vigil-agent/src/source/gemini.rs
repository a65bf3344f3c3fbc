//! What of Gemini CLI's words two witnesses compare. Pure.

/// As the proxy and the process table call the client.
pub(super) const CLIENT: &str = "gemini-cli";

/// A thought as it is compared: the client puts its heading and its text on one line, the provider
/// does not.
pub(super) fn spaced(thought: &str) -> String {
    thought.split_whitespace().collect::<Vec<_>>().join(" ")
}
