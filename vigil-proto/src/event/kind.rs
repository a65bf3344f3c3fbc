//! The payload of each kind of event.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    event::{CallRank, Field, KindName, Outcome, ProcessRef},
    finding::words,
    id::EventId,
    time::Timestamp,
    usage::{Cost, Usage},
};

/// What happened, one payload struct each.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind<T> {
    /// See [`KindName::Prompt`].
    Prompt(Prompt<T>),
    /// See [`KindName::Response`].
    Response(Response<T>),
    /// See [`KindName::Thinking`].
    Thinking(Thinking<T>),
    /// See [`KindName::ToolCall`].
    ToolCall(ToolCall<T>),
    /// See [`KindName::ToolResult`].
    ToolResult(ToolResult<T>),
    /// See [`KindName::ModelCall`].
    ModelCall(ModelCall<T>),
    /// See [`KindName::Process`].
    Process(Process<T>),
    /// See [`KindName::Connection`].
    Connection(Connection<T>),
    /// See [`KindName::File`].
    File(File<T>),
    /// See [`KindName::Install`].
    Install(Install<T>),
    /// See [`KindName::BrowserMessage`].
    BrowserMessage(BrowserMessage<T>),
    /// See [`KindName::ConfigChange`].
    ConfigChange(ConfigChange<T>),
    /// See [`KindName::Gap`].
    Gap(Gap<T>),
    /// See [`KindName::System`].
    System(System<T>),
}

/// What a person, or a parent agent, asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt<T> {
    /// The text without what the client injected.
    pub text: T,
}

/// A text block of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response<T> {
    /// The text.
    pub text: T,
}

/// A thinking block of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Thinking<T> {
    /// The text; empty when the provider redacted it.
    pub text: T,
}

/// A tool that the model asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall<T> {
    /// Its name (`Bash`, `mcp__github__create_issue`).
    pub name: T,
    /// Its input: JSON with sorted keys and no spaces.
    pub input: T,
    /// What is known of its fate from this sighting alone.
    pub outcome: Outcome,
}

/// What a tool gave back.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult<T> {
    /// The tool call's event, whose outcome this settles.
    pub call: Option<EventId>,
    /// Its text; images and other binary parts are named, not kept.
    pub text: T,
    /// The call's fate.
    pub outcome: Outcome,
    /// Who refused it, when it was denied (`hook`, `user`, `rule`).
    pub denied_by: Option<T>,
}

/// One call of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCall<T> {
    /// `anthropic`, `openai`, ... (`gen_ai.provider.name`).
    pub provider: &'static str,
    /// The model that answered (`gen_ai.response.model`).
    pub model: T,
    /// The provider's id of the answer (`gen_ai.response.id`).
    pub message: T,
    /// The provider's id of the request.
    pub request: Option<T>,
    /// Why it stopped (`gen_ai.response.finish_reasons`).
    pub stop_reason: Option<T>,
    /// Its tokens.
    pub usage: Usage,
    /// Its cost, where known.
    pub cost: Option<Cost>,
    /// How final this sighting is.
    pub rank: CallRank,
    /// From the request's first byte to the answer's last, in microseconds, as the proxy saw it.
    pub latency_us: Option<u64>,
    /// From the request's last byte to the answer's first, in microseconds.
    pub first_byte_us: Option<u64>,
    /// HTTP status, as the proxy saw it.
    pub status: Option<u16>,
}

