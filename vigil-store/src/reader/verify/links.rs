//! The links in their order: whether each follows from the one before, and what they say of each
//! row.

use std::collections::HashMap;

use rusqlite::Connection;
use vigil_proto::{
    Timestamp,
    report::{ChainReport, Deletion, PROBLEMS, Rewriting, Wrong},
    rpc::ChainHead,
};

use super::telling::{Place, Telling};
use crate::chain::{
    entries::{self, Entry},
    facts::{self, Of, Short},
    link::{Link, Reason},
};

/// What the chain says of one row. Hashes stand with the place of their link in the list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    /// Of what never changes.
    pub(super) stays: Option<(usize, Short)>,
    /// Of a text that stands apart or was filled in.
    pub(super) text: Option<(usize, Short)>,
    /// Of what may change.
    pub(super) changes: Option<(usize, Short)>,
    /// True when the text stood apart from the beginning.
    pub(super) apart: bool,
    /// True when a text was filled in later.
    pub(super) filled: bool,
    /// True for an event whose key was not fully known at first.
    pub(super) loose: bool,
    /// True when it was deleted.
    pub(super) gone: bool,
    /// True when it was because somebody asked for it: its number may be given again.
    forgotten: bool,
    /// True when a later link claims what only the first may say.
    pub(super) anew: bool,
    /// The last link that speaks of it.
    pub(super) last: usize,
}

impl Known {
    fn add(&mut self, link: usize, reason: Option<Reason>, entry: &Entry) {
        if self.forgotten && entry.of != Of::Event && !entry.is_gone() {
            *self = Self::default();
        }
        self.last = link;
        if entry.is_gone() {
            self.gone = true;
            self.forgotten = reason == Some(Reason::Forgotten);
            return;
        }
        self.anew |= self.gone;
        if let Some(stays) = entry.stays {
            if self.is_rewritten_by(reason, entry) {
                *self = Self { last: link, anew: self.anew, ..Self::default() };
            }
            self.anew |= self.stays.is_some();
            self.stays = Some((link, stays));
            self.apart = entry.text.is_some();
            self.loose = entry.loose;
        } else if entry.text.is_some() {
            self.anew |= self.filled;
            self.filled = true;
        }
        if let Some(text) = entry.text {
            self.text = Some((link, text));
        }
        if let Some(changes) = entry.changes {
            self.changes = Some((link, changes));
        }
    }

    /// True when the link says that it says anew what the row says, because its texts were masked
    /// again.
    fn is_rewritten_by(&self, reason: Option<Reason>, entry: &Entry) -> bool {
        reason == Some(Reason::MaskedAgain)
            && !self.gone
            && self.stays.is_some()
            && entry.stays.is_some()
    }
}

/// The chain as it was read.
#[derive(Debug)]
pub(super) struct Links {
    places: Vec<Place>,
    keys: Vec<[u8; 32]>,
    /// As they follow from what is there, or where that cannot be told, as they stand there.
    heads: Vec<[u8; 32]>,
    last_seq: i64,
    known: HashMap<(Of, i64), Known>,
    /// Links that say that something was deleted.
    deletions: Vec<Deletion>,
    /// Links that say that rows were masked again.
    rewritings: Vec<Rewriting>,
    /// True when no link is missing.
    pub(super) whole: bool,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            keys: Vec::new(),
            heads: Vec::new(),
            last_seq: 0,
            known: HashMap::new(),
            deletions: Vec::new(),
            rewritings: Vec::new(),
            whole: true,
        }
    }
}

/// What is known of the head of a link.
#[derive(Clone, Copy, Debug)]
pub(super) enum HeadOf {
    Is([u8; 32]),
    /// It was in a file that was set aside.
    Elsewhere,
    Missing,
}

/// The head before a link: as it follows, and as it stands there.
type Before = Option<[[u8; 32]; 2]>;

