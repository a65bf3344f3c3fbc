//! What is found of what a file says is to be found.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    ops::Range,
    path::Path,
};

use anyhow::{Context, Result};
use serde_json::Value;
use vigil_detect::Engine;

/// How many were found, missed, and found where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Score {
    pub(crate) texts: f64,
    found: f64,
    missed: f64,
    wrong: f64,
}

impl Score {
    pub(crate) fn recall(&self) -> f64 {
        self.found / (self.found + self.missed).max(1.0)
    }

    pub(crate) fn precision(&self) -> f64 {
        self.found / (self.found + self.wrong).max(1.0)
    }

    /// A secret counts as found when eight bytes of it, or half of a shorter one, are.
    fn add(&mut self, hits: &[Range<usize>], secrets: &[Range<usize>], ignored: &[Range<usize>]) {
        self.texts += 1.0;
        for secret in secrets {
            let enough = (secret.len() / 2).clamp(1, 8);
            if hits.iter().any(|hit| common(hit, secret) >= enough) {
                self.found += 1.0;
            } else {
                self.missed += 1.0;
            }
        }
        let meets =
            |hit: &Range<usize>| secrets.iter().chain(ignored).any(|known| common(hit, known) > 0);
        for _ in hits.iter().filter(|hit| !meets(hit)) {
            self.wrong += 1.0;
        }
    }
}

fn common(a: &Range<usize>, b: &Range<usize>) -> usize {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

pub(crate) fn score(engine: &Engine, file: &Path) -> Result<Score> {
    let open = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut score = Score::default();
    for (number, line) in BufReader::new(open).lines().enumerate() {
        let line = line.with_context(|| format!("cannot read {}", file.display()))?;
        let item: Value = serde_json::from_str(&line)
            .with_context(|| format!("line {} of {}", number + 1, file.display()))?;
        let text = item.get("text").and_then(Value::as_str).unwrap_or_default();
        let hits: Vec<_> = engine
            .scan(text)
            .iter()
            .filter(|hit| !hit.documented_example)
            .map(|hit| hit.start..hit.end)
            .collect();
        score.add(&hits, &places(&item, "secrets"), &places(&item, "ignore"));
    }
    Ok(score)
}

fn places(item: &Value, name: &str) -> Vec<Range<usize>> {
    let number = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
    };
    let values = item.get(name).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(|value| Some(number(value, "start")?..number(value, "end")?)).collect()
}

#[cfg(test)]
mod tests;
