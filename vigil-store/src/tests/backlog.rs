//! More than one transaction's worth at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use vigil_proto::{Checkpoint, Masked, SourceId, Timestamp, Witness};

use super::parts::{batch, events, prompt};
use crate::{Options, Reader, Store};

/// A store whose transactions end when they are full, and how many have ended.
fn store(dir: &std::path::Path, group_bytes: usize) -> (Store, Arc<AtomicUsize>) {
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let group_time = Duration::from_hours(1);
    let options = Options { group_bytes, group_time, ..Options::default() };
    let on_commit = move |_: &_| {
        counted.fetch_add(1, Ordering::SeqCst);
    };
    let (store, damage) = Store::open(dir, options, Box::new(on_commit)).unwrap();
    assert_eq!(damage, None);
    (store, commits)
}

#[test]
fn a_backlog_is_kept_whole_in_several_transactions() {
    let dir = tempfile::tempdir().unwrap();
    let (store, commits) = store(dir.path(), 256 * 1024);
    let writer = store.writer();
    let told: Vec<String> = (0..100)
        .map(|number| format!("step {number}: {}", "a word of many ".repeat(1000)))
        .collect();

    for (text, number) in told.iter().zip(0_i64..) {
        writer.submit(batch(Witness::Transcript, vec![prompt(number, text)]), Vec::new()).unwrap();
    }
    writer.flush().unwrap();

    // The first one may have ended before it was full, and the last one.
    assert!(commits.load(Ordering::SeqCst) >= 4, "1.5 MB in groups of 256 KiB");
    let events = events(&Reader::open(dir.path()).unwrap());
    let mut texts: Vec<&str> =
        events.iter().filter_map(|event| event.text.as_ref()).map(Masked::as_str).collect();
    texts.sort_unstable();
    let mut told: Vec<&str> = told.iter().map(String::as_str).collect();
    told.sort_unstable();
    assert_eq!(texts, told);
    store.close().unwrap();
}

#[test]
fn what_files_without_text_hold_fills_a_transaction_too() {
    let dir = tempfile::tempdir().unwrap();
    let (store, commits) = store(dir.path(), 256 * 1024);
    let writer = store.writer();
    for number in 0..100_u64 {
        let mut batch = batch(Witness::Transcript, Vec::new());
        batch.source.id = SourceId::of(&number.to_le_bytes());
        batch.checkpoint = Some(Checkpoint {
            source: batch.source.id,
            device: 1,
            inode: number,
            head: 0,
            head_len: 0,
            offset: 10,
            state: vec![b' '; 16 * 1024],
            at: Timestamp::from_micros(1),
        });
        writer.submit(batch, Vec::new()).unwrap();
    }
    writer.flush().unwrap();
    assert!(commits.load(Ordering::SeqCst) >= 4, "1.6 MB of memories in groups of 256 KiB");
    store.close().unwrap();
}
