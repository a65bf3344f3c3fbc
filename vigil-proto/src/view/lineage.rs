//! Where the value of an incident came from and what it went to.

use serde::{Deserialize, Serialize};

use crate::{
    finding::words,
    id::{EventId, SessionId},
    text::Masked,
    time::Timestamp,
};

words! {
    /// How a value came into the record.
    EntryWay {
        /// In what a person asked.
        Prompt = "prompt",
        /// In a file that a tool read.
        File = "file",
        /// In what a command printed.
        Command = "command",
        /// In a page that a tool fetched.
        Web = "web",
        /// In the answer of an MCP server.
        Mcp = "mcp",
        /// In the answer of another tool.
        Tool = "tool",
        /// The model wrote it.
        Answer = "answer",
        /// In what the client tells the model before anybody asks.
        Instructions = "instructions",
        /// On a process's command line.
        CommandLine = "command_line",
        /// In another way.
        Other = "other",
    }
}

words! {
    /// What a value went to.
    DestinationKind {
        /// A model's provider.
        Provider = "provider",
        /// A host that a command or a request names.
        Host = "host",
        /// An MCP server.
        McpServer = "mcp_server",
        /// A tool of the client.
        Tool = "tool",
        /// A program, on its command line.
        Program = "program",
        /// A file that a tool was asked to write.
        File = "file",
    }
}

words! {
    /// Whether a value left the machine.
    Left {
        /// Nothing says so.
        No = "no",
        /// What the client itself notes says so.
        Likely = "likely",
        /// An independent witness saw it pass.
        Yes = "yes",
    }
}

/// The way of a value, from its first place to everything that it was given to. Judged from the
/// places that are looked at, the earliest ones; what is deleted from the record says nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Lineage {
    /// Where it was first seen.
    pub entry: LineageEntry,
    /// What it went to, by the first time.
    pub destinations: Vec<Destination>,
    /// Whether it left the machine.
    pub left: Left,
    /// In how many sessions it was seen.
    pub sessions: u64,
    /// How many events were looked at for this.
    pub looked_at: u64,
    /// True when there are more.
    pub more: bool,
}

/// The first place of a value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct LineageEntry {
    /// How it came in.
    pub way: EntryWay,
    /// The event.
    pub event: EventId,
    /// Its number.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// Vigil's id of its session.
    pub session_key: Option<SessionId>,
    /// The tool, the MCP server or the program.
    pub name: Option<Masked>,
    /// The file.
    pub path: Option<Masked>,
}

/// One thing that a value went to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Destination {
    /// What it is.
    pub kind: DestinationKind,
    /// Its name.
    pub name: Masked,
    /// The host that the proxy saw it go to.
    pub host: Option<Masked>,
    /// True when the value was in what the model wrote, so that its provider has it; false when
    /// it was in what was sent there.
    pub written: bool,
    /// True when an independent witness saw it pass; else it follows from what the client notes.
    pub seen: bool,
    /// In how many events.
    pub times: u64,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// The first event that carried it.
    pub event: EventId,
    /// That event's number.
    pub seq: i64,
    /// Vigil's id of its session.
    pub session_key: Option<SessionId>,
    /// The model call that it went with, where one is known.
    pub call: Option<EventId>,
}
