//! The journal: what was done for whom, on the disk before and after it is done. Rows are only ever
//! added. What stands here survives a power cut from the moment that a call returns.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt,
    thread,
    time::{Duration, Instant},
};

use vigil_platform::sealed::{Folder, SealedError};
use vigil_proto::rpc::{
    Deed, JOURNAL_ROWS, JournalPage, JournalRow, JournalScope, Max, Micros, Phase, Uid,
};

use super::record::{self, RECORD};
use crate::{clock, halt::Halt, log};

const NAME: &str = "journal";

/// How long one that was killed may take to let go of its journal: its successor is started at once.
const LETTING_GO: Duration = Duration::from_secs(5);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(50);

/// In microseconds.
const DAY: i64 = 86_400_000_000;

#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    #[error(transparent)]
    Sealed(#[from] SealedError),
    #[error("cannot {0} the journal")]
    Io(&'static str, #[source] io::Error),
    /// The journal is as it was before.
    #[error("a row could not be written to the journal, and nothing was done")]
    Unwritten(#[source] io::Error),
    #[error(
        "row {0} of the journal is not as it was written; set the file aside and keep it, for \
         what it says was done may have to be undone by hand"
    )]
    Damaged(u64),
    #[error("the journal is of another version of vigild; start that one")]
    Version,
    #[error("a row of the journal is too long")]
    TooLong,
}

impl JournalError {
    /// Nothing, for what can be lived with: a full disk is said, and is no reason to end.
    pub(super) fn borne(self) -> Result<(), Self> {
        match self {
            error @ Self::Unwritten(_) => {
                log::say_of_caller(format_args!("mutator: {}", crate::Causes(&error)));
                Ok(())
            }
            error => Err(error),
        }
    }
}

/// The file, once whoever has it has ended.
fn held(folder: &Folder) -> Result<File, SealedError> {
    let asked = Instant::now();
    loop {
        match folder.append(NAME) {
            Err(SealedError::Held(_)) if asked.elapsed() < LETTING_GO => thread::sleep(AGAIN),
            done => return done,
        }
    }
}

fn io_at(action: &'static str) -> impl Fn(io::Error) -> JournalError {
    move |error| JournalError::Io(action, error)
}

/// The open journal. Nobody else has it open.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// The number of the last row; rows begin at 1, behind the heading.
    last: u64,
    /// The numbers of each uid's rows.
    rows_of: BTreeMap<Uid, Vec<u32>>,
    /// What is begun, or done and still to be undone some time, by its first row.
    open: BTreeMap<u64, JournalRow>,
    halt: Halt,
    /// What the file is in.
    folder: Folder,
}

impl Journal {
    /// Reads all of it. A row that was cut off in the middle was never answered for, and is taken
    /// away.
    pub(super) fn open(folder: Folder, halt: Halt) -> Result<Self, JournalError> {
        let file = held(&folder)?;
        let length = file.metadata().map_err(io_at("look at"))?.len();
        let (rows_of, open) = (BTreeMap::new(), BTreeMap::new());
        let mut journal = Self { file, last: 0, rows_of, open, halt, folder };
        if length < RECORD_U64 {
            journal.begin()?;
            journal.folder.sync()?;
            return Ok(journal);
        }
        if journal.record(0)? != record::heading() {
            return Err(JournalError::Version);
        }
        let whole = length / RECORD_U64 - 1;
        for number in 1..=whole {
            match record::read(&journal.record(number)?) {
                Some(row) if row.seq == number => {
                    journal.last = number;
                    journal.index(&row);
                }
                // The disk had made room for it, and no more.
                None if number == whole => {}
                _ => return Err(JournalError::Damaged(number)),
            }
        }
        if length != (journal.last + 1) * RECORD_U64 {
            journal.cut()?;
        }
        Ok(journal)
    }

    fn begin(&self) -> Result<(), JournalError> {
        self.file.set_len(0).map_err(io_at("begin"))?;
        (&self.file).write_all(&record::heading()).map_err(io_at("begin"))?;
        self.file.sync_all().map_err(io_at("begin"))
    }

    /// Takes away what follows the last row.
    fn cut(&self) -> Result<(), JournalError> {
        self.file.set_len((self.last + 1) * RECORD_U64).map_err(io_at("mend"))?;
        self.file.sync_all().map_err(io_at("mend"))
    }

    fn record(&self, number: u64) -> Result<[u8; RECORD], JournalError> {
        let mut record = [0; RECORD];
        self.file.read_exact_at(&mut record, number * RECORD_U64).map_err(io_at("read"))?;
        Ok(record)
    }

    /// The row with this number.
    fn row(&self, number: u64) -> Result<JournalRow, JournalError> {
        record::read(&self.record(number)?).ok_or(JournalError::Damaged(number))
    }

    fn index(&mut self, row: &JournalRow) {
        if let Ok(number) = u32::try_from(row.seq) {
            self.rows_of.entry(row.uid).or_default().push(number);
        }
        if is_open(row) {
            self.open.insert(row.first, *row);
        } else {
            self.open.remove(&row.first);
        }
    }

