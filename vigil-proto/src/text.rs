//! Text in its two states. Everything a source reads is [`Sensitive`]: it cannot be printed,
//! serialised or stored. Only the masking stage of vigil-detect turns it into [`Masked`],
//! the only text that the store, the logs and the interfaces accept.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

/// Clear text from outside. Deliberately without `Display`, `Serialize` or `Deref`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Sensitive(String);

impl Sensitive {
    /// Takes ownership of text that was not scanned yet.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The clear text, for parsers, hashing and the masking stage.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Gives the clear text away, to the masking stage.
    pub fn into_clear(self) -> String {
        self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes of clear text]", self.0.len())
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Sensitive {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Text in which every detected secret has been replaced by its mask
/// (`[[vigil:TYPE:HINT:FINGERPRINT]]`).
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(type = "string"))]
pub struct Masked(Cow<'static, str>);

impl Masked {
    /// Wraps the output of a masking scan. Called by vigil-detect, and by vigil-store for text
    /// that it reads back; an architecture test keeps every other crate from calling it.
    pub fn from_scan(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    /// Our own words, known at compile time.
    pub const fn literal(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The masked text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the masked text away.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