/// A process of an agent's tree; one event a process. [`Event::at`](super::Event::at) is when it
/// started, [`Event::process`](super::Event::process) which it is, and
/// [`NaturalKey::Process`](crate::NaturalKey::Process) its key. A later sighting makes the event
/// more complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Process<T> {
    /// The client whose tree it is in, by its word (`claude-code`).
    pub client: Cow<'static, str>,
    /// The agent's own process at the top of the tree; of the agent itself, itself.
    pub root: ProcessRef,
    /// The process that started it.
    pub parent: Option<ProcessRef>,
    /// The file that it runs.
    pub exe: Option<T>,
    /// Its command line: the arguments with spaces between them, quoted where a shell would need
    /// it.
    pub argv: T,
    /// True when the command line goes on where `argv` ends.
    pub argv_cut: bool,
    /// Its working directory.
    pub cwd: Option<T>,
    /// The command lines that it had before it became this program, the oldest first; at most
    /// [`EARLIER`](Process::EARLIER).
    pub earlier: Vec<T>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub exit: Option<Exit>,
    /// Processor time, in microseconds, as last seen.
    pub cpu_us: Option<u64>,
    /// The most memory it held at once, in bytes, as last seen.
    pub peak_rss: Option<u64>,
}

impl<T> Process<T> {
    /// How many earlier command lines are kept.
    pub const EARLIER: usize = 8;
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub enum Exit {
    /// By itself, with this code.
    Code(u8),
    /// By this signal.
    Signal(u8),
}

words! {
    /// The way a connection went.
    Way {
        /// Through the proxy, which decrypted it.
        Decrypted = "decrypted",
        /// Through the proxy, undecrypted.
        Tunnelled = "tunnelled",
        /// Past the proxy.
        Past = "past",
    }
}

/// A network connection: an envelope of what passed, never the content. A later sighting makes
/// the event more complete. What the kernel sees of a connection *to* the proxy is
/// [`Tunnelled`](Way::Tunnelled) to the proxy's own address, until the proxy's own sighting joins
/// it by `client_port` and says where it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection<T> {
    /// Host name or address as the client named it; past the proxy the listed host that the
    /// address is known to belong to, else the address.
    pub host: T,
    /// Port.
    pub port: u16,
    /// The way it went.
    pub way: Way,
    /// Bytes from the client.
    pub sent: u64,
    /// Bytes to the client.
    pub received: u64,
    /// How long it was open, in microseconds; so far, while it is.
    pub duration_us: u64,
    /// Why it ended or was not decrypted.
    pub detail: Option<T>,
    /// The client whose process made it, by its word, where known.
    pub client: Option<Cow<'static, str>>,
    /// The client's own port: the proxy and the kernel both see it.
    pub client_port: Option<u16>,
    /// True when it was still open as it was last seen.
    pub open: bool,
}

/// A file read or written. Filled by the kernel sources.
#[derive(Clone, Debug, PartialEq)]
pub struct File<T> {
    /// Its path.
    pub path: T,
    /// True when it was written.
    pub written: bool,
}

/// A package installation.
#[derive(Clone, Debug, PartialEq)]
pub struct Install<T> {
    /// The command.
    pub command: T,
}

/// A message on an AI web page, or that such a page was visited.
#[derive(Clone, Debug, PartialEq)]
pub struct BrowserMessage<T> {
    /// The site.
    pub host: T,
    /// The text, or words about the visit.
    pub text: T,
}

/// A change of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigChange<T> {
    /// What changed (`pause`, `resume`, a file).
    pub what: T,
    /// Words about it.
    pub detail: T,
}

/// Something that could not be seen, read or scanned.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap<T> {
    /// A fixed word for the reason, such as `line-too-long`.
    pub reason: &'static str,
    /// Words about it.
    pub detail: T,
    /// Bytes that are missing, where known.
    pub bytes: Option<u64>,
}

/// What the client notes about itself: compaction, hooks, records of unknown types.
#[derive(Clone, Debug, PartialEq)]
pub struct System<T> {
    /// What it is (`compact_boundary`, `system_prompt`, `unknown:TYPE`).
    pub name: T,
    /// Its content.
    pub text: T,
}

