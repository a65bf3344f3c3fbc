//! The audit chain: what each transaction added, changed or deleted is committed to in a link, in
//! the same transaction. Makes changes evident, to whoever holds an older head; it prevents none,
//! since whoever may write the file may also write a whole new chain (docs/adr/0011-audit-chain.md).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::SystemTime,
};

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::Timestamp;

use crate::body::{self, Unpacker};

pub(crate) mod entries;
pub(crate) mod facts;
pub(crate) mod link;

pub use self::link::Head;
use self::{
    entries::{Entry, Writing},
    facts::{Digest, Event, Hashing, Of, Said, Short, Text},
    link::{Link, Reason},
};

/// How many events one link speaks of when a store gets its chain.
const AS_FOUND: i64 = 1 << 16;

/// The end of the chain, and what the open transaction has touched since.
#[derive(Debug)]
pub(crate) struct Chain {
    head: Head,
    /// Events with larger numbers are new.
    last_seq: i64,
    /// Events that were changed, or have something beside their row.
    events: BTreeSet<i64>,
    /// Of those, the ones that had no text and now have one.
    filled: BTreeSet<i64>,
    /// And the ones of which a text was masked again.
    rewritten: BTreeSet<i64>,
    /// Other rows, and whether they are new.
    rows: BTreeMap<(Of, i64), bool>,
    deleted: Vec<i64>,
    /// Other rows that are deleted.
    deleted_rows: Vec<(Of, i64)>,
    reason: Reason,
    /// Hashes of the long texts that the transaction has met.
    texts: HashMap<i64, Digest>,
}

impl Chain {
    /// From the database, which has given its events numbers up to `last_seq`.
    pub(crate) fn load(conn: &Connection, last_seq: i64) -> rusqlite::Result<Self> {
        Ok(Self {
            head: link::last(conn)?,
            last_seq,
            events: BTreeSet::new(),
            filled: BTreeSet::new(),
            rewritten: BTreeSet::new(),
            rows: BTreeMap::new(),
            deleted: Vec::new(),
            deleted_rows: Vec::new(),
            reason: Reason::Told,
            texts: HashMap::new(),
        })
    }

    /// The end of the chain, as the last [`seal`](Self::seal) left it.
    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// The row of an event, or what belongs to it, is changed. New rows need no telling.
    pub(crate) fn event(&mut self, seq: i64) {
        self.events.insert(seq);
    }

    /// An event that had no text gets one.
    pub(crate) fn fills(&mut self, seq: i64) {
        self.event(seq);
        if seq <= self.last_seq {
            self.filled.insert(seq);
        }
    }

    /// A text of an event, which else never changes, is masked again.
    pub(crate) fn rewrites(&mut self, seq: i64) {
        self.event(seq);
        if seq <= self.last_seq {
            self.rewritten.insert(seq);
            self.reason = Reason::MaskedAgain;
        }
    }

    /// So is one of another row.
    pub(crate) fn rewrites_row(&mut self, of: Of, number: i64) {
        self.rows.insert((of, number), true);
        self.reason = Reason::MaskedAgain;
    }

    /// A row is new.
    pub(crate) fn adds(&mut self, of: Of, number: i64) {
        self.rows.insert((of, number), true);
    }

    /// A row is changed.
    pub(crate) fn changes(&mut self, of: Of, number: i64) {
        self.rows.entry((of, number)).or_insert(false);
    }

    /// Events are about to be deleted.
    pub(crate) fn deletes(&mut self, events: Vec<i64>, reason: Reason) {
        self.deleted.extend(events);
        self.reason = reason;
    }

    /// So are other rows, for the same reason.
    pub(crate) fn deletes_rows(&mut self, rows: Vec<(Of, i64)>) {
        self.deleted_rows = rows;
    }

    /// An event turned out to be one with another, and is deleted.
    pub(crate) fn unites(&mut self, seq: i64) {
        self.events.remove(&seq);
        if seq <= self.last_seq {
            self.deleted.push(seq);
            self.reason = Reason::United;
        }
    }

    /// A long text was met.
    pub(crate) fn text(&mut self, body: i64, digest: Digest) {
        self.texts.insert(body, digest);
    }

    /// Adds the link of the open transaction, when it has changed anything that is told. To be
    /// called right before it is committed, once no row changes any more.
    pub(crate) fn seal(&mut self, conn: &Connection, last_seq: i64) -> rusqlite::Result<()> {
        let nothing = last_seq == self.last_seq
            && self.events.is_empty()
            && self.rows.is_empty()
            && self.deleted.is_empty()
            && self.deleted_rows.is_empty();
        if !nothing {
            let salt: Vec<u8> =
                conn.prepare_cached("SELECT randomblob(16)")?.query_row([], |row| row.get(0))?;
            let (entries, count) = self.list(conn, last_seq, &salt)?;
            self.add(conn, last_seq, salt, entries, count)?;
        }
        self.events.clear();
        self.filled.clear();
        self.rewritten.clear();
        self.rows.clear();
        self.deleted.clear();
        self.deleted_rows.clear();
        self.texts.clear();
        self.reason = Reason::Told;
        Ok(())
    }

