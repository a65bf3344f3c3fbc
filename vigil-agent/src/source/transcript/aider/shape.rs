//! What a line is, by its looks and by what stands before it. Three things are known of how the
//! client writes: a prompt's lines and the last line of what it says itself end with two spaces, an
//! answer stands between empty lines, and what it says itself has no empty line before it unless an
//! answer or the chat's beginning is there.

use super::state::Said;

/// How a chat begins; the time is that of the user's clock.
const STARTED: &str = "# aider chat started at ";

/// What begins a line of the user's.
const USER: &str = "####";

/// What begins the first line of what the client says.
const CLIENT: &str = ">";

/// What ends a line of the user's, and the last one of what the client says.
const END: &str = "  ";

/// Around what a model thinks.
const THINKING: &str = "thinking-content-7bbeb8e1441453ad999a0bbba8a46d4b";

/// What the client says, by its beginning.
const NOTICES: [(&str, &str); 9] = [
    (TOKENS, "usage"),
    ("Applied edit to ", "edit"),
    ("Did not apply edit", "edit"),
    ("Skipping edits to ", "edit"),
    ("Running ", "command"),
    ("Commit ", "commit"),
    ("litellm.", "error"),
    ("The LLM did not conform to the edit format", "error"),
    ("Retrying in ", "retry"),
];

const TOKENS: &str = "Tokens: ";

/// In every question with its answer.
const CHOICES: &str = "(Y)es/(N)o";

/// What stands before a line.
#[derive(Debug)]
pub(super) struct Scene {
    /// Who is speaking; nobody once the client has ended.
    pub(super) said: Option<Said>,
    /// True once the chat has a prompt.
    pub(super) asked: bool,
    /// True if the line before is empty.
    pub(super) after_blank: bool,
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A chat's beginning, as it seems.
    Start(&'a str),
    /// One of a prompt.
    User(&'a str),
    /// The first of what the client says, and whether it is the last one as well.
    Client { said: &'a str, ends: bool },
    /// A further one.
    More { said: &'a str, ends: bool },
    /// From here the model thinks.
    ThinkingStarts,
    /// To here.
    ThinkingEnds,
    /// The model's.
    Model,
}

/// What `line` is in `scene`.
pub(super) fn of<'a>(line: &'a str, scene: &Scene) -> Line<'a> {
    let ends = line.ends_with(END);
    let line = line.trim_end();
    if let Some(time) = line.strip_prefix(STARTED) {
        return Line::Start(time);
    }
    if ends
        && let Some(said) = line.strip_prefix(USER)
        && (scene.after_blank || scene.said == Some(Said::Prompt))
    {
        return Line::User(said.strip_prefix(' ').unwrap_or(said));
    }
    if let Some(said) = line.strip_prefix(CLIENT)
        && (said.is_empty() || said.starts_with(' '))
    {
        let said = said.trim_start();
        if is_clients(said, ends, scene) {
            return Line::Client { said, ends };
        }
    }
    match scene.said {
        Some(Said::Notice) => Line::More { said: line, ends },
        // The client ended too early: a line within what it says has the two spaces as well.
        None if !scene.after_blank => Line::More { said: line, ends: true },
        _ if is_tag(line, "<") => Line::ThinkingStarts,
        Some(Said::Thinking) if is_tag(line, "</") => Line::ThinkingEnds,
        _ => Line::Model,
    }
}

/// True for what the client says: not the model's quotations, and not those within what it says.
fn is_clients(said: &str, ends: bool, scene: &Scene) -> bool {
    match scene.said {
        Some(Said::Answer) => scene.after_blank && (ends || is_usage(said)),
        Some(Said::Thinking) => scene.after_blank && is_usage(said),
        Some(Said::Notice) => ends,
        Some(Said::Prompt) | None => ends || !scene.after_blank || !scene.asked,
    }
}

/// With a cache, the line of tokens is two.
fn is_usage(said: &str) -> bool {
    said.strip_prefix(TOKENS).is_some_and(|said| said.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_tag(line: &str, opening: &str) -> bool {
    let name = line.strip_prefix(opening).and_then(|line| line.strip_suffix('>'));
    name == Some(THINKING)
}

/// What that is called which the client says.
pub(super) fn name_of(said: &str) -> &'static str {
    if said.contains(CHOICES) {
        return "confirmation";
    }
    let known = NOTICES.iter().find(|(start, _)| said.starts_with(start));
    known.map_or("notice", |(_, name)| name)
}
