//! What Claude Code says by itself in a conversation, and what of a text two witnesses compare.
//! Both sources follow these rules, or every event of theirs would contradict the other's. Pure:
//! no file, no flow and no record's shape is known here.

use std::borrow::Cow;

use memchr::memmem;
use serde_json::Value;
use vigil_proto::{ContentHash, ContentHasher};

pub(super) mod own;

/// The client's name in every event.
pub(super) const CLIENT: &str = "claude-code";
/// The word for the summary with which a compacted conversation begins.
pub(super) const COMPACTION: &str = "compact-summary";
/// The word for what the client tells the model between the user's words.
pub(super) const REMINDER: &str = "reminder";
/// The word for other text that the client puts in the user's name.
pub(super) const INJECTED: &str = "injected";

/// The longest id of a client or a provider, in bytes; real ones take about 40.
const LONGEST_ID: usize = 128;

const OPEN: &str = "<system-reminder>";
const CLOSE: &str = "</system-reminder>";

/// One part of a message, or of what a tool gave back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// Text.
    Text(&'a str),
    /// Anything else: it is named, never kept.
    Other {
        /// Its type, such as `image`.
        kind: &'a str,
        /// Length of its data in base64, 0 when it has none.
        data: usize,
        /// Its address or title.
        place: Option<&'a str>,
    },
}

impl<'a> Part<'a> {
    /// For people and detectors.
    fn shown(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            // Four base64 digits hold three bytes.
            Self::Other { kind, data: data @ 1.., .. } => {
                format!("[{kind}: {} bytes]", data / 4 * 3).into()
            }
            Self::Other { kind, place: Some(place), .. } => format!("[{kind}: {place}]").into(),
            Self::Other { kind, .. } => format!("[{kind}]").into(),
        }
    }

    /// For the other witness, which may be shown it in another size.
    fn compared(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Other { kind, .. } => format!("[{kind}]").into(),
        }
    }
}

/// What a tool gave back, as text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    /// For people and detectors: all of it, what the client appended too. Where that begins
    /// cannot be told from what a page says, so nothing is cut.
    pub(super) shown: String,
    /// What is compared, where that differs.
    compared: Option<String>,
}

impl Output {
    /// Its `parts`, a line each.
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        let is_text = parts.iter().all(|part| matches!(part, Part::Text(_)));
        let compared = (!is_text).then(|| joined(parts, Part::compared));
        Self { shown: joined(parts, Part::shown), compared }
    }

    /// Keyed hash of what two witnesses compare: without reminders, which only requests hold,
    /// and without trailing space.
    pub(super) fn hash(&self, hasher: &ContentHasher) -> ContentHash {
        let compared = self.compared.as_deref().unwrap_or(&self.shown);
        hasher.hash(without_reminders(compared).as_bytes())
    }
}

/// What stands in a user's message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    /// What a person or a parent agent wrote: its hash identifies the prompt.
    pub(super) said: String,
    /// The same, with what is not text named.
    pub(super) shown: String,
    /// What the client says in the user's name, each with the word for it.
    pub(super) own: Vec<(&'static str, String)>,
}

impl Spoken {
    /// What the `parts` of a message say, results of tools left out.
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        let mut spoken = Self::default();
        let mut is_command = false;
        for part in parts {
            let &Part::Text(text) = part else {
                append(&mut spoken.shown, &part.shown());
                continue;
            };
            // What follows a command is its text, which the client keeps and the user only names.
            let name = clients_own(text).or(is_command.then_some(INJECTED));
            if let Some(name) = name {
                spoken.own.push((name, text.trim().to_owned()));
                continue;
            }
            let (own, text) = without_time(text);
            spoken.own.extend(own.map(|own| (INJECTED, own.to_owned())));
            is_command |= text.trim_start().starts_with("<command-");
            append(&mut spoken.said, text);
            append(&mut spoken.shown, text);
        }
        trim(&mut spoken.said);
        trim(&mut spoken.shown);
        spoken
    }
}

