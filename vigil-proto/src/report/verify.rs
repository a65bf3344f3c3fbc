//! What a verification of the audit chain says (`vigil.verify/1`).

use serde::{Deserialize, Serialize};

use crate::{event::KindName, finding::words, rpc::ChainHead, text::Masked, time::Timestamp};

/// `vigil.verify/1`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Verified {
    /// True when nothing is altered, missing or added. What was deleted by the rules is intact.
    pub intact: bool,
    /// The chain itself.
    pub chain: ChainReport,
    /// Events.
    pub events: Tally,
    /// Findings.
    pub findings: Tally,
    /// Rows that others lean on: sessions, turns, names, sources.
    pub other: Tally,
    /// The heads that were noted elsewhere; none when none were given.
    pub anchors: Option<AnchorReport>,
    /// What is not as it was written, at most [`PROBLEMS`] of it: some of each kind, what matters
    /// most first.
    pub problems: Vec<Problem>,
    /// How much of it there is in all.
    pub problems_total: u64,
}

/// How many problems, and how many deletions, are told one by one.
pub const PROBLEMS: usize = 100;

/// The chain of a store.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ChainReport {
    /// Links that are there.
    pub links: u64,
    /// The number of the last one.
    pub number: u64,
    /// Its head, as it follows from what is there; in hexadecimal digits.
    pub head: Option<String>,
    /// When the first and the last link were made.
    pub from: Option<Timestamp>,
    /// See `from`.
    pub until: Option<Timestamp>,
    /// Until when the store had no chain: what was there then was committed to as it was found.
    pub as_found: Option<Timestamp>,
    /// The last link of a damaged file that was set aside, which this chain goes on from.
    pub goes_on_from: Option<u64>,
    /// Links that say that something was deleted: the newest, at most [`PROBLEMS`].
    pub deletions: Vec<Deletion>,
    /// How many of them there are in all.
    pub deletions_total: u64,
    /// Links that say that rows were masked again: the newest, at most [`PROBLEMS`].
    #[serde(default)]
    pub rewritings: Vec<Rewriting>,
    /// How many rows all of them say that of.
    #[serde(default)]
    pub rewritten: u64,
}

/// What a link says of texts that newer rules masked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewriting {
    /// The number of the link.
    pub link: u64,
    /// When it was made.
    pub at: Timestamp,
    /// How many rows were masked again.
    pub rows: u64,
}

/// What a link says of a deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// The number of the link.
    pub link: u64,
    /// When it was made.
    pub at: Timestamp,
    /// `age`, `quota` or `forgotten`.
    pub why: String,
    /// How many rows were deleted.
    pub rows: u64,
}

/// How many rows of a kind are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// There, and as they were written.
    pub intact: u64,
    /// Deleted because they were too old, and their commitments kept.
    pub purged_by_age: u64,
    /// Deleted because the store was too large, and their commitments kept.
    pub purged_by_quota: u64,
    /// Deleted because somebody asked for it, and their commitments kept.
    #[serde(default)]
    pub forgotten: u64,
    /// One with another: two witnesses told of it under different names, and its row was united with
    /// that of the other sighting.
    #[serde(default)]
    pub united: u64,
    /// There, and not as they were written.
    pub altered: u64,
    /// Written and not there, and no link says that they were deleted.
    pub missing: u64,
    /// There, and no link says that they were written.
    pub added: u64,
}

/// How the chain stands to the heads that were noted elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorReport {
    /// Heads that were given.
    pub given: u64,
    /// Those that the chain has.
    pub matched: u64,
    /// Those of links in a file that was set aside, which cannot be told here.
    pub elsewhere: u64,
    /// The last link that one of them vouches for: up to it, the chain is the one that was noted.
    pub vouched: u64,
    /// How many of them the root daemon noted; null when it was not asked, or is not there.
    #[serde(default)]
    pub by_daemon: Option<u64>,
    /// When the root daemon noted the head of that link, as far back as its journal was read.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// A head that was noted elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotedHead {
    /// The number of the link.
    pub number: u64,
    /// The head.
    pub head: ChainHead,
}

impl NotedHead {
    /// Reads a line with the number of a link and its head, as an anchor tells them; none when it
    /// says something else.
    pub fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (number, digits) = (words.next()?, words.next()?);
        if words.next().is_some() || digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        let mut head = [0; 32];
        for (at, byte) in head.iter_mut().enumerate() {
            let pair = digits.get(2 * at..2 * at + 2)?;
            // A sign would be read as well.
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self { number: number.parse().ok()?, head: ChainHead(head) })
    }
}

words! {
    /// What happened to a row or a link.
    Wrong {
        /// It is not as it was written.
        Altered = "altered",
        /// It is gone, and nothing says why.
        Missing = "missing",
        /// It was never written by Vigil.
        Added = "added",
    }
}

words! {
    /// What a problem is about.
    About {
        /// An event.
        Event = "event",
        /// A finding.
        Finding = "finding",
        /// A session's names and folders.
        Session = "session",
        /// Which turn a prompt began.
        Turn = "turn",
        /// A word that rows share: a tool, a model, a client.
        Name = "name",
        /// A place that events come from.
        Source = "source",
        /// What somebody does not want to be told of.
        Suppression = "suppression",
        /// A link of the chain.
        Link = "link",
        /// A head that was noted elsewhere.
        Anchor = "anchor",
    }
}

/// One thing that is not as it was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// What happened.
    pub what: Wrong,
    /// To what.
    pub about: About,
    /// Its number: of an event its `seq`, of a link its place in the chain.
    pub number: u64,
    /// The last number, when it is about several that follow one another.
    pub to: Option<u64>,
    /// One sentence.
    pub why: String,
    /// The link that last spoke of it.
    pub link: Option<u64>,
    /// When that link was made.
    pub link_at: Option<Timestamp>,
    /// The id of the event or finding, when its row is there.
    pub id: Option<String>,
    /// When it happened, when its row is there.
    pub at: Option<Timestamp>,
    /// The client's id of its session, when its row is there.
    pub session: Option<Masked>,
    /// The kind of the event, when its row is there.
    pub kind: Option<KindName>,
    /// A finding's rule, or the word, place or title in question.
    pub name: Option<Masked>,
}

#[cfg(test)]
mod tests;
