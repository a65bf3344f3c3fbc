//! A recorded conversation as it is written back for its client, and what `vigil restore` and
//! `vigil forget` ask and answer.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    event::{KindName, Outcome},
    id::{EventId, SessionId},
    text::Masked,
    time::Timestamp,
    usage::Usage,
};

/// A recorded session, as far as it can be written back.
#[derive(Clone, Debug)]
pub struct Archived {
    /// Its id.
    pub key: SessionId,
    /// The client.
    pub client: String,
    /// The client's own id of it.
    pub native: Masked,
    /// The client's version.
    pub version: Option<Masked>,
    /// Where it ran.
    pub cwd: Option<Masked>,
    /// Git branch.
    pub branch: Option<Masked>,
    /// Where its files are or were, as they were recorded.
    pub places: Vec<Masked>,
    /// What was said and done in its main thread and is in its client's own files, in the order in
    /// which it stood there.
    pub said: Vec<Said>,
    /// Events of its sub-agents' threads, which are not in `said`.
    pub of_subagents: u64,
}

/// One event of an archived session.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: KindName,
    /// The tool, the model, or the name of what the client noted.
    pub name: Option<String>,
    /// The client's id of the tool call.
    pub tool_call: Option<Masked>,
    /// What became of the tool call.
    pub outcome: Option<Outcome>,
    /// The masked text; none when there is none any more.
    pub text: Option<Masked>,
    /// Of a model call, what is known of it.
    pub call: Option<SaidCall>,
}

/// What a client's file says of a model call.
#[derive(Clone, Debug)]
pub struct SaidCall {
    /// The provider's id of the answer.
    pub message: Masked,
    /// The provider's id of the request.
    pub request: Option<Masked>,
    /// Why the answer ended.
    pub stop_reason: Option<Masked>,
    /// Tokens.
    pub usage: Usage,
}

/// What `POST /api/v1/restore` asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoreOrder {
    /// Vigil's id of the session.
    pub session: SessionId,
}

/// `vigil.restore/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Restored {
    /// The client's id of the session.
    pub session: Masked,
    /// The client.
    pub client: String,
    /// The file that was written.
    pub path: PathBuf,
    /// Its lines.
    pub lines: u64,
    /// How its client goes on with it, and from which folder.
    pub resume: String,
    /// See `resume`.
    pub cwd: Option<Masked>,
    /// What is not in the file.
    pub left_out: Vec<String>,
}

/// What `POST /api/v1/forget` asks for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgetOrder {
    /// Vigil's ids of the sessions.
    pub sessions: Vec<SessionId>,
}

/// `vigil.forget/1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// True when nothing was deleted, because it was only asked what would be.
    pub dry_run: bool,
    /// The sessions.
    pub sessions: Vec<ForgottenSession>,
    /// Events.
    pub events: u64,
    /// Findings that were in nothing else.
    pub findings: u64,
    /// Texts that nothing else refers to.
    pub texts: u64,
    /// True while the words themselves are still in the database's files, because somebody reads it:
    /// they go as soon as that ends.
    #[serde(default)]
    pub pending: bool,
}

/// A session that is forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgottenSession {
    /// The client.
    pub client: String,
    /// The client's own id.
    pub id: Masked,
    /// Last event.
    pub last: Option<Timestamp>,
}
