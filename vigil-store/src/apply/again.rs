//! Masking again: rules have changed, and all text that is stored is looked through once more, a
//! piece at a time. What it held leaves the files; what is found in it is told as of the time of its
//! event; and the audit chain says which rows were rewritten (docs/adr/0031-masking-again.md).
//!
//! How far it is stands in the database, in the transaction that did the piece: killed at any
//! instant, it goes on from there.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, InterruptHandle, OptionalExtension as _, params};
use vigil_proto::{EventId, Finding, Masked, Timestamp, event::Field, report::MaskingStatus};

use super::Ledger;
use crate::{error::Error, fold, store::Committed};

mod columns;
mod events;
mod scrub;

/// Finds in masked text what is not masked yet. The store does not know how.
pub trait Masker: Send + Sync {
    /// The text with new masks; `None` when there is nothing to mask. What is found is of `place`.
    fn again(&self, text: &str, place: Option<(EventId, Field)>) -> Option<Remasked>;

    /// What is shown of this place of a masked text.
    fn evidence(&self, text: &str, place: Range<usize>) -> Masked;
}

/// A text that was masked again.
pub struct Remasked {
    /// With the new masks.
    pub text: Masked,
    /// What was found in it.
    pub findings: Vec<Finding>,
    /// Where a place of the old text is in the new one.
    pub moved: Box<dyn Fn(Range<usize>) -> Range<usize>>,
}

impl std::fmt::Debug for Remasked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remasked").field("findings", &self.findings.len()).finish_non_exhaustive()
    }
}

/// What is to be masked again, and by what.
#[derive(Clone)]
pub struct MaskAgain {
    /// Which rules the masker has: others than those of the last time are a reason to begin.
    pub rules: Vec<u8>,
    /// The masker.
    pub masker: Arc<dyn Masker>,
    /// Now.
    pub at: Timestamp,
    /// What began before this is begun anew.
    pub anew_since: Option<Timestamp>,
    /// Whether the database may be written anew now; where it may not, that it is next is said.
    pub may_rebuild: bool,
    /// Ends that in the midst.
    pub stop: Stop,
}

impl std::fmt::Debug for MaskAgain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MaskAgain").field("at", &self.at).finish_non_exhaustive()
    }
}

/// Stops the database from being written anew, which takes as long as it is large. Nothing is lost by
/// that but the time; it is done once more later.
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<Option<InterruptHandle>>>);

impl Stop {
    /// Stops it where it goes on now.
    pub fn now(&self) {
        if let Some(running) = &*self.running() {
            running.interrupt();
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<InterruptHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stop")
    }
}

/// What one piece of work came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskingStep {
    /// Nothing is left to do; what the whole of it came to.
    Done(MaskingStatus),
    /// There is more.
    More,
    /// What comes next keeps the writer for as long as the database takes to be written anew: better
    /// when nothing else is to be written.
    BigNext,
    /// Others have more to write than can be written at once, or read what is to leave the files.
    Busy,
}

/// What is looked through, in this order. The numbers stand in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// The columns of a table of [`columns::PLAIN`].
    Plain(u8),
    Events,
    Paths,
    Bodies,
    Blocks,
    Words,
    Rebuild,
    Fold,
}

impl Stage {
    /// The stages after the tables with plain columns.
    const LATER: [Self; 7] = [
        Self::Events,
        Self::Paths,
        Self::Bodies,
        Self::Blocks,
        Self::Words,
        Self::Rebuild,
        Self::Fold,
    ];
    const FIRST_LATER: u8 = 100;

    const fn code(self) -> u8 {
        match self {
            Self::Plain(table) => table,
            Self::Events => Self::FIRST_LATER,
            Self::Paths => Self::FIRST_LATER + 1,
            Self::Bodies => Self::FIRST_LATER + 2,
            Self::Blocks => Self::FIRST_LATER + 3,
            Self::Words => Self::FIRST_LATER + 4,
            Self::Rebuild => Self::FIRST_LATER + 5,
            Self::Fold => Self::FIRST_LATER + 6,
        }
    }

    /// None for a stage that an other version of Vigil had.
    fn from_code(code: u8) -> Option<Self> {
        match code.checked_sub(Self::FIRST_LATER) {
            None => (usize::from(code) < columns::PLAIN.len()).then_some(Self::Plain(code)),
            Some(later) => Self::LATER.get(usize::from(later)).copied(),
        }
    }

