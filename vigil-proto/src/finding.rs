//! Findings: what a detector, or the merge of two witnesses, has to say about an event.

use serde::{Deserialize, Serialize};

use crate::{
    event::Field,
    id::{EventId, FindingId},
    text::Masked,
};

/// A word that is not in the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word; expected one of: {0}")]
pub struct UnknownWord(pub &'static str);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(feature = "types", derive(ts_rs::TS))]
        #[repr(u8)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word of documents and the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The number of the store; stable, since values are only ever added at the end.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The value with this number.
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::finding::UnknownWord;

            fn from_str(text: &str) -> Result<Self, $crate::finding::UnknownWord> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str() == text)
                    .ok_or($crate::finding::UnknownWord(concat!($($word, " "),+)))
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How much harm a finding may mean.
    Severity {
        /// Worth knowing.
        Info = "info",
        /// Harmless as far as is known.
        Low = "low",
        /// Should be looked at.
        Medium = "medium",
        /// Should be looked at today.
        High = "high",
        /// Should be looked at now.
        Critical = "critical",
    }
}

words! {
    /// How sure the rule is.
    Confidence {
        /// A guess.
        Low = "low",
        /// Likely.
        Medium = "medium",
        /// As good as certain.
        High = "high",
    }
}

words! {
    /// What a person has said about a finding.
    Triage {
        /// Nothing yet.
        Open = "open",
        /// Seen.
        Acknowledged = "acknowledged",
        /// Dealt with.
        Resolved = "resolved",
        /// Not what the rule took it for.
        FalsePositive = "false_positive",
        /// Not to be told of, by a suppression.
        Suppressed = "suppressed",
    }
}

/// A place in an event: bytes `start..end` of the *masked* text of `field`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Span {
    /// Which text of the event.
    pub field: Field,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// One sighting of an incident. Sightings with the same `id` are one finding in the store,
/// with the first event and every later place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The incident.
    pub id: FindingId,
    /// The rule, in kebab-case or the type name of a credential (`aws_access_key`).
    pub rule: String,
    /// The rule's group (`cloud`, `vcs`, `ai`, ...; `integrity` for conflicts).
    pub group: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The event it was seen in.
    pub event: EventId,
    /// Where in the event, when it has a place.
    pub span: Option<Span>,
    /// The evidence, masked.
    pub evidence: Masked,
    /// One sentence: why this is a finding.
    pub why: Masked,
    /// The clear value, where the vault is on.
    pub sealed: Option<SealedValue>,
}

/// A clear value that nobody can read without the vault's private key, which this machine's
/// keystore has, and the key of that day, which is destroyed after some time.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// Days since 1 January 1970 (UTC) of the key that it was sealed to.
    pub day: u32,
    /// What can be stored.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for SealedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedValue").field("day", &self.day).finish_non_exhaustive()
    }
}