    /// The list of the link: what the open transaction has touched, as it is now.
    fn list(
        &self,
        conn: &Connection,
        last_seq: i64,
        salt: &[u8],
    ) -> rusqlite::Result<(Vec<u8>, u64)> {
        let mut sealing = Sealing::new(conn, salt, &self.texts)?;
        sealing.changed_events(self)?;
        sealing.new_events((self.last_seq, last_seq), |seq| self.events.contains(&seq))?;
        sealing.rows(&self.rows)?;
        for (of, number) in &self.deleted_rows {
            sealing.entries.add(&Entry::gone(*of, *number));
        }
        Ok(sealing.entries.finish())
    }

    fn add(
        &mut self,
        conn: &Connection,
        last_seq: i64,
        salt: Vec<u8>,
        entries: Vec<u8>,
        count: u64,
    ) -> rusqlite::Result<()> {
        let mut link = Link {
            number: self.head.number.cast_signed().saturating_add(1),
            at: Timestamp::from(SystemTime::now()).as_micros(),
            reason: self.reason as i64,
            last_seq,
            count: count.cast_signed(),
            salt,
            head: Vec::new(),
            entries,
        };
        let head = link.follows(&self.head.head.0);
        link.head = head.to_vec();
        link.insert(conn)?;
        self.head = Head {
            number: self.head.number.saturating_add(1),
            count,
            head: vigil_proto::rpc::ChainHead(head),
        };
        self.last_seq = last_seq;
        Ok(())
    }
}

/// One link's list while it is made.
struct Sealing<'c> {
    conn: &'c Connection,
    key: [u8; 32],
    hashing: Hashing<'c>,
    texts: &'c HashMap<i64, Digest>,
    bodies: Unpacker,
    body_key: Option<[u8; 32]>,
    entries: Writing,
}

impl<'c> Sealing<'c> {
    fn new(
        conn: &'c Connection,
        salt: &[u8],
        texts: &'c HashMap<i64, Digest>,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            conn,
            key: facts::key(salt),
            hashing: Hashing::new(conn)?,
            texts,
            bodies: Unpacker::default(),
            body_key: None,
            entries: Writing::default(),
        })
    }

    /// Events of earlier links that were changed or deleted.
    fn changed_events(&mut self, chain: &Chain) -> rusqlite::Result<()> {
        let (sql, _) = Of::Event.rows();
        let mut statement = self.conn.prepare_cached(&format!("{sql} WHERE seq = ?"))?;
        for seq in chain.events.range(..=chain.last_seq) {
            let mut rows = statement.query([seq])?;
            let Some(row) = rows.next()? else { continue };
            let event = Event::read(row)?;
            if chain.rewritten.contains(seq) {
                let entry = self.whole(&event, true)?;
                self.entries.add(&entry);
                continue;
            }
            let text = if chain.filled.contains(seq) {
                let digest = self.digest(&event)?;
                Some(self.hashing.event_text(&event, digest, &self.key)?)
            } else {
                None
            };
            let digest = if event.grows { self.digest(&event)? } else { None };
            let changes = self.hashing.event_changes(&event, (true, digest), &self.key)?;
            self.entries.add(&Entry {
                text,
                changes: Some(changes),
                ..Entry::gone(Of::Event, *seq)
            });
        }
        for seq in &chain.deleted {
            self.entries.add(&Entry::gone(Of::Event, *seq));
        }
        Ok(())
    }

    /// Events with numbers from the one after `after` to `to`.
    fn new_events(
        &mut self,
        (after, to): (i64, i64),
        beside: impl Fn(i64) -> bool,
    ) -> rusqlite::Result<()> {
        let (sql, _) = Of::Event.rows();
        let sql = format!("{sql} WHERE seq > ? AND seq <= ? ORDER BY seq");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([after, to])?;
        while let Some(row) = rows.next()? {
            let event = Event::read(row)?;
            let entry = self.whole(&event, beside(event.seq))?;
            self.entries.add(&entry);
        }
        Ok(())
    }

    /// All that is to be said of an event.
    fn whole(&mut self, event: &Event<'_, '_>, beside: bool) -> rusqlite::Result<Entry> {
        let digest = self.digest(event)?;
        let (said, text) = match event.text {
            Text::Within => (Said::Row(digest), None),
            Text::Apart => (Said::Apart, Some(self.hashing.event_text(event, digest, &self.key)?)),
        };
        let stays = self.hashing.event_stays(event, (event.loose, said), &self.key)?;
        let changes = self.hashing.event_changes(event, (beside, digest), &self.key)?;
        Ok(Entry {
            of: Of::Event,
            number: event.seq,
            stays: Some(stays),
            text,
            changes: Some(changes),
            loose: event.loose,
        })
    }

    /// The hash of the event's long text; none when it has no long text, or has lost it.
    fn digest(&mut self, event: &Event<'_, '_>) -> rusqlite::Result<Option<Digest>> {
        let Some(body) = event.body else { return Ok(None) };
        if let Some(digest) = self.texts.get(&body) {
            return Ok(Some(*digest));
        }
        let key = match self.body_key {
            Some(key) => key,
            None => *self.body_key.insert(body::key(self.conn)?.unwrap_or_default()),
        };
        match self.bodies.text(self.conn, body) {
            // A text that cannot be unpacked is lost, which must not keep a store from going on.
            Err(rusqlite::Error::ToSqlConversionFailure(error)) => {
                tracing::warn!(%error, "a text cannot be unpacked");
                Ok(None)
            }
            text => Ok(text?.map(|text| body::digest(&key, &text))),
        }
    }

    fn rows(&mut self, rows: &BTreeMap<(Of, i64), bool>) -> rusqlite::Result<()> {
        for ((of, number), new) in rows {
            let sql = format!("{} WHERE id = ?", of.rows().0);
            let mut statement = self.conn.prepare_cached(&sql)?;
            let hashes = statement
                .query_row([number], |row| self.hashing.row(*of, row, (&self.key, &self.key)))
                .optional()?;
            if let Some(hashes) = hashes {
                self.entries.add(&entry_of(*of, *number, *new, hashes));
            }
        }
        Ok(())
    }
}