    /// The number of the last row; 0 when there is none.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// What an earlier run began and did not end, or left in force; oldest first.
    pub(super) fn unfinished(&self) -> Vec<JournalRow> {
        self.open.values().copied().collect()
    }

    /// All rows, oldest first.
    pub(super) fn rows(&self) -> impl Iterator<Item = Result<JournalRow, JournalError>> {
        (1..=self.last).map(|number| self.row(number))
    }

    /// Whether `uid` may begin something: it has fewer than `most` rows of the last day. The file never
    /// gets smaller, so that nobody may fill the disk with it. What is begun may always be ended.
    pub(super) fn has_room(
        &self,
        uid: Uid,
        now: Micros,
        most: usize,
    ) -> Result<bool, JournalError> {
        let rows = self.rows_of.get(&uid).map(Vec::as_slice).unwrap_or_default();
        let earliest = rows.len().checked_sub(most).and_then(|at| rows.get(at));
        let Some(earliest) = earliest else { return Ok(true) };
        let Micros(at) = self.row(u64::from(*earliest))?.at;
        Ok(now.0.saturating_sub(at) > DAY)
    }

    /// Says that `deed` is about to be done. Nothing is touched before this returns.
    pub(super) fn intend(&mut self, uid: Uid, deed: Deed) -> Result<JournalRow, JournalError> {
        let row = self.next(None, uid, deed, Phase::Intent);
        self.add(row)
    }

    /// Says what became of it.
    pub(super) fn follow(
        &mut self,
        first: &JournalRow,
        phase: Phase,
    ) -> Result<JournalRow, JournalError> {
        let row = self.next(Some(first.first), first.uid, first.deed, phase);
        self.add(row)
    }

    /// Notes what is done by being noted.
    pub(super) fn note(
        &mut self,
        uid: Uid,
        deed: Deed,
        at: Micros,
    ) -> Result<JournalRow, JournalError> {
        let row = JournalRow { at, ..self.next(None, uid, deed, Phase::Done) };
        self.add(row)
    }

    fn next(&self, first: Option<u64>, uid: Uid, deed: Deed, phase: Phase) -> JournalRow {
        let seq = self.last + 1;
        JournalRow { seq, first: first.unwrap_or(seq), at: clock::now(), uid, deed, phase }
    }

    fn add(&mut self, row: JournalRow) -> Result<JournalRow, JournalError> {
        let record = record::write(&row).ok_or(JournalError::TooLong)?;
        self.halt.here("before-row");
        let (half, rest) = record.split_at(RECORD / 2);
        let mut file = &self.file;
        let written = file.write_all(half).and_then(|()| {
            self.halt.here("half-row");
            file.write_all(rest)
        });
        if let Err(error) = written {
            // A full disk: what came before stays as it is. If not even this can be, we end, and the
            // next start looks at all of it.
            self.cut()?;
            return Err(JournalError::Unwritten(error));
        }
        self.halt.here("row-written");
        // Once this fails nobody knows what is on the disk: we end as well.
        self.file.sync_data().map_err(io_at("save"))?;
        self.halt.here("row-saved");
        self.last = row.seq;
        self.index(&row);
        Ok(row)
    }

    /// Rows after `since`, of one uid or of all.
    pub(super) fn tail(
        &self,
        uid: Uid,
        scope: JournalScope,
        since: u64,
        max: Max<JOURNAL_ROWS>,
    ) -> Result<JournalPage, JournalError> {
        let most = usize::from(max.raw());
        let numbers: Vec<u64> = match scope {
            JournalScope::Everyone => {
                (since.saturating_add(1)..=self.last).take(most.saturating_add(1)).collect()
            }
            JournalScope::Own => {
                let own = self.rows_of.get(&uid).map(Vec::as_slice).unwrap_or_default();
                let from = own.partition_point(|number| u64::from(*number) <= since);
                let own = own.get(from..).unwrap_or_default().iter().copied();
                own.take(most.saturating_add(1)).map(u64::from).collect()
            }
        };
        let mut page = JournalPage { more: numbers.len() > most, ..JournalPage::default() };
        for number in numbers.into_iter().take(most) {
            if page.rows.push(self.row(number)?).is_err() {
                page.more = true;
                break;
            }
        }
        Ok(page)
    }
}

/// [`RECORD`], as offsets are counted.
const RECORD_U64: u64 = RECORD as u64;

/// Whether a deed that has come this far is still to be undone when the daemon starts.
const fn is_open(row: &JournalRow) -> bool {
    match (row.phase, row.deed) {
        (Phase::Intent, _) | (Phase::Done, Deed::Proxy { .. } | Deed::Capture { .. }) => true,
        (
            Phase::Done,
            Deed::CaInstall(_) | Deed::CaRemove(_) | Deed::Anchor(_) | Deed::Absence { .. },
        )
        | (Phase::Undone(_) | Phase::LeftAlone(_) | Phase::Failed(_), _) => false,
    }
}

#[cfg(test)]
mod tests;
