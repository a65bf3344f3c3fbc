//! Labelled names, and what a checker makes of them.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

/// Ecosystems that are scored, and the lists of their well-known names.
const LISTS: [(&str, &str); 2] = [("npm", "top_npm_20k.tsv"), ("pypi", "top_pypi_15k.txt")];

/// Something that says of names whether they are to be looked at.
pub(super) trait Checker {
    fn flags(&mut self, ecosystem: &'static str, name: &str) -> Result<bool>;
}

/// A name, and whose it is.
pub(super) type Name = (&'static str, String);

#[derive(Debug, Default)]
pub(super) struct Labelled {
    /// Well-known names.
    pub(super) famous: Vec<Name>,
    /// Squats of well-known names.
    squats: Vec<Name>,
    /// Legitimate names that look like others.
    hard: Vec<Name>,
    /// Other legitimate names.
    ordinary: Vec<Name>,
}

impl Labelled {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let mut data = Self::default();
        for (ecosystem, list) in LISTS {
            let text = text(&folder.join(list))?;
            let names = text.lines().filter_map(|line| line.split('\t').next());
            data.famous.extend(names.map(|name| (ecosystem, name.to_owned())));
        }
        let famous: BTreeSet<&Name> = data.famous.iter().collect();
        for record in records(&folder.join("typosquat_pairs_open.jsonl"))? {
            let (Some(squat), Some(target)) = (name(&record, "squat"), name(&record, "target"))
            else {
                continue;
            };
            if famous.contains(&target) {
                data.squats.push(squat);
            }
        }
        for record in records(&folder.join("legit_open.jsonl"))? {
            let Some(legitimate) = name(&record, "name") else { continue };
            let is_hard = text_of(&record, "src").is_some_and(|source| source.ends_with("-fp"));
            if is_hard { &mut data.hard } else { &mut data.ordinary }.push(legitimate);
        }
        Ok(data)
    }
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn records(path: &Path) -> Result<Vec<Value>> {
    let text = text(path)?;
    let records = text.lines().map(serde_json::from_str);
    records.collect::<Result<_, _>>().with_context(|| format!("cannot read {}", path.display()))
}

/// A name of an ecosystem that is scored.
fn name(record: &Value, field: &str) -> Option<Name> {
    let of = text_of(record, "ecosystem")?;
    let (ecosystem, _) = LISTS.iter().find(|(ecosystem, _)| *ecosystem == of)?;
    Some((*ecosystem, text_of(record, field)?.to_owned()))
}

fn text_of<'a>(record: &'a Value, field: &str) -> Option<&'a str> {
    record.get(field)?.as_str()
}

/// Shares of names that were flagged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    pub(super) npm: f64,
    pub(super) pypi: f64,
    pub(super) hard: f64,
    pub(super) ordinary: f64,
    /// How many names were asked about.
    pub(super) asked: f64,
}

impl Score {
    /// Of at most `sample` names of each kind, evenly taken.
    pub(super) fn of(checker: &mut impl Checker, data: &Labelled, sample: usize) -> Result<Self> {
        let mut score = Self::default();
        let of = |ecosystem| data.squats.iter().filter(move |(of, _)| *of == ecosystem).collect();
        score.npm = score.share(checker, of("npm"), sample)?;
        score.pypi = score.share(checker, of("pypi"), sample)?;
        score.hard = score.share(checker, data.hard.iter().collect(), sample)?;
        score.ordinary = score.share(checker, data.ordinary.iter().collect(), sample)?;
        Ok(score)
    }

    fn share(
        &mut self,
        checker: &mut impl Checker,
        names: Vec<&Name>,
        sample: usize,
    ) -> Result<f64> {
        let step = names.len().div_ceil(sample).max(1);
        let (mut asked, mut flagged) = (0.0, 0.0);
        for (ecosystem, name) in names.into_iter().step_by(step) {
            asked += 1.0;
            if checker.flags(ecosystem, name)? {
                flagged += 1.0;
            }
        }
        self.asked += asked;
        Ok(if asked > 0.0 { flagged / asked } else { f64::NAN })
    }
}