impl Links {
    pub(super) fn read(
        conn: &Connection,
        telling: &mut Telling<'_>,
        mut step: impl FnMut(),
    ) -> rusqlite::Result<Self> {
        let mut links = Self::default();
        let mut before: Before = Some([[0; 32]; 2]);
        let mut statement = conn.prepare(&format!("{} ORDER BY number", Link::COLUMNS))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            step();
            let number: i64 = row.get(0)?;
            if number < 1 {
                let why = "no link has such a number".to_owned();
                telling.link(Wrong::Added, (number.cast_unsigned(), None), why);
                continue;
            }
            before = if let Ok(link) = Link::read(row) {
                links.link(telling, &link, before)
            } else {
                // A value of another type than any that was written.
                let why = "it does not say what was written".to_owned();
                telling.link(Wrong::Altered, (number.cast_unsigned(), None), why);
                links.put(number, 0, None, [0; 32], [0; 32]);
                links.whole = false;
                None
            };
        }
        Ok(links)
    }

    fn put(&mut self, number: i64, at: i64, reason: Option<Reason>, key: [u8; 32], head: [u8; 32]) {
        let at = Timestamp::from_micros(at);
        self.places.push(Place { number: number.cast_unsigned(), at, reason });
        self.keys.push(key);
        self.heads.push(head);
    }

    /// Takes the next link; gives what the one after must follow from.
    #[expect(clippy::unnecessary_wraps, reason = "as after a link that cannot be read")]
    fn link(&mut self, telling: &mut Telling<'_>, link: &Link, before: Before) -> Before {
        let number = link.number.cast_unsigned();
        let reason = Reason::from_code(link.reason);
        let stands: Option<[u8; 32]> = link.head.as_slice().try_into().ok();
        if self.places.is_empty() && reason == Some(Reason::SetAside) {
            let head = stands.unwrap_or_default();
            self.put(link.number, link.at, reason, [0; 32], head);
            return Some([head; 2]);
        }
        let expected = self.number() + 1;
        let before = if number == expected {
            before
        } else {
            let to = (number - 1 > expected).then_some(number - 1);
            let why = "it is not there".to_owned();
            telling.link(Wrong::Missing, (expected, to), why);
            self.whole = false;
            None
        };
        let follows = before.map(|before| before.map(|before| link.follows(&before)));
        // After a missing link nothing can be computed; its own word has to do.
        let head = match (follows, stands) {
            (None, stands) => stands,
            (Some(follows), Some(stands)) if follows.contains(&stands) => Some(stands),
            (Some(_), _) => None,
        };
        let (mut listed, mut gone, mut rewritten) = (0, 0, 0);
        let mut readable = true;
        let index = self.places.len();
        for entry in entries::read(&link.entries) {
            let Some(entry) = entry else {
                readable = false;
                break;
            };
            listed += 1;
            gone += u64::from(entry.is_gone());
            let known = self.known.entry((entry.of, entry.number)).or_default();
            rewritten += u64::from(known.is_rewritten_by(reason, &entry));
            known.add(index, reason, &entry);
        }
        if head.is_none() || !readable || listed != link.count {
            let why = "its head does not follow from what it says and from the link before";
            telling.link(Wrong::Altered, (number, None), why.to_owned());
        } else if matches!(reason, None | Some(Reason::SetAside)) {
            let why = "no link is made for such a reason".to_owned();
            telling.link(Wrong::Added, (number, None), why);
        }
        if gone > 0 && reason != Some(Reason::United) {
            let at = Timestamp::from_micros(link.at);
            let why = match reason {
                Some(Reason::Age) => "age",
                Some(Reason::Quota) => "quota",
                Some(Reason::Forgotten) => "forgotten",
                _ => "unknown",
            };
            self.deletions.push(Deletion { link: number, at, why: why.to_owned(), rows: gone });
        }
        if rewritten > 0 {
            let at = Timestamp::from_micros(link.at);
            self.rewritings.push(Rewriting { link: number, at, rows: rewritten });
        }
        self.last_seq = link.last_seq;
        let computed = follows.map(|[first, _]| first).or(stands).unwrap_or_default();
        self.put(link.number, link.at, reason, facts::key(&link.salt), head.unwrap_or(computed));
        Some([computed, stands.unwrap_or_default()])
    }

    /// The number of the last link.
    pub(super) fn number(&self) -> u64 {
        self.places.last().map_or(0, |place| place.number)
    }

    /// The last event number that the chain knows.
    pub(super) const fn last_seq(&self) -> i64 {
        self.last_seq
    }

    pub(super) fn place(&self, index: usize) -> Place {
        self.places.get(index).copied().unwrap_or_default()
    }

    pub(super) fn key(&self, index: usize) -> &[u8; 32] {
        const NONE: &[u8; 32] = &[0; 32];
        self.keys.get(index).unwrap_or(NONE)
    }

    pub(super) fn head_of(&self, number: u64) -> HeadOf {
        let first = self.places.first().copied().unwrap_or_default();
        if number < first.number && first.reason == Some(Reason::SetAside) {
            return HeadOf::Elsewhere;
        }
        match self.places.binary_search_by_key(&number, |place| place.number) {
            Ok(index) => HeadOf::Is(self.heads.get(index).copied().unwrap_or_default()),
            Err(_) if number == 0 => HeadOf::Is([0; 32]),
            Err(_) => HeadOf::Missing,
        }
    }

    /// Takes out what the chain knows of a row.
    pub(super) fn take(&mut self, of: Of, number: i64) -> Option<Known> {
        self.known.remove(&(of, number))
    }

    /// Takes out what it knows of all the others, in their order.
    pub(super) fn take_rest(&mut self) -> Vec<((Of, i64), Known)> {
        let mut rest: Vec<_> = self.known.drain().collect();
        rest.sort_unstable_by_key(|(row, _)| *row);
        rest
    }

    pub(super) fn report(&self) -> ChainReport {
        let first = self.places.first();
        let aside = first.filter(|place| place.reason == Some(Reason::SetAside));
        let links = self.places.len() - usize::from(aside.is_some());
        let as_found = self.places.iter().rev().find(|place| place.reason == Some(Reason::AsFound));
        ChainReport {
            links: links as u64,
            number: self.number(),
            head: self.heads.last().map(|head| ChainHead(*head).to_string()),
            from: self.places.get(usize::from(aside.is_some())).map(|place| place.at),
            until: self.places.last().map(|place| place.at),
            as_found: as_found.map(|place| place.at),
            goes_on_from: aside.map(|place| place.number),
            deletions_total: self.deletions.len() as u64,
            deletions: self.deletions.iter().rev().take(PROBLEMS).cloned().collect(),
            rewritten: self.rewritings.iter().map(|rewriting| rewriting.rows).sum(),
            rewritings: self.rewritings.iter().rev().take(PROBLEMS).copied().collect(),
        }
    }
}
