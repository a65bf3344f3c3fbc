//! What the parser remembers between lines. It is kept in the checkpoint, so that reading on
//! after a restart gives the same events as reading in one go.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use vigil_proto::{EventId, Timestamp};

/// Answers remembered in each thread: a tool's result follows its call closely.
const ANSWERS: usize = 12;

/// Threads remembered in one file. New versions write one thread a file, old ones interleaved
/// sub-agents with their parent.
const THREADS: usize = 6;

/// Blocks remembered of one answer.
const BLOCKS: usize = 64;

/// The memory of one file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The session of the last line that named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    /// The first working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cwd: Option<String>,
    /// The last time that a line gave, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<i64>,
    /// The session that already has its first prompt as title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) titled: Option<String>,
    /// A summary that stood before the first line of a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waiting_title: Option<String>,
    /// Threads, the one used last at the end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) threads: Vec<Thread>,
}

/// One line of conversation: the session's main one, or a sub-agent's.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Thread {
    /// The sub-agent's id; none for the main thread.
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Id of the last answer.
    #[serde(rename = "a", skip_serializing_if = "String::is_empty")]
    pub(super) after: String,
    /// The prompt that began the turn.
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    pub(super) turn: Option<EventId>,
    /// The last answers, newest at the end.
    #[serde(rename = "m", skip_serializing_if = "VecDeque::is_empty")]
    pub(super) answers: VecDeque<Answer>,
}

/// An answer of the model, as far as its lines have been read.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    /// The provider's id.
    #[serde(rename = "i")]
    pub(super) id: String,
    /// The request's id, empty when no line gave one.
    #[serde(rename = "r", skip_serializing_if = "String::is_empty")]
    pub(super) request: String,
    /// Hash of the usage and stop reason that were sent last; 0 before that.
    #[serde(rename = "u")]
    pub(super) usage: u64,
    /// True when server tools or citations may split its text into several blocks.
    #[serde(rename = "s", skip_serializing_if = "is_false")]
    pub(super) split: bool,
    /// Its blocks.
    #[serde(rename = "b", skip_serializing_if = "Vec::is_empty")]
    pub(super) blocks: Vec<Seen>,
}

/// A block that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// What kind.
    #[serde(rename = "k")]
    pub(super) kind: BlockKind,
    /// Its index within the answer.
    #[serde(rename = "x")]
    pub(super) index: u32,
    /// Hash of its content.
    #[serde(rename = "h")]
    pub(super) content: u64,
    /// The tool call's id.
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<String>,
    /// True for a call of the tool that runs commands.
    #[serde(rename = "s", default, skip_serializing_if = "is_false")]
    pub(super) runs: bool,
}

/// The kinds that are told apart when blocks are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum BlockKind {
    /// Text.
    #[serde(rename = "t")]
    Text,
    /// Thinking, redacted or not.
    #[serde(rename = "h")]
    Thinking,
    /// A tool call.
    #[serde(rename = "c")]
    Call,
    /// Anything else.
    #[serde(rename = "o")]
    Other,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl State {
    /// From a checkpoint; a fresh one when it cannot be read.
    pub(super) fn load(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// For a checkpoint.
    pub(super) fn save(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The last known time.
    pub(super) fn at(&self) -> Option<Timestamp> {
        self.at.map(Timestamp::from_micros)
    }

    /// The thread called `name`, created when it is new.
    pub(super) fn thread(&mut self, name: Option<&str>) -> &mut Thread {
        let last = self.threads.len().wrapping_sub(1);
        match self.threads.iter().position(|thread| thread.name.as_deref() == name) {
            Some(found) if found == last => {}
            Some(found) => {
                let thread = self.threads.remove(found);
                self.threads.push(thread);
            }
            None => {
                if self.threads.len() >= THREADS {
                    self.threads.remove(0);
                }
                self.threads.push(Thread { name: name.map(str::to_owned), ..Thread::default() });
            }
        }
        let last = self.threads.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "a thread was found or pushed just above")]
        &mut self.threads[last]
    }
}

impl Thread {
    /// The answer `id`, created when it is new; and true when another answer has begun since.
    pub(super) fn answer(&mut self, id: &str) -> (&mut Answer, bool) {
        let found = self.answers.iter().rposition(|answer| answer.id == id);
        let index = found.unwrap_or_else(|| {
            if self.answers.len() >= ANSWERS {
                self.answers.pop_front();
            }
            self.answers.push_back(Answer { id: id.to_owned(), ..Answer::default() });
            self.answers.len() - 1
        });
        let reopened = index + 1 < self.answers.len();
        #[expect(clippy::indexing_slicing, reason = "the answer was found or pushed just above")]
        (&mut self.answers[index], reopened)
    }

    /// The id of the answer that asked for the tool call `call`, and whether that is a command.
    pub(super) fn answer_of_call(&self, call: &str) -> Option<(&str, bool)> {
        self.answers.iter().rev().find_map(|answer| {
            let block = answer.blocks.iter().find(|block| block.call.as_deref() == Some(call))?;
            Some((answer.id.as_str(), block.runs))
        })
    }
}

impl Answer {
    /// The index that identifies a block of this answer. `given` is the client's own index,
    /// where it writes one.
    ///
    /// Without it, blocks are counted in order, and two rules keep a forged line from hiding
    /// behind a new number. A line that comes back to an answer after the next one has begun,
    /// and text (or thinking) directly after text, are keyed to the block that is there: the
    /// same id with other content is a conflict that everyone sees. Answers with server tools
    /// or citations really have several texts.
    pub(super) fn place(&mut self, block: &Seen, given: Option<u32>, reopened: bool) -> u32 {
        let same = self.blocks.iter().find(|seen| {
            seen.kind == block.kind
                && match (&seen.call, &block.call) {
                    (Some(seen), Some(call)) => seen == call,
                    _ => seen.content == block.content && given.is_none_or(|x| x == seen.index),
                }
        });
        if let Some(same) = same {
            return same.index;
        }
        let prose = matches!(block.kind, BlockKind::Text | BlockKind::Thinking);
        let follows = self.blocks.last().is_some_and(|last| last.kind == block.kind);
        if given.is_none() && prose && (reopened || follows) && !self.split {
            let there = self.blocks.iter().rev().find(|seen| seen.kind == block.kind);
            if let Some(there) = there {
                return there.index;
            }
        }
        let next = self.blocks.iter().map(|seen| seen.index + 1).max().unwrap_or(0);
        let index = given.unwrap_or(next);
        if self.blocks.len() >= BLOCKS {
            self.blocks.remove(0);
        }
        self.blocks.push(Seen { index, ..block.clone() });
        index
    }
}