    fn next(self) -> Option<Self> {
        match self {
            Self::Plain(table) => {
                Some(Self::from_code(table.saturating_add(1)).unwrap_or(Self::Events))
            }
            Self::Fold => None,
            later => Self::from_code(later.code() + 1),
        }
    }
}

/// The row of `masking`.
#[derive(Clone, Debug)]
struct Progress {
    rules: Vec<u8>,
    began: i64,
    ended: Option<i64>,
    stage: Option<Stage>,
    after: i64,
    last: i64,
    done: i64,
    total: i64,
    changed: i64,
    found: i64,
}

impl Progress {
    fn load(conn: &Connection) -> rusqlite::Result<Option<Self>> {
        conn.prepare_cached(
            "SELECT rules, began, ended, stage, after, last, done, total, changed, found
             FROM masking",
        )?
        .query_row([], |row| {
            Ok(Self {
                rules: row.get(0)?,
                began: row.get(1)?,
                ended: row.get(2)?,
                stage: Stage::from_code(row.get(3)?),
                after: row.get(4)?,
                last: row.get(5)?,
                done: row.get(6)?,
                total: row.get(7)?,
                changed: row.get(8)?,
                found: row.get(9)?,
            })
        })
        .optional()
    }

    fn begin(conn: &Connection, order: &MaskAgain) -> rusqlite::Result<Self> {
        // What an unfinished run left in the files has yet to leave them.
        let left = Self::load(conn)?.filter(|left| left.ended.is_none());
        Ok(Self {
            rules: order.rules.clone(),
            began: order.at.as_micros(),
            ended: None,
            stage: Some(Stage::Plain(0)),
            after: i64::MIN,
            last: i64::MAX,
            done: 0,
            total: conn.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?,
            changed: left.as_ref().map_or(0, |left| left.changed),
            found: left.as_ref().map_or(0, |left| left.found),
        })
    }

    fn save(&self, conn: &Connection) -> rusqlite::Result<()> {
        conn.prepare_cached(
            "INSERT OR REPLACE INTO masking
                 (id, rules, began, ended, stage, after, last, done, total, changed, found)
             VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            self.rules,
            self.began,
            self.ended,
            self.stage.unwrap_or(Stage::Fold).code(),
            self.after,
            self.last,
            self.done,
            self.total,
            self.changed,
            self.found,
        ])
        .map(|_| ())
    }

    /// Goes on with the next stage. Where nothing was changed, nothing has to leave the files.
    fn next_stage(&mut self, conn: &Connection, now: Timestamp) -> rusqlite::Result<()> {
        let next = self.stage.and_then(Stage::next);
        let is_over = self.changed == 0 && next > Some(Stage::Paths);
        (self.after, self.last) = (i64::MIN, i64::MAX);
        match next {
            Some(stage) if !is_over => {
                self.stage = Some(stage);
                // What is added from here on was masked by these rules, or is one of these blocks.
                let last = match stage {
                    Stage::Events => Some("SELECT coalesce(max(seq), 0) FROM events"),
                    Stage::Blocks => Some("SELECT coalesce(max(id), 0) FROM blocks"),
                    _ => None,
                };
                if let Some(sql) = last {
                    self.last = conn.query_row(sql, [], |row| row.get(0))?;
                }
            }
            _ => {
                self.ended = Some(now.as_micros());
                self.done = self.total;
            }
        }
        Ok(())
    }

    fn status(&self) -> MaskingStatus {
        MaskingStatus {
            began: Timestamp::from_micros(self.began),
            ended: self.ended.map(Timestamp::from_micros),
            done: self.done.min(self.total).cast_unsigned(),
            total: self.total.cast_unsigned(),
            changed: self.changed.cast_unsigned(),
            found: self.found.cast_unsigned(),
        }
    }
}

/// Where masking again stands; none before the first time.
pub(crate) fn status(conn: &Connection) -> rusqlite::Result<Option<MaskingStatus>> {
    Ok(Progress::load(conn)?.map(|progress| progress.status()))
}

