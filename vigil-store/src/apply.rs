//! Applies batches within a transaction: the merge of sightings by natural key, and the
//! counters that spare every list and total from looking at events. Never commits on its own.

use std::{collections::HashMap, path::PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{Batch, Checkpoint, EventId, Finding, Masked, SessionId, Timestamp};

use crate::{
    chain::{Head, facts::Of, link::Reason},
    error::Error,
    fold,
    schema::Pace,
    spent::timed,
    store::Committed,
};

mod again;
mod alias;
mod alone;
mod archive;
mod aside;
mod call;
mod event;
mod finding;
mod flow;
mod forgotten;
mod hooked;
mod incomplete;
mod install;
mod joining;
mod numbered;
mod parts;
mod process;
mod sealed;
mod seen;
mod session;
mod state;
mod suppress;
mod tool;
mod triage;
mod tried;
mod turn;

#[cfg(test)]
pub(crate) use self::again::looked_through;
use self::state::State;
pub use self::{
    again::{MaskAgain, Masker, MaskingStep, Remasked, Stop},
    suppress::{Suppression, SuppressionOf},
};
pub(crate) use self::{
    again::{masked_by, status as masking},
    parts::main_text,
    process::{exit, process_ref},
    tool::touch_all,
    triage::Said,
};

/// The database as its only writer sees it.
pub(crate) struct Ledger {
    pub(crate) conn: Connection,
    pub(crate) path: PathBuf,
    state: State,
    /// Where the chain stands on disk.
    head: Head,
    open: bool,
    /// See [`fold`].
    pub(crate) is_fold_due: bool,
}

/// One transaction's view: the connection and what is kept in memory beside it.
pub(crate) struct Tx<'a> {
    conn: &'a Connection,
    state: &'a mut State,
    /// The events of the batch that findings and installs speak of, as they are met.
    met: HashMap<EventId, Met>,
}

/// An event that was applied.
#[derive(Clone, Copy, Debug)]
struct Met {
    /// Its row; absent until it is met.
    seq: Option<i64>,
    /// True when its row was there before.
    known: bool,
}

impl Ledger {
    /// Takes over a database that was opened and migrated.
    pub(crate) fn open(conn: Connection, path: PathBuf) -> Result<Self, Error> {
        let state = conn
            .execute_batch(
                "INSERT OR IGNORE INTO meta VALUES ('body key', randomblob(32));
                 INSERT OR REPLACE INTO meta VALUES ('open', 1);",
            )
            .and_then(|()| State::load(&conn))
            .map_err(|source| Error::sql("open the database", &path, source))?;
        let is_fold_due =
            fold::is_due(&conn).map_err(|source| Error::sql("open the database", &path, source))?;
        let head = state.chain.head();
        Ok(Self { conn, path, state, head, open: false, is_fold_due })
    }

    /// Applies one batch within the open transaction, beginning one when there is none.
    pub(crate) fn apply(
        &mut self,
        batch: &Batch<Masked>,
        findings: &[Finding],
    ) -> rusqlite::Result<()> {
        self.begin()?;
        let without = self.state.without_forgotten(batch, findings);
        let (batch, findings) =
            without.as_ref().map_or((batch, findings), |(batch, findings)| (batch, findings));
        let told = findings.iter().map(|finding| finding.event);
        let met = told
            .chain(batch.installs.iter().map(|installed| installed.event))
            .map(|event| (event, Met { seq: None, known: false }))
            .collect();
        Tx { conn: &self.conn, state: &mut self.state, met }.batch(batch, findings)
    }

    /// Adds to a counter within the open transaction.
    pub(crate) fn count(&mut self, name: &str, n: u64) {
        *self.state.counts.entry(name.to_owned()).or_default() += n;
    }

    /// Writes what is kept in memory, and commits.
    pub(crate) fn commit(&mut self) -> rusqlite::Result<Committed> {
        self.begin()?;
        self.suppress_new()?;
        let mut committed = self.state.save(&self.conn)?;
        timed(&mut committed.spent.commit, || self.conn.prepare_cached("COMMIT")?.execute([]))?;
        self.open = false;
        self.head = committed.head;
        Ok(committed)
    }

    /// Forgets the open transaction, in the database and in memory.
    pub(crate) fn roll_back(&mut self) -> rusqlite::Result<()> {
        // SQLite may have rolled back by itself, as it does when the disk is full.
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        self.open = false;
        self.state = State::load(&self.conn)?;
        Ok(())
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) -> rusqlite::Result<()> {
        if !self.open {
            self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            self.open = true;
        }
        Ok(())
    }

    /// Where the chain stands on disk.
    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// Commits, and takes what is kept in memory from the database again.
    pub(crate) fn reload(&mut self) -> rusqlite::Result<()> {
        self.commit()?;
        self.roll_back()?;
        self.head = self.state.chain.head();
        Ok(())
    }

    /// Within a pruning: the chain keeps what it knows of the events in `temp.doomed`, and says
    /// that they were deleted and why.
    pub(crate) fn deletes(&mut self, reason: Reason) -> rusqlite::Result<()> {
        let mut doomed = self.conn.prepare_cached("SELECT seq FROM temp.doomed ORDER BY seq")?;
        let events = doomed.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        self.state.chain.deletes(events, reason);
        Ok(())
    }

    /// Within the same: so it does of other rows.
    pub(crate) fn deletes_rows(&mut self, rows: Vec<(Of, i64)>) {
        self.state.chain.deletes_rows(rows);
    }

    /// Within the same: these findings are changed by it.
    pub(crate) fn changed_findings(&mut self, findings: &[i64]) {
        for finding in findings {
            self.state.chain.changes(Of::Finding, *finding);
        }
    }

