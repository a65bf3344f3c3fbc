//! Identity. The same thing seen twice has the same id, because an id is a hash of its
//! *natural key*: what the world itself calls it. That is what makes reading a file again,
//! or seeing a call by a second witness, add nothing.

use std::{fmt, net::SocketAddr, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::time::Timestamp;

/// Text that is not the 32 hexadecimal digits of an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected 32 hexadecimal digits")]
pub struct BadId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "types", derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name([u8; 16]);

        impl $name {
            /// From its 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let digits = text.as_bytes();
                if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(BadId);
                }
                u128::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| BadId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

id! {
    /// One thing that happened; see [`NaturalKey`].
    EventId
}
id! {
    /// One session: a hash of (client, the client's own session id).
    SessionId
}
id! {
    /// Where a source reads: a hash of a file's path, or of a proxy's listener.
    SourceId
}
id! {
    /// One finding (an incident): the same secret seen again has the same id.
    FindingId
}

/// Feeds length-prefixed parts into BLAKE3, so that no two lists of parts collide.
struct Parts(blake3::Hasher);

impl Parts {
    fn new(domain: &str) -> Self {
        Self(blake3::Hasher::new()).with(domain.as_bytes())
    }

    fn with(mut self, part: &[u8]) -> Self {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    fn finish(&self) -> [u8; 16] {
        let mut out = [0; 16];
        self.0.finalize_xof().fill(&mut out);
        out
    }
}

impl SessionId {
    /// The session that `client` itself calls `native`.
    pub fn of(client: &str, native: &str) -> Self {
        Self(Parts::new("session").with(client.as_bytes()).with(native.as_bytes()).finish())
    }
}

impl SourceId {
    /// The source at `place` (a path, a listener's address).
    pub fn of(place: &[u8]) -> Self {
        Self(Parts::new("source").with(place).finish())
    }
}

impl FindingId {
    /// The incident of `rule` about `subject` (a keyed fingerprint, an event id).
    pub fn of(rule: &str, subject: &[u8]) -> Self {
        Self(Parts::new("finding").with(rule.as_bytes()).with(subject).finish())
    }
}

/// A keyed hash of clear content: equal content compares equal, and without the installation's
/// key nothing can be tried against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentHash(pub u64);

/// Makes [`ContentHash`]es with the installation's key.
#[derive(Clone)]
pub struct ContentHasher([u8; 32]);

impl ContentHasher {
    /// `key` is the installation's own random key.
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The hash of `content`.
    pub fn hash(&self, content: &[u8]) -> ContentHash {
        let digest = blake3::keyed_hash(&self.0, content);
        let mut first = [0; 8];
        first.copy_from_slice(digest.as_bytes().split_at(8).0);
        ContentHash(u64::from_le_bytes(first))
    }
}

impl fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentHasher(key hidden)")
    }
}