/// The rules by which all that is stored was masked, or is being masked; none before the first time.
pub(crate) fn masked_by(conn: &Connection) -> rusqlite::Result<Option<Vec<u8>>> {
    Ok(Progress::load(conn)?.map(|progress| progress.rules))
}

/// What a piece did.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    /// How far it came; none at the end of its stage.
    after: Option<i64>,
    /// Rows that were changed.
    changed: i64,
    /// Places that were found.
    found: i64,
    /// Events that were looked through.
    events: i64,
}

impl Ledger {
    /// Does one piece of masking again, in a transaction of its own.
    pub(crate) fn mask_again(
        &mut self,
        order: &MaskAgain,
    ) -> Result<(MaskingStep, Option<Committed>), Error> {
        let done = self.piece(order);
        if done.is_err()
            && let Err(error) = self.roll_back()
        {
            tracing::error!(%error, "what could not be masked again could not be undone");
        }
        if let Err(error) = self.conn.execute_batch("PRAGMA secure_delete = OFF;") {
            tracing::debug!(%error, "deleted pages go on being overwritten");
        }
        done.map_err(|source| Error::sql("mask again", &self.path, source))
    }

    fn piece(&mut self, order: &MaskAgain) -> rusqlite::Result<(MaskingStep, Option<Committed>)> {
        let known = Progress::load(&self.conn)?.filter(|known| {
            let is_old = |since: Timestamp| known.began < since.as_micros();
            known.rules == order.rules
                && known.stage.is_some()
                && !order.anew_since.is_some_and(is_old)
        });
        let mut progress = match known {
            Some(known) => known,
            None => Progress::begin(&self.conn, order)?,
        };
        if progress.ended.is_some() {
            return Ok((MaskingStep::Done(progress.status()), None));
        }
        if progress.stage == Some(Stage::Fold) && self.is_fold_due {
            // Somebody reads; the writer tries it again by itself.
            return Ok((MaskingStep::Busy, None));
        }
        let masker = &*order.masker;
        if progress.stage == Some(Stage::Rebuild) {
            if !order.may_rebuild {
                return Ok((MaskingStep::BigNext, None));
            }
            // Not possible within a transaction.
            self.rebuild(&order.stop)?;
        }
        self.conn.execute_batch("PRAGMA secure_delete = ON;")?;
        self.begin()?;
        let piece = match progress.stage {
            Some(Stage::Plain(table)) => self.columns_again(table, progress.after, masker)?,
            Some(Stage::Events) => self.events_again((progress.after, progress.last), masker)?,
            Some(Stage::Paths) => self.paths_again(progress.after, masker)?,
            Some(Stage::Bodies) => self.unrefer()?,
            Some(Stage::Blocks) => self.sweep_some(progress.after, progress.last)?,
            Some(Stage::Words) => self.merge_words(progress.after)?,
            Some(Stage::Rebuild) | None => {
                fold::mark(&self.conn)?;
                self.is_fold_due = true;
                Piece::default()
            }
            Some(Stage::Fold) => Piece::default(),
        };
        progress.changed += piece.changed;
        progress.found += piece.found;
        progress.done += piece.events;
        match piece.after {
            Some(after) => progress.after = after,
            None => progress.next_stage(&self.conn, order.at)?,
        }
        progress.save(&self.conn)?;
        let committed = self.commit()?;
        if piece.changed > 0 {
            // What is kept in memory may be of a row that was changed.
            self.roll_back()?;
        }
        let step = match progress.stage {
            _ if progress.ended.is_some() => MaskingStep::Done(progress.status()),
            Some(Stage::Rebuild) => MaskingStep::BigNext,
            _ => MaskingStep::More,
        };
        Ok((step, Some(committed)))
    }
}

/// Every column that is looked through, with its table.
#[cfg(test)]
pub(crate) fn looked_through() -> Vec<(&'static str, &'static str)> {
    let plain = columns::PLAIN
        .iter()
        .flat_map(|plain| plain.columns.iter().map(|column| (plain.table, *column)));
    let beside = vigil_proto::KindName::ALL
        .iter()
        .flat_map(|kind| events::beside(*kind))
        .map(|(table, _, column, _)| (*table, *column));
    let own = ["body", "tool_call", "detail"].map(|column| ("events", column));
    plain.chain(beside).chain(own).chain([("paths", "text")]).collect()
}
