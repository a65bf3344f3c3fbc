//! The one event type. `T` is [`crate::Sensitive`] between a source and the masking stage and
//! [`crate::Masked`] from there on. Names follow OpenTelemetry's GenAI conventions where they
//! have one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    finding::words,
    id::{ContentHash, EventId, SessionId},
    time::Timestamp,
};

mod command;
mod kind;
mod mended;
mod touched;
pub use self::command::{command, quoted};
pub use self::kind::{
    BrowserMessage, ConfigChange, Connection, Exit, File, Gap, Install, Kind, ModelCall, Process,
    Prompt, Response, System, Thinking, ToolCall, ToolResult, Way,
};
pub use self::mended::mended;
pub use self::touched::{Touched, touched};

/// One thing that happened, as one witness saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<T> {
    /// Its identity: the hash of its natural key.
    pub id: EventId,
    /// True when this witness could not know the whole key (a proxy that joined in the middle of
    /// a conversation). The store then first looks for an event of the same session, kind and
    /// content, and adds the witness there.
    pub incomplete_key: bool,
    /// When it happened, by the source's clock.
    pub at: Timestamp,
    /// When Vigil saw it.
    pub seen_at: Timestamp,
    /// Who saw it.
    pub witness: Witness,
    /// Where in the batch's source: a byte offset, a flow number.
    pub position: u64,
    /// Its session.
    pub session: Option<SessionId>,
    /// The sub-agent's thread, when it is not the session's main one.
    pub thread: Option<T>,
    /// The prompt that began its turn.
    pub turn: Option<EventId>,
    /// The tool call it belongs to, by the client's id.
    pub tool_call: Option<T>,
    /// The process that did it.
    pub process: Option<ProcessRef>,
    /// Keyed hash of what it says, for comparing two sightings.
    pub content: ContentHash,
    /// What happened.
    pub kind: Kind<T>,
}

/// A process, told apart from a later one with the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ProcessRef {
    /// Process id.
    pub pid: u32,
    /// When it started.
    pub started: Timestamp,
}

impl<T> Event<T> {
    /// What Vigil itself has to tell, seen as it happens and part of nothing.
    pub const fn own(id: EventId, at: Timestamp, kind: Kind<T>) -> Self {
        Self {
            id,
            incomplete_key: false,
            at,
            seen_at: at,
            witness: Witness::Vigil,
            position: 0,
            session: None,
            thread: None,
            turn: None,
            tool_call: None,
            process: None,
            content: ContentHash(0),
            kind,
        }
    }

    /// Turns every text with `f`, which is told the field that it belongs to.
    pub fn map_text<U>(self, f: &mut impl FnMut(Field, T) -> U) -> Event<U> {
        Event {
            id: self.id,
            incomplete_key: self.incomplete_key,
            at: self.at,
            seen_at: self.seen_at,
            witness: self.witness,
            position: self.position,
            session: self.session,
            thread: self.thread.map(|text| f(Field::Id, text)),
            turn: self.turn,
            tool_call: self.tool_call.map(|text| f(Field::Id, text)),
            process: self.process,
            content: self.content,
            kind: self.kind.map_text(f),
        }
    }
}

words! {
    /// Who saw a thing. Proxy and kernel are independent of the client; the others are its own
    /// word.
    Witness {
        /// What the client writes on disk.
        Transcript = "transcript",
        /// The HTTPS proxy.
        Proxy = "proxy",
        /// The client's hook.
        Hook = "hook",
        /// The client's OpenTelemetry export.
        Telemetry = "telemetry",
        /// The browser extension.
        Browser = "browser",
        /// Kernel facts.
        Kernel = "kernel",
        /// Vigil itself (gaps, conflicts, changes it made).
        Vigil = "vigil",
        /// A browser's own history: that a page was visited, and when.
        History = "history",
    }
}

impl Witness {
    /// True when the monitored client has no say in what this witness reports.
    pub const fn is_independent(self) -> bool {
        matches!(self, Self::Proxy | Self::Kernel)
    }

    /// True when it can only tell that something was there, and never what was said.
    pub const fn is_wordless(self) -> bool {
        matches!(self, Self::Kernel | Self::History)
    }
}

/// A set of witnesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Witnesses(u16);

impl Witnesses {
    /// From the bits of the store.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The bits of the store: bit `code` for each witness.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, witness: Witness) -> Self {
        Self(self.0 | 1 << witness.code())
    }

    /// True when `witness` is in it.
    pub const fn contains(self, witness: Witness) -> bool {
        self.0 & (1 << witness.code()) != 0
    }

    /// The witnesses in it.
    pub fn iter(self) -> impl Iterator<Item = Witness> {
        Witness::ALL.iter().copied().filter(move |witness| self.contains(*witness))
    }
}

words! {
    /// Which text of an event a span or a mask belongs to.
    Field {
        /// The main text: a prompt, an answer, a result.
        Text = "text",
        /// A tool's input, as JSON.
        Input = "input",
        /// A name: of a tool, a model, a version.
        Name = "name",
        /// An id that a client or a provider gave.
        Id = "id",
        /// A path or a working directory.
        Path = "path",
        /// A host name or address.
        Host = "host",
        /// A command line.
        Argv = "argv",
        /// Words about the event.
        Detail = "detail",
    }
}

words! {
    /// The kind of an event.
    KindName {
        /// What a person (or a parent agent) asked.
        Prompt = "prompt",
        /// What the model answered.
        Response = "response",
        /// What the model thought.
        Thinking = "thinking",
        /// A tool the model asked for.
        ToolCall = "tool_call",
        /// What the tool gave back.
        ToolResult = "tool_result",
        /// One call of a model, with its usage.
        ModelCall = "model_call",
        /// A process.
        Process = "process",
        /// A network connection.
        Connection = "connection",
        /// A file read or written.
        File = "file",
        /// A package installation.
        Install = "install",
        /// A message on an AI web page, or a visit to one.
        BrowserMessage = "browser_message",
        /// A change of a configuration, Vigil's own included.
        ConfigChange = "config_change",
        /// Something that could not be seen, read or scanned.
        Gap = "gap",
        /// What the client notes about itself.
        System = "system",
    }
}

words! {
    /// What became of a tool call. A request alone is no proof of execution.
    Outcome {
        /// Asked for; nothing more is known.
        Requested = "requested",
        /// It ran.
        Executed = "executed",
        /// Somebody or something refused it.
        Denied = "denied",
        /// It ran or was tried, and failed.
        Failed = "failed",
        /// It was cut off, or never began, when its client ended or was told to stop: how far it came
        /// is not known.
        Interrupted = "interrupted",
    }
}

impl Outcome {
    /// What is known once both are told. Who saw a call refused knows more than who saw it fail: to
    /// a model, and to whoever reads along, a refusal looks like any failure.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::Denied || other == Self::Denied { Self::Denied } else { self.max(other) }
    }
}

words! {
    /// How final a sighting of a model call is; the highest one's usage counts.
    CallRank {
        /// A line of the transcript before the answer was complete.
        Partial = "partial",
        /// A line with a stop reason.
        Stopped = "stopped",
        /// The proxy's figure at the end of the stream.
        Wire = "wire",
    }
}

impl fmt::Display for Witnesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, witness) in self.iter().enumerate() {
            if i > 0 {
                f.write_str("+")?;
            }
            f.write_str(witness.as_str())?;
        }
        Ok(())
    }
}
