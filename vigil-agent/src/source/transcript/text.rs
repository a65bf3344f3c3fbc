//! Text as it stands in a line: borrowed when it holds no escapes, owned otherwise.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de};

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

/// The first words of `text` on one line: far more than a title shows, so that a secret is never
/// cut before it is masked. The store shortens it.
pub(super) fn title_of(text: &str) -> Option<String> {
    let mut title = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let next = length + usize::from(length > 0) + word.chars().count();
        if next > 2000 && length > 0 {
            break;
        }
        if length > 0 {
            title.push(' ');
        }
        title.push_str(word);
        length = next;
        if title.len() > 8000 {
            break;
        }
    }
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests;
