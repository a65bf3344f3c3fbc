use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use vigil_platform::sealed::{Folder, effective_uid};
use vigil_proto::rpc::{
    Cause, Deed, Fingerprint, JournalScope, Max, Micros, Phase, Port, Refusal, Uid,
};

use super::{DAY, Halt, Journal, JournalError, NAME, RECORD};

/// Undoes what was left, and gives how much that was.
fn replay(journal: &mut Journal) -> Result<usize, JournalError> {
    let unfinished = journal.unfinished();
    for row in &unfinished {
        journal.follow(row, Phase::Undone(Cause::Start))?;
    }
    Ok(unfinished.len())
}

struct Place {
    _root: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(root.path()).unwrap().join("state");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        Self { _root: root, path }
    }

    fn open(&self) -> Result<Journal, JournalError> {
        Journal::open(Folder::open(&self.path, effective_uid())?, Halt::default())
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path.join(NAME)).unwrap()
    }

    fn set(&self, bytes: &[u8]) {
        fs::write(self.path.join(NAME), bytes).unwrap();
        fs::set_permissions(self.path.join(NAME), Permissions::from_mode(0o600)).unwrap();
    }
}

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

fn capture() -> Deed {
    Deed::Capture { port: Port::new(9080).unwrap() }
}

fn install() -> Deed {
    Deed::CaInstall(Fingerprint([7; 32]))
}

#[test]
fn rows_are_there_after_it_is_opened_again() {
    let place = Place::new();
    let mut journal = place.open().unwrap();
    let intent = journal.intend(uid(1000), install()).unwrap();
    journal.follow(&intent, Phase::Done).unwrap();
    drop(journal);

    let journal = place.open().unwrap();

    let rows: Vec<_> = journal.rows().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|row| (row.seq, row.first)).collect::<Vec<_>>(), [(1, 1), (2, 1)]);
    assert_eq!(rows[1].phase, Phase::Done);
    assert!(journal.unfinished().is_empty());
}

#[test]
fn a_journal_cut_anywhere_keeps_every_whole_row_and_no_other() {
    let place = Place::new();
    let mut journal = place.open().unwrap();
    let intent = journal.intend(uid(1000), capture()).unwrap();
    journal.follow(&intent, Phase::Done).unwrap();
    drop(journal);
    let whole = place.bytes();

    for length in 0..=whole.len() {
        place.set(&whole[..length]);

        let mut journal = place.open().unwrap();

        let rows = (length / RECORD).saturating_sub(1) as u64;
        assert_eq!(journal.last(), rows, "{length} bytes");
        // Neither begun nor in force is a state to start with.
        assert_eq!(replay(&mut journal).unwrap(), usize::from(rows > 0));
        assert!(journal.unfinished().is_empty());
    }
}

#[test]
fn room_that_was_made_for_a_row_and_not_filled_is_no_row() {
    let place = Place::new();
    place.open().unwrap().intend(uid(1000), install()).unwrap();
    let mut bytes = place.bytes();
    bytes.extend([0; RECORD]);
    place.set(&bytes);

    let journal = place.open().unwrap();

    assert_eq!(journal.last(), 1);
    assert_eq!(place.bytes().len(), 2 * RECORD);
}

#[test]
fn a_row_that_was_changed_is_not_passed_over() {
    let place = Place::new();
    let mut journal = place.open().unwrap();
    let intent = journal.intend(uid(1000), install()).unwrap();
    journal.follow(&intent, Phase::Done).unwrap();
    drop(journal);
    let whole = place.bytes();

    for at in RECORD..2 * RECORD {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        place.set(&bytes);
        assert!(matches!(place.open(), Err(JournalError::Damaged(1))), "byte {at}");
    }
    let mut bytes = whole;
    bytes[0] ^= 1;
    place.set(&bytes);
    assert!(matches!(place.open(), Err(JournalError::Version)));
}

#[test]
fn what_was_left_is_undone_once() {
    let place = Place::new();
    let mut journal = place.open().unwrap();
    let begun = journal.intend(uid(1000), install()).unwrap();
    let held = journal.intend(uid(1001), capture()).unwrap();
    journal.follow(&held, Phase::Done).unwrap();
    let failed = journal.intend(uid(1002), capture()).unwrap();
    journal.follow(&failed, Phase::Failed(Refusal::PortNotYours)).unwrap();
    drop(journal);

    let mut journal = place.open().unwrap();
    assert_eq!(replay(&mut journal).unwrap(), 2);
    drop(journal);
    let mut journal = place.open().unwrap();

    assert_eq!(replay(&mut journal).unwrap(), 0);
    let undone: Vec<_> = journal
        .rows()
        .map(Result::unwrap)
        .filter(|row| row.phase == Phase::Undone(Cause::Start))
        .map(|row| row.first)
        .collect();
    assert_eq!(undone, [begun.first, held.first]);
}

#[test]
fn a_tail_has_ones_own_rows_in_order_and_says_when_there_are_more() {
    let place = Place::new();
    let mut journal = place.open().unwrap();
    for at in 0..5 {
        journal.note(uid(1000), install(), Micros(at)).unwrap();
        journal.note(uid(1001), install(), Micros(at)).unwrap();
    }
    let tail = |scope, since, max: u16| {
        let page = journal.tail(uid(1001), scope, since, max.try_into().unwrap()).unwrap();
        (page.rows.iter().map(|row| row.seq).collect::<Vec<_>>(), page.more)
    };

    assert_eq!(tail(JournalScope::Own, 0, 3), (vec![2, 4, 6], true));
    assert_eq!(tail(JournalScope::Own, 6, 2), (vec![8, 10], false));
    assert_eq!(tail(JournalScope::Own, u64::MAX, 2), (vec![], false));
    assert_eq!(tail(JournalScope::Everyone, 7, 2), (vec![8, 9], true));
    assert_eq!(tail(JournalScope::Everyone, u64::MAX, Max::<64>::all().raw()), (vec![], false));
}

#[test]
fn only_one_process_has_it() {
    let place = Place::new();
    let _journal = place.open().unwrap();

    assert!(matches!(place.open(), Err(JournalError::Sealed(_))));
}

#[test]
fn a_uid_has_so_many_rows_a_day_and_no_more() {
    let place = Place::new();
    let mut journal = place.open().unwrap();
    for at in 0..3 {
        journal.note(uid(1000), install(), Micros(at)).unwrap();
    }
    let has_room = |uid, now, most| journal.has_room(uid, Micros(now), most).unwrap();

    assert!(has_room(uid(1000), 3, 4));
    assert!(!has_room(uid(1000), 3, 3));
    assert!(!has_room(uid(1000), DAY, 3), "the first is a day old, and no older");
    assert!(has_room(uid(1000), DAY + 1, 3));
    assert!(!has_room(uid(1000), DAY + 1, 2));
    assert!(has_room(uid(1001), 3, 1), "each has its own");
}