fn entry_of(of: Of, number: i64, new: bool, (stays, changes): (Short, Short)) -> Entry {
    Entry {
        stays: (new && of.stays()).then_some(stays),
        changes: of.changes().then_some(changes),
        ..Entry::gone(of, number)
    }
}

/// Has [`as_found_if_asked`] commit to the store that is being brought forward, once all is there that a
/// commitment reads.
pub(crate) fn is_to_commit(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute("INSERT OR REPLACE INTO meta VALUES ('commit as found', 1)", []).map(|_| ())
}

/// Commits to the store as it is found when an earlier step of bringing it forward asked for that.
pub(crate) fn as_found_if_asked(conn: &Connection) -> rusqlite::Result<()> {
    match conn.execute("DELETE FROM meta WHERE name = 'commit as found'", [])? {
        0 => Ok(()),
        _ => as_found(conn),
    }
}

/// Commits to what a store holds that was written before there was a chain, as it is found. A store
/// with a chain commits to its connections anew, whose figures stand elsewhere since.
pub(crate) fn as_found(conn: &Connection) -> rusqlite::Result<()> {
    let mut chain = Chain::load(conn, 0)?;
    if chain.head.number > 0 {
        let mut flows = conn.prepare_cached("SELECT seq FROM flows")?;
        chain.events = flows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        chain.last_seq = last_number(conn)?;
        return chain.seal(conn, chain.last_seq);
    }
    for of in Of::ALL.into_iter().filter(|of| *of != Of::Event) {
        let mut statement = conn.prepare(of.rows().0)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            chain.adds(of, row.get(0)?);
        }
    }
    let last_seq = last_number(conn)?;
    loop {
        let to = last_seq.min(chain.last_seq.saturating_add(AS_FOUND));
        // Further witnesses and findings are looked for at every event.
        let mut seqs = conn.prepare_cached("SELECT seq FROM events WHERE seq > ? AND seq <= ?")?;
        chain.events =
            seqs.query_map([chain.last_seq, to], |row| row.get(0))?.collect::<Result<_, _>>()?;
        chain.reason = Reason::AsFound;
        chain.seal(conn, to)?;
        if to == last_seq {
            return Ok(());
        }
    }
}

/// Commits to suppressions, and to which one a finding is suppressed by, where they were made before
/// the chain spoke of them.
pub(crate) fn adopt_suppressions(conn: &Connection) -> rusqlite::Result<()> {
    let last_seq = last_number(conn)?;
    let mut chain = Chain::load(conn, last_seq)?;
    for (of, new, sql) in [
        (Of::Suppression, true, "SELECT id FROM suppressions"),
        (Of::Finding, false, "SELECT id FROM findings WHERE suppression IS NOT NULL"),
    ] {
        let mut statement = conn.prepare(sql)?;
        let ids = statement.query_map([], |row| row.get(0))?;
        for id in ids {
            chain.rows.insert((of, id?), new);
        }
    }
    chain.seal(conn, last_seq)
}

/// The last number that was given to an event.
fn last_number(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row(
        "SELECT max(coalesce((SELECT max(seq) FROM events), 0),
             coalesce((SELECT value FROM meta WHERE name = 'last seq'), 0))",
        [],
        |row| row.get(0),
    )
}

/// Lets the chain of a new file go on where that of the file before it ended.
pub(crate) fn go_on_from(conn: &Connection, head: Head, now: Timestamp) -> rusqlite::Result<()> {
    if head.number == 0 { Ok(()) } else { Link::set_aside(head, now).insert(conn) }
}

/// A link that tells events anew, as somebody would make it who knows how.
#[cfg(test)]
pub(crate) fn forge(conn: &Connection, after: i64, to: i64) -> rusqlite::Result<()> {
    let mut chain = Chain::load(conn, after)?;
    chain.seal(conn, to)
}
