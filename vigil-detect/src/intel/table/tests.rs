use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{
    super::{Affected, Builder, Intel},
    BadTable, ReadAt, Table,
};

fn file(packages: usize) -> Vec<u8> {
    let mut builder = Builder::default();
    for n in 0..packages {
        let id = format!("MAL-2025-{n}");
        assert!(builder.package("npm", &format!("bad-{n}"), &id, &Affected::All));
    }
    let mut bytes = Vec::new();
    builder.write(&mut bytes).unwrap();
    bytes
}

fn reads(bytes: Vec<u8>, count: Arc<AtomicUsize>) -> ReadAt {
    Box::new(move |at, buffer| {
        count.fetch_add(1, Ordering::Relaxed);
        let at = usize::try_from(at).unwrap();
        let part = bytes.get(at..at + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(part);
        Ok(())
    })
}

fn open(bytes: &[u8]) -> Result<Table, BadTable> {
    Table::open("list", bytes.len() as u64, reads(bytes.to_vec(), Arc::default()))
}

#[test]
fn a_question_is_two_short_reads() {
    let bytes = file(10_000);
    let count = Arc::new(AtomicUsize::new(0));
    let read = reads(bytes.clone(), Arc::clone(&count));
    let intel = Intel::new(vec![Table::open("list", bytes.len() as u64, read).unwrap()]);
    assert_eq!(count.load(Ordering::Relaxed), 1, "one for the header");

    assert_eq!(intel.package("npm", "bad-77", None).unwrap().by, "list:MAL-2025-77");

    assert_eq!(count.load(Ordering::Relaxed), 3);
    assert_eq!(intel.package("npm", "good-77", None), None);
}

#[test]
fn every_entry_is_found_and_no_other() {
    for n in [0, 1, 7, 8, 9, 64, 1000] {
        let table = open(&file(n)).unwrap();
        table.check().unwrap();
        assert_eq!(table.entries(), n as u64);
        let intel = Intel::new(vec![table]);
        for i in 0..n {
            assert!(intel.package("npm", &format!("bad-{i}"), None).is_some(), "{i} of {n}");
            assert!(intel.package("npm", &format!("good-{i}"), None).is_none());
        }
    }
}

#[test]
fn a_torn_file_is_refused() {
    let bytes = file(100);
    for len in 0..bytes.len() {
        let torn = open(&bytes[..len]);
        assert!(matches!(torn, Err(BadTable::Foreign | BadTable::Damaged)), "{len} bytes");
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(matches!(open(&longer), Err(BadTable::Damaged)));
}

#[test]
fn no_turned_byte_is_believed() {
    let bytes = file(40);
    let names: Vec<String> = (0..40).map(|n| format!("bad-{n}")).collect();
    for at in 0..bytes.len() {
        let mut turned = bytes.clone();
        turned[at] ^= 0x10;
        let Ok(table) = open(&turned) else { continue };
        assert!(table.check().is_err(), "byte {at}");
        let intel = Intel::new(vec![table]);
        for name in &names {
            if let Some(listed) = intel.package("npm", name, None) {
                let id = name.replace("bad-", "list:MAL-2025-");
                assert_eq!(listed.by, id, "byte {at}");
            }
        }
        assert_eq!(intel.damaged().collect::<Vec<_>>(), ["list"], "byte {at}");
    }
}

#[test]
fn what_a_newer_one_wrote_is_told_apart() {
    let mut bytes = file(1);
    bytes[8] = 9;
    let sum = blake3::hash(&bytes[..32]);
    bytes[32..64].copy_from_slice(sum.as_bytes());

    assert!(matches!(open(&bytes), Err(BadTable::Newer(9))));
    assert!(matches!(open(&[b'x'; 100]), Err(BadTable::Foreign)));
}

#[test]
fn the_same_in_any_order_is_the_same_file() {
    let build = |names: &[&str]| {
        let mut builder = Builder::default();
        for name in names {
            builder.package("npm", name, "X", &Affected::Some);
        }
        let mut bytes = Vec::new();
        builder.write(&mut bytes).unwrap();
        bytes
    };

    assert_eq!(build(&["a", "b", "c", "b"]), build(&["c", "b", "a"]));
}