impl<T> Kind<T> {
    /// The kind's name.
    pub const fn name(&self) -> KindName {
        match self {
            Self::Prompt(_) => KindName::Prompt,
            Self::Response(_) => KindName::Response,
            Self::Thinking(_) => KindName::Thinking,
            Self::ToolCall(_) => KindName::ToolCall,
            Self::ToolResult(_) => KindName::ToolResult,
            Self::ModelCall(_) => KindName::ModelCall,
            Self::Process(_) => KindName::Process,
            Self::Connection(_) => KindName::Connection,
            Self::File(_) => KindName::File,
            Self::Install(_) => KindName::Install,
            Self::BrowserMessage(_) => KindName::BrowserMessage,
            Self::ConfigChange(_) => KindName::ConfigChange,
            Self::Gap(_) => KindName::Gap,
            Self::System(_) => KindName::System,
        }
    }

    /// Turns every text with `f`, which is told the field that it belongs to.
    pub fn map_text<U>(self, f: &mut impl FnMut(Field, T) -> U) -> Kind<U> {
        match self {
            Self::Prompt(Prompt { text }) => Kind::Prompt(Prompt { text: f(Field::Text, text) }),
            Self::Response(Response { text }) => {
                Kind::Response(Response { text: f(Field::Text, text) })
            }
            Self::Thinking(Thinking { text }) => {
                Kind::Thinking(Thinking { text: f(Field::Text, text) })
            }
            Self::ToolCall(call) => Kind::ToolCall(ToolCall {
                name: f(Field::Name, call.name),
                input: f(Field::Input, call.input),
                outcome: call.outcome,
            }),
            Self::ToolResult(result) => Kind::ToolResult(ToolResult {
                call: result.call,
                text: f(Field::Text, result.text),
                outcome: result.outcome,
                denied_by: result.denied_by.map(|text| f(Field::Detail, text)),
            }),
            Self::ModelCall(call) => Kind::ModelCall(ModelCall {
                provider: call.provider,
                model: f(Field::Name, call.model),
                message: f(Field::Id, call.message),
                request: call.request.map(|text| f(Field::Id, text)),
                stop_reason: call.stop_reason.map(|text| f(Field::Detail, text)),
                usage: call.usage,
                cost: call.cost,
                rank: call.rank,
                latency_us: call.latency_us,
                first_byte_us: call.first_byte_us,
                status: call.status,
            }),
            Self::Process(process) => Kind::Process(Process {
                client: process.client,
                root: process.root,
                parent: process.parent,
                exe: process.exe.map(|text| f(Field::Path, text)),
                argv: f(Field::Argv, process.argv),
                argv_cut: process.argv_cut,
                cwd: process.cwd.map(|text| f(Field::Path, text)),
                earlier: process.earlier.into_iter().map(|text| f(Field::Detail, text)).collect(),
                ended: process.ended,
                exit: process.exit,
                cpu_us: process.cpu_us,
                peak_rss: process.peak_rss,
            }),
            Self::Connection(flow) => Kind::Connection(Connection {
                host: f(Field::Host, flow.host),
                port: flow.port,
                way: flow.way,
                sent: flow.sent,
                received: flow.received,
                duration_us: flow.duration_us,
                detail: flow.detail.map(|text| f(Field::Detail, text)),
                client: flow.client,
                client_port: flow.client_port,
                open: flow.open,
            }),
            Self::File(File { path, written }) => {
                Kind::File(File { path: f(Field::Path, path), written })
            }
            Self::Install(Install { command }) => {
                Kind::Install(Install { command: f(Field::Argv, command) })
            }
            Self::BrowserMessage(BrowserMessage { host, text }) => {
                Kind::BrowserMessage(BrowserMessage {
                    host: f(Field::Host, host),
                    text: f(Field::Text, text),
                })
            }
            Self::ConfigChange(ConfigChange { what, detail }) => Kind::ConfigChange(ConfigChange {
                what: f(Field::Name, what),
                detail: f(Field::Detail, detail),
            }),
            Self::Gap(Gap { reason, detail, bytes }) => {
                Kind::Gap(Gap { reason, detail: f(Field::Detail, detail), bytes })
            }
            Self::System(System { name, text }) => {
                Kind::System(System { name: f(Field::Name, name), text: f(Field::Text, text) })
            }
        }
    }
}
