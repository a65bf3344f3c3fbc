//! What a source hands to the pipeline in one piece, and what is committed in one transaction:
//! events, what is known of their sessions, and how far the source has read.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    event::{Event, Field, Witness},
    id::{EventId, SessionId, SourceId},
    package::Installed,
    text::{Masked, Sensitive},
    time::Timestamp,
};

/// A source's output. Every session that an event refers to must be in `sessions`.
#[derive(Clone, Debug)]
pub struct Batch<T> {
    /// Who saw it and where.
    pub source: Source<T>,
    /// What is known of the sessions; later facts replace earlier ones, absent ones do not.
    pub sessions: Vec<SessionFacts<T>>,
    /// Sub-agents of those sessions.
    pub subagents: Vec<Subagent<T>>,
    /// The events, in the source's order.
    pub events: Vec<Event<T>>,
    /// What the events install. Sources tell none: it is read from masked events, and judged, on
    /// the way to the store. An event may be one that is stored already.
    pub installs: Vec<Installed>,
    /// How far the source has read once these rows are committed.
    pub checkpoint: Option<Checkpoint>,
    /// Named counters to add to: records skipped, unknown types, drops.
    pub counts: Counts,
    /// What has become of the file that the source is.
    pub fate: Option<FileFate>,
}

/// What has become of a client's file that was read, and when that was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFate {
    /// What it is.
    pub what: Fate,
    /// When it was noticed.
    pub at: Timestamp,
}

/// What can become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is not there any more.
    Vanished,
    /// What it held is elsewhere in the client's folders, or there in another form.
    Moved,
    /// It does not hold what was read, or is another file.
    Rewritten,
    /// It had vanished, and is there again.
    Back,
}

/// A file that was read once, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Its source.
    pub source: SourceId,
    /// Where it was.
    pub place: Masked,
    /// True when it was noticed to have vanished.
    pub gone: bool,
}

/// Counters by name. Names that begin with `drop.` or `gap.` are what `vigil status` shows as
/// drops; `read.` and `skip.` are statistics.
pub type Counts = BTreeMap<Cow<'static, str>, u64>;

/// Where a batch comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source<T> {
    /// The source's id.
    pub id: SourceId,
    /// What kind of witness it is.
    pub witness: Witness,
    /// Its place: a path, a listener.
    pub place: T,
}

/// What is known of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFacts<T> {
    /// Its id, from `client` and `native`.
    pub id: SessionId,
    /// The client, such as `claude-code`.
    pub client: Cow<'static, str>,
    /// The client's own id of it.
    pub native: T,
    /// The client's version.
    pub version: Option<T>,
    /// The session that this one continues or was forked from.
    pub parent: Option<SessionId>,
    /// Working directory.
    pub cwd: Option<T>,
    /// Git branch.
    pub branch: Option<T>,
    /// Title, and how good it is: a higher rank replaces a lower one.
    pub title: Option<(TitleRank, T)>,
}

/// Where a session's title comes from, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TitleRank {
    /// The first prompt's beginning.
    FirstPrompt = 1,
    /// A summary that the client wrote.
    Summary = 2,
    /// The user's own name for it.
    Custom = 3,
}

/// With this begins the name that a witness makes up for a session which nothing that it saw names.
pub const PROVISIONAL: &str = "flow-";

/// With this begins what a tool call is called of which a witness knows no id of the provider's.
pub const NAMELESS: &str = "nameless:";

/// The thread of what a client asks beside its conversation, such as a title: nobody's words, and no
/// turn of the session.
pub const ASIDE: &str = "aside";

impl<T> SessionFacts<T> {
    /// The session `native` of `client`, with nothing else known.
    pub fn new(client: &'static str, native: T, id: SessionId) -> Self {
        Self {
            id,
            client: Cow::Borrowed(client),
            native,
            version: None,
            parent: None,
            cwd: None,
            branch: None,
            title: None,
        }
    }
}

/// A sub-agent: a thread of its own within a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subagent<T> {
    /// The session it belongs to.
    pub session: SessionId,
    /// The client's id of the thread, as in [`Event::thread`].
    pub thread: T,
    /// The tool call that started it, where known.
    pub started_by: Option<T>,
    /// What kind of agent.
    pub agent_type: Option<T>,
}

/// How far a source has read. A mismatch of the first three means: read again from the start;
/// what is already known is recognised by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The source.
    pub source: SourceId,
    /// The file's device.
    pub device: u64,
    /// The file's inode.
    pub inode: u64,
    /// Hash of the file's first bytes (at most 1 KiB, see `head_len`).
    pub head: u64,
    /// How many bytes `head` covers.
    pub head_len: u32,
    /// Offset after the last complete line that was read.
    pub offset: u64,
    /// The parser's own memory at that offset: a JSON document, otherwise opaque to everyone else.
    pub state: Vec<u8>,
    /// When the file was last read.
    pub at: Timestamp,
}

impl<T> Batch<T> {
    /// An empty batch from `source`.
    pub fn new(source: Source<T>) -> Self {
        Self {
            source,
            sessions: Vec::new(),
            subagents: Vec::new(),
            events: Vec::new(),
            installs: Vec::new(),
            checkpoint: None,
            counts: Counts::new(),
            fate: None,
        }
    }

    /// Adds `n` to the counter `name`.
    pub fn count(&mut self, name: impl Into<Cow<'static, str>>, n: u64) {
        *self.counts.entry(name.into()).or_default() += n;
    }

    /// True when committing it would change nothing.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
            && self.subagents.is_empty()
            && self.events.is_empty()
            && self.installs.is_empty()
            && self.checkpoint.is_none()
            && self.counts.is_empty()
            && self.fate.is_none()
    }
}

impl Batch<Sensitive> {
    /// Turns every text of the batch from clear into masked. `mask` is told which event (none
    /// for facts about source and session) and which field each text belongs to.
    pub fn mask_with(
        self,
        mut mask: impl FnMut(Option<EventId>, Field, Sensitive) -> Masked,
    ) -> Batch<Masked> {
        let source = Source {
            id: self.source.id,
            witness: self.source.witness,
            place: mask(None, Field::Path, self.source.place),
        };
        let sessions = self
            .sessions
            .into_iter()
            .map(|facts| SessionFacts {
                id: facts.id,
                client: facts.client,
                native: mask(None, Field::Id, facts.native),
                version: facts.version.map(|text| mask(None, Field::Name, text)),
                parent: facts.parent,
                cwd: facts.cwd.map(|text| mask(None, Field::Path, text)),
                branch: facts.branch.map(|text| mask(None, Field::Name, text)),
                title: facts.title.map(|(rank, text)| (rank, mask(None, Field::Text, text))),
            })
            .collect();
        let subagents = self
            .subagents
            .into_iter()
            .map(|link| Subagent {
                session: link.session,
                thread: mask(None, Field::Id, link.thread),
                started_by: link.started_by.map(|text| mask(None, Field::Id, text)),
                agent_type: link.agent_type.map(|text| mask(None, Field::Name, text)),
            })
            .collect();
        let events = self
            .events
            .into_iter()
            .map(|event| {
                let id = event.id;
                event.map_text(&mut |field, text| mask(Some(id), field, text))
            })
            .collect();
        Batch {
            source,
            sessions,
            subagents,
            events,
            installs: self.installs,
            checkpoint: self.checkpoint,
            counts: self.counts,
            fate: self.fate,
        }
    }
}