/// What the world itself calls a thing: the ground of its [`EventId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NaturalKey<'a> {
    /// One call of a model, counted once however many sessions and lines repeat it.
    ModelCall {
        /// `anthropic`, `openai`, ...
        provider: &'a str,
        /// The provider's id of the answer.
        message: &'a str,
        /// The provider's id of the request, empty when the witness did not see it.
        request: &'a str,
    },
    /// One content block of an answer.
    Block {
        /// Its session.
        session: SessionId,
        /// The provider's id of the answer.
        message: &'a str,
        /// Index of the block within the answer, from 0.
        index: u32,
    },
    /// A tool call. The answer that asked for it is part of the key: a sub-agent's calls share
    /// its session, and only providers promise that `call` is unique.
    ToolCall {
        /// Its session.
        session: SessionId,
        /// The provider's id of the answer that asked for it.
        message: &'a str,
        /// `tool_use_id`, `call_id`.
        call: &'a str,
    },
    /// The result of a tool call.
    ToolResult {
        /// Its session.
        session: SessionId,
        /// The provider's id of the answer that asked for it, empty when not known.
        message: &'a str,
        /// `tool_use_id`, `call_id`.
        call: &'a str,
    },
    /// A prompt: where it stands in the conversation and what it says.
    Prompt {
        /// Its session.
        session: SessionId,
        /// Id of the last answer before it, empty at the beginning.
        after: &'a str,
        /// Its text without what the client injected.
        text: ContentHash,
    },
    /// A record that its file names by an id of its own.
    Record {
        /// Its session.
        session: SessionId,
        /// The record's id (Claude Code: `uuid`).
        record: &'a str,
    },
    /// A record without an id: what it says, within its source.
    Line {
        /// The source.
        source: SourceId,
        /// The whole record.
        content: ContentHash,
    },
    /// Content that belongs to a session once (system prompt, tool definitions).
    Content {
        /// The session.
        session: SessionId,
        /// What kind of content.
        what: &'a str,
        /// The content.
        content: ContentHash,
    },
    /// A process, however often it is seen.
    Process {
        /// The boot it lives in, by the system's own id: numbers and times begin anew.
        boot: &'a str,
        /// Process id.
        pid: u32,
        /// When it started.
        started: Timestamp,
    },
    /// A connection as the kernel knows it.
    Socket {
        /// The boot it lives in.
        boot: &'a str,
        /// `tcp`, `udp`.
        protocol: &'a str,
        /// Its own end.
        local: SocketAddr,
        /// The other end.
        remote: SocketAddr,
        /// The socket's inode, or what else tells it from a later one between the same ends.
        inode: u64,
    },
    /// A network flow or another occurrence that only its witness can name.
    Occurrence {
        /// Where it was seen.
        source: SourceId,
        /// Nanoseconds or another number unique within the source.
        number: u64,
        /// What kind of occurrence.
        what: &'a str,
    },
}

impl NaturalKey<'_> {
    /// The id of the thing with this key.
    pub fn id(&self) -> EventId {
        let parts = match self {
            Self::ModelCall { provider, message, request } => Parts::new("model-call")
                .with(provider.as_bytes())
                .with(message.as_bytes())
                .with(request.as_bytes()),
            Self::Block { session, message, index } => Parts::new("block")
                .with(&session.0)
                .with(message.as_bytes())
                .with(&index.to_le_bytes()),
            Self::ToolCall { session, message, call } => Parts::new("tool-call")
                .with(&session.0)
                .with(message.as_bytes())
                .with(call.as_bytes()),
            Self::ToolResult { session, message, call } => Parts::new("tool-result")
                .with(&session.0)
                .with(message.as_bytes())
                .with(call.as_bytes()),
            Self::Prompt { session, after, text } => Parts::new("prompt")
                .with(&session.0)
                .with(after.as_bytes())
                .with(&text.0.to_le_bytes()),
            Self::Record { session, record } => {
                Parts::new("record").with(&session.0).with(record.as_bytes())
            }
            Self::Line { source, content } => {
                Parts::new("line").with(&source.0).with(&content.0.to_le_bytes())
            }
            Self::Content { session, what, content } => Parts::new("content")
                .with(&session.0)
                .with(what.as_bytes())
                .with(&content.0.to_le_bytes()),
            Self::Process { boot, pid, started } => Parts::new("process")
                .with(boot.as_bytes())
                .with(&pid.to_le_bytes())
                .with(&started.as_micros().to_le_bytes()),
            Self::Socket { boot, protocol, local, remote, inode } => Parts::new("socket")
                .with(boot.as_bytes())
                .with(protocol.as_bytes())
                .with(local.to_string().as_bytes())
                .with(remote.to_string().as_bytes())
                .with(&inode.to_le_bytes()),
            Self::Occurrence { source, number, what } => Parts::new("occurrence")
                .with(&source.0)
                .with(&number.to_le_bytes())
                .with(what.as_bytes()),
        };
        EventId(parts.finish())
    }
}

impl EventId {
    /// The id under which a sighting is kept whose content contradicts the event `self`.
    #[must_use]
    pub fn conflicting(self, content: ContentHash) -> Self {
        Self(Parts::new("conflict").with(&self.0).with(&content.0.to_le_bytes()).finish())
    }
}