    /// What happened in these sessions up to `now` is not taken in again.
    pub(crate) fn remembers_forgotten(
        &mut self,
        keys: &[SessionId],
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        let mut remember = self.conn.prepare_cached(
            "INSERT INTO forgotten (hash, at) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET at = max(at, ?2)",
        )?;
        for key in keys {
            let hash = self.state.forgotten_hash(*key);
            remember.execute(params![hash, now.as_micros()])?;
        }
        Ok(())
    }

    /// Where the store stands, for whoever is told of commits.
    pub(crate) fn standing(&self) -> Committed {
        Committed {
            last_seq: self.state.last_seq,
            findings_changed: true,
            head: self.head,
            ..Committed::default()
        }
    }

    /// Within a pruning: rewrites blocks that hold texts nobody refers to any more, and counts
    /// the events anew.
    pub(crate) fn sweep(&mut self, blocks: bool) -> rusqlite::Result<()> {
        if blocks {
            self.state.packer.sweep(&self.conn)?;
        }
        self.state.events =
            self.conn.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
        Ok(())
    }

    /// Prepares for so much to write.
    pub(crate) fn pace(&self, pace: Pace) {
        if let Err(error) = pace.set(&self.conn) {
            tracing::debug!(%error, ?pace, "the page cache keeps its size");
        }
    }

    /// Frees the page cache. It fills again with what is needed.
    pub(crate) fn shrink(&self) {
        if let Err(error) = self.conn.execute_batch("PRAGMA shrink_memory") {
            tracing::debug!(%error, "the page cache could not be shrunk");
        }
    }

    /// Folds the WAL into the database and marks it as closed well.
    pub(crate) fn close(self) -> Result<(), Error> {
        let done = self
            .conn
            .execute("INSERT OR REPLACE INTO meta VALUES ('open', 0)", [])
            .and_then(|_| self.conn.busy_timeout(fold::PATIENCE))
            .and_then(|()| {
                // A reader in the middle of a long answer may keep the WAL from being emptied;
                // that is no failure.
                self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            });
        done.map_err(|source| Error::sql("close the database", &self.path, source))
    }

    /// Lets go of a damaged file, whatever state it is in.
    pub(crate) fn abandon(&mut self) -> Result<(), Error> {
        let failed = |source| Error::sql("let go of the database", &self.path, source);
        let memory = Connection::open_in_memory().map_err(failed)?;
        let damaged = std::mem::replace(&mut self.conn, memory);
        if let Err((_, error)) = damaged.close() {
            tracing::debug!(%error, "the damaged database did not close well");
        }
        Ok(())
    }
}

impl Tx<'_> {
    fn batch(&mut self, batch: &Batch<Masked>, findings: &[Finding]) -> rusqlite::Result<()> {
        let source = self.source(batch)?;
        if let Some(fate) = batch.fate {
            self.fate(source, fate)?;
        }
        for facts in &batch.sessions {
            self.session_facts(facts)?;
        }
        for link in &batch.subagents {
            self.subagent(link)?;
        }
        for event in &batch.events {
            self.event(source, event)?;
        }
        self.told_in(source, batch)?;
        for installed in &batch.installs {
            self.install(installed)?;
        }
        for finding in findings {
            self.finding(finding)?;
        }
        self.join_sessions()?;
        if let Some(checkpoint) = &batch.checkpoint {
            self.checkpoint(checkpoint)?;
        }
        for (name, n) in &batch.counts {
            *self.state.counts.entry(name.clone().into_owned()).or_default() += n;
        }
        Ok(())
    }

    fn source(&mut self, batch: &Batch<Masked>) -> rusqlite::Result<i64> {
        let key = batch.source.id;
        if let Some(id) = self.state.sources.get(&key) {
            return Ok(*id);
        }
        let place = batch.source.place.as_str();
        let known: Option<(i64, bool)> = self
            .conn
            .prepare_cached("SELECT id, place = ? FROM sources WHERE key = ?")?
            .query_row(params![place, key.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let id = match known {
            Some((id, true)) => id,
            Some((id, false)) => {
                self.conn
                    .prepare_cached("UPDATE sources SET place = ? WHERE id = ?")?
                    .execute(params![place, id])?;
                self.state.chain.changes(Of::Source, id);
                id
            }
            None => {
                self.conn
                    .prepare_cached("INSERT INTO sources (key, witness, place) VALUES (?, ?, ?)")?
                    .execute(params![key.as_bytes(), batch.source.witness.code(), place])?;
                let id = self.conn.last_insert_rowid();
                self.state.chain.adds(Of::Source, id);
                id
            }
        };
        self.state.sources.insert(key, id);
        Ok(id)
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) -> rusqlite::Result<()> {
        let id: i64 = self
            .conn
            .prepare_cached(
                "INSERT INTO sources
                     (key, witness, place, device, inode, head, head_len, position, state, read_at)
                 VALUES (?1, 0, '', ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (key) DO UPDATE SET device = ?2, inode = ?3, head = ?4,
                     head_len = ?5, position = ?6, state = ?7, read_at = ?8 RETURNING id",
            )?
            .query_row(
                params![
                    checkpoint.source.as_bytes(),
                    checkpoint.device.cast_signed(),
                    checkpoint.inode.cast_signed(),
                    checkpoint.head.cast_signed(),
                    checkpoint.head_len,
                    checkpoint.offset.cast_signed(),
                    checkpoint.state,
                    checkpoint.at.as_micros(),
                ],
                |row| row.get(0),
            )?;
        // A batch's checkpoint is of its own source, which is known by now.
        if !self.state.sources.contains_key(&checkpoint.source) {
            self.state.chain.adds(Of::Source, id);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("path", &self.path).finish_non_exhaustive()
    }
}