impl Spoken {
    /// What the `parts` of a message say; `own` tells the word for what another client than
    /// Claude Code says by itself.
    pub(super) fn apart<'a>(
        parts: &[Part<'a>],
        own: impl Fn(&'a str) -> Option<&'static str>,
    ) -> Self {
        let (mut rest, mut said_by_client) = (Vec::new(), Vec::new());
        for part in parts {
            match *part {
                Part::Text(text) if own(text).is_some() => {
                    said_by_client.push((own(text).unwrap_or_default(), text.trim().to_owned()));
                }
                part => rest.push(part),
            }
        }
        let mut spoken = Self::of(&rest);
        spoken.own.extend(said_by_client);
        spoken
    }
}

/// Keyed hash of a tool call; `input` is [canonical](canonical_input).
pub(super) fn hash_call(hasher: &ContentHasher, name: &str, input: &str) -> ContentHash {
    hasher.hash([name, "\0", input].concat().as_bytes())
}

/// A tool's input in one form, whoever wrote it: sorted keys, no spaces. None when `json` is
/// not JSON.
pub(super) fn canonical_input(json: &str) -> Option<String> {
    // serde_json's objects are sorted maps.
    serde_json::from_str::<Value>(json).ok().map(|value| value.to_string())
}

/// An id as it is kept: as it stands, or its hash when it is longer than ids are. Ids are kept in
/// memory and in checkpoints, where a few long ones would take up everything.
pub(super) fn short_id(id: Cow<'_, str>) -> Cow<'_, str> {
    if id.len() <= LONGEST_ID {
        return id;
    }
    format!("long-{}", blake3::hash(id.as_bytes()).to_hex()).into()
}

/// Who refused the tool call whose failed result says `text`, as far as its words tell.
pub(super) fn denied_by(text: &str) -> Option<&'static str> {
    if text.starts_with("The user doesn't want to proceed with this tool use") {
        Some("user")
    } else if text.starts_with("Permission to use ") && text.contains("denied") {
        Some("rule")
    } else {
        None
    }
}

/// True for what clients put in the place of a result that never came: the tool was cut off, or it
/// never began. What is not marked as a failure must say so in all words: a command may write them.
pub(super) fn is_interrupted(text: &str, failed: bool) -> bool {
    const WHOLE: [&str; 2] =
        ["The execution of this tool, or a previous tool was interrupted.", "No result provided"];
    const BEGINS: [&str; 3] = [
        "[Tool execution was interrupted]",
        "Tool execution was interrupted before a result was recorded",
        "Tool execution aborted",
    ];
    let starts = |start: &&str| text.starts_with(*start);
    if !failed {
        return text == WHOLE[0] || starts(&"Tool execution result was not recorded");
    }
    let is_refused = ["User did not allow", "User denied"].iter().any(|by| text.contains(by));
    WHOLE.contains(&text)
        || BEGINS.iter().any(starts)
        || starts(&"Tool execution result was not recorded")
        || starts(&"[Operation Cancelled]") && !is_refused
}

/// True for the failure of a command that did not run because a hook refused it. A hook gives what
/// reason it likes; a command that ran begins with how it ended, and what else keeps one from
/// running is marked.
pub(super) fn is_refused_command(text: &str) -> bool {
    const OTHERS: [&str; 8] = [
        "Exit code ",
        "<tool_use_error>",
        "[Request interrupted",
        "Command timed out",
        "Error calling tool",
        "The user doesn't want to",
        "Cancelled",
        "Interrupted",
    ];
    let text = text.trim_start();
    !text.is_empty() && !OTHERS.iter().any(|start| text.starts_with(start))
}

/// Text that the client puts in the user's name: the event's name for it.
fn clients_own(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    if is_reminder(text) {
        return Some(REMINDER);
    }
    own::named(text)
}

/// What Copilot CLI puts before the user's words, and those.
fn without_time(text: &str) -> (Option<&str>, &str) {
    const CLOSE: &str = "</current_datetime>";
    let told = text.trim_start();
    match told.find(CLOSE).filter(|_| told.starts_with("<current_datetime>")) {
        Some(end) => {
            let (own, rest) = told.split_at(end + CLOSE.len());
            (Some(own), rest.trim_start())
        }
        None => (None, text),
    }
}

/// True when `text` is one or more reminders and nothing else: words between two of them are
/// somebody's.
fn is_reminder(text: &str) -> bool {
    text.starts_with(OPEN) && without_reminders(text).trim().is_empty()
}

/// `text` without the reminders in it and without trailing space.
fn without_reminders(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((start, end)) = next_reminder(rest) {
        kept.push_str(rest.get(..start).unwrap_or_default());
        rest = rest.get(end..).unwrap_or_default();
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text.trim_end());
    }
    kept.push_str(rest);
    kept.truncate(kept.trim_end().len());
    Cow::Owned(kept)
}

fn next_reminder(text: &str) -> Option<(usize, usize)> {
    let start = memmem::find(text.as_bytes(), OPEN.as_bytes())?;
    let after = start + OPEN.len();
    let close = memmem::find(text.as_bytes().get(after..)?, CLOSE.as_bytes())?;
    Some((start, after + close + CLOSE.len()))
}

fn joined<'a>(parts: &[Part<'a>], as_text: impl Fn(Part<'a>) -> Cow<'a, str>) -> String {
    let parts: Vec<Cow<'_, str>> = parts.iter().map(|part| as_text(*part)).collect();
    parts.join("\n")
}

fn append(all: &mut String, part: &str) {
    if !all.is_empty() {
        all.push('\n');
    }
    all.push_str(part);
}

fn trim(text: &mut String) {
    text.truncate(text.trim_end().len());
    let start = text.len() - text.trim_start().len();
    text.drain(..start);
}

#[cfg(test)]
mod tests;
