//! The crate typomania on the same lists of well-known names, with the four of its checks that find
//! the most.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Result, anyhow};
use typomania::{
    AuthorSet, Corpus, Harness, Package,
    checks::{Bitflips, Omitted, SwappedWords, Typos},
};

use super::labelled::{Checker, Labelled};

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_.@/";

/// Rows of the usual keyboard.
const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

pub(super) struct Typomania(HashMap<&'static str, Harness<Famous>>);

impl Typomania {
    pub(super) fn new(data: &Labelled) -> Self {
        let mut lists = HashMap::<&str, BTreeSet<String>>::new();
        for (ecosystem, name) in &data.famous {
            lists.entry(ecosystem).or_default().insert(name.to_lowercase());
        }
        let harness = |names: BTreeSet<String>| {
            Harness::empty_builder()
                .with_check(Bitflips::new(ALPHABET, names.iter().map(String::as_str)))
                .with_check(Omitted::new(ALPHABET))
                .with_check(SwappedWords::new("-_."))
                .with_check(Typos::new(typos()))
                .build(Famous(names))
        };
        Self(lists.into_iter().map(|(ecosystem, names)| (ecosystem, harness(names))).collect())
    }
}

impl Checker for Typomania {
    fn flags(&mut self, ecosystem: &'static str, name: &str) -> Result<bool> {
        let Some(harness) = self.0.get(ecosystem) else { return Ok(false) };
        let squats = harness.check_package(&name.to_lowercase(), Box::new(Nobodys));
        Ok(!squats.map_err(|error| anyhow!("typomania: {error}"))?.is_empty())
    }
}

/// For each letter those beside it.
fn typos() -> impl Iterator<Item = (char, Vec<String>)> {
    ROWS.iter().enumerate().flat_map(|(row, keys)| {
        keys.chars().enumerate().map(move |(column, key)| {
            let beside = [row.checked_sub(1), Some(row), Some(row + 1)];
            let letters = beside.into_iter().flatten().filter_map(|row| ROWS.get(row));
            let near = letters.flat_map(|keys| {
                keys.chars().skip(column.saturating_sub(1)).take(3).map(String::from)
            });
            (key, near.filter(|near| !near.starts_with(key)).collect())
        })
    })
}

/// A package that says nothing of itself.
struct Nobodys;

impl Package for Nobodys {
    fn authors(&self) -> &dyn AuthorSet {
        self
    }

    fn description(&self) -> Option<&str> {
        None
    }

    fn shared_authors(&self, _: &dyn AuthorSet) -> bool {
        false
    }
}

impl AuthorSet for Nobodys {
    fn contains(&self, _: &str) -> bool {
        false
    }
}

struct Famous(BTreeSet<String>);

impl Corpus for Famous {
    fn contains_name(&self, name: &str) -> typomania::Result<bool> {
        Ok(self.0.contains(name))
    }

    fn get(&self, name: &str) -> typomania::Result<Option<&dyn Package>> {
        Ok(self.0.contains(name).then_some(&Nobodys as &dyn Package))
    }
}
