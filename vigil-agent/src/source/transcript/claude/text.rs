//! Text as it stands in a line: borrowed when it holds no escapes, owned otherwise. And what
//! the client injects into it.

use std::{borrow::Cow, fmt};

use memchr::memmem;
use serde::{Deserialize, Deserializer, de};

const OPEN: &str = "<system-reminder>";
const CLOSE: &str = "</system-reminder>";

/// A string of a record. (`Option<Cow<str>>` would be copied by serde; this is not.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

/// True when the whole block is the client's own reminder.
pub(super) fn is_reminder(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(OPEN) && text.ends_with(CLOSE)
}

/// `text` without the reminders in it and without trailing white space: what two witnesses
/// compare.
pub(super) fn without_reminders(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = text;
    let mut cut = false;
    while let Some((start, end)) = next_reminder(rest) {
        cut = true;
        kept.push_str(rest.get(..start).unwrap_or_default());
        rest = rest.get(end..).unwrap_or_default();
    }
    if !cut {
        return Cow::Borrowed(text.trim_end());
    }
    kept.push_str(rest);
    kept.truncate(kept.trim_end().len());
    Cow::Owned(kept)
}

/// `text` without the reminders that the client appended at its end. One in the middle is
/// content (a page can contain the same words) and stays for the detectors.
pub(super) fn without_appended(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut end = text.trim_end().len();
    while let Some(before) = text.get(..end).and_then(|text| text.strip_suffix(CLOSE)) {
        let Some(start) = memmem::rfind(before.as_bytes(), OPEN.as_bytes()) else { break };
        end = text.get(..start).map_or(0, |text| text.trim_end().len());
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

fn next_reminder(text: &str) -> Option<(usize, usize)> {
    let start = memmem::find(text.as_bytes(), OPEN.as_bytes())?;
    let after = start + OPEN.len();
    let close = memmem::find(text.as_bytes().get(after..)?, CLOSE.as_bytes())?;
    Some((start, after + close + CLOSE.len()))
}

/// The first words of `text`, at most about 80 characters, on one line.
pub(super) fn title_of(text: &str) -> Option<String> {
    let mut title = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let next = length + usize::from(length > 0) + word.chars().count();
        if next > 80 && length > 0 {
            title.push('…');
            break;
        }
        if length > 0 {
            title.push(' ');
        }
        title.push_str(word);
        length = next;
        if title.len() > 400 {
            break;
        }
    }
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests;
