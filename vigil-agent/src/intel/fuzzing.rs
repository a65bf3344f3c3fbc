//! The fuzz targets' door to whatever takes lists in: texts and archives come from anywhere, and what is
//! made of them is a list that every question can be asked of.

use std::{
    fs,
    io::{BufRead, Cursor, ErrorKind},
    path::PathBuf,
};

use vigil_detect::intel::{Builder, Built, Intel, Table};

use super::{archive, form, gathered::Gathered};

fn gathered() -> Option<Gathered> {
    Some(Gathered::new("2026-11-26".parse().ok()?))
}

/// Takes in a text of any form.
pub fn text(bytes: &[u8]) {
    let Some(mut all) = gathered() else { return };
    match form::take_in(&mut Cursor::new(bytes), "list", Some("npm"), &mut all) {
        Ok(_) => finish(all),
        // A text that ends in its middle or is damaged is refused, and nothing else of one in memory fails.
        Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}"),
    }
}

/// Takes in what an archive has.
pub fn archive(bytes: &[u8]) {
    let Some(mut all) = gathered() else { return };
    let path = PathBuf::from(format!(
        "{}/vigil-fuzz-{}",
        std::env::temp_dir().display(),
        std::process::id()
    ));
    if fs::write(&path, bytes).is_err() {
        return;
    }
    let mut left_out = 0_u64;
    let read = archive::each_text(
        &path,
        &mut |name: &str, text: &mut dyn BufRead| {
            form::take_in(text, name, Some("npm"), &mut all).map(|_| ())
        },
        &mut |_, _| left_out += 1,
    );
    drop(fs::remove_file(&path));
    if read.is_ok() {
        finish(all);
    }
}

/// Takes bytes for a list's file.
pub fn table(bytes: &[u8]) {
    let Some(table) = open(bytes.to_vec()) else { return };
    let sound = table.check().is_ok();
    let intel = Intel::new(vec![table]);
    ask(&intel);
    assert!(!sound || intel.damaged().next().is_none(), "what is sound is called damaged");
}

fn finish(all: Gathered) {
    for examples in all.examples.values() {
        for example in examples {
            assert!(!example.chars().any(char::is_control) && example.len() <= 4 * 80);
        }
    }
    let counts = all.builder.counts();
    let Some(table) = written(all.builder) else { return };
    assert!(table.check().is_ok(), "what was written is damaged");
    let Built { packages, hosts, addresses, urls } = counts;
    assert!(table.entries() <= packages + hosts + addresses + urls);
    ask(&Intel::new(vec![table]));
}

fn written(builder: Builder) -> Option<Table> {
    let mut bytes = Vec::new();
    builder.write(&mut bytes).ok()?;
    open(bytes)
}

fn open(bytes: Vec<u8>) -> Option<Table> {
    let len = bytes.len() as u64;
    let read = move |at: u64, buffer: &mut [u8]| {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let part = bytes.get(at..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(part.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    };
    Table::open("list", len, Box::new(read)).ok()
}

fn ask(intel: &Intel) {
    for version in [None, Some("1.0.0"), Some("^1"), Some("latest")] {
        let _ = intel.package("npm", "evil", version);
        let _ = intel.package("pypi", "evil", version);
    }
    let _ = intel.url("http://198.51.100.7:8080/bin.sh");
    let _ = intel.endpoint("evil.example", 443);
}
