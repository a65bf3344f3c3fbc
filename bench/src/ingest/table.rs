//! The figures and what was aimed at, as they are printed.

use std::io::{self, Write as _};

use anyhow::Result;
use serde_json::{Value as Json, json};

use crate::{
    figures::Target,
    meter,
    report::{cpus, digits},
    stats::Summary,
};

#[derive(Debug)]
struct Row {
    name: &'static str,
    words: &'static str,
    unit: &'static str,
    values: Vec<f64>,
    target: Target,
}

#[derive(Debug)]
enum Line {
    Heading(&'static str),
    Row(Row),
}

#[derive(Debug)]
pub(crate) struct Table {
    /// Of its JSON document.
    schema: &'static str,
    lines: Vec<Line>,
    /// Programs that wanted to run before we came.
    load: Option<f64>,
}

impl Table {
    pub(crate) const fn new(schema: &'static str, load: Option<f64>) -> Self {
        Self { schema, lines: Vec::new(), load }
    }

    pub(crate) fn heading(&mut self, words: &'static str) {
        self.lines.push(Line::Heading(words));
    }

    /// A figure and its values, one for each round; no value where it cannot be measured.
    pub(crate) fn row(
        &mut self,
        name: &'static str,
        words: &'static str,
        unit: &'static str,
        values: Vec<f64>,
        target: Target,
    ) {
        self.lines.push(Line::Row(Row { name, words, unit, values, target }));
    }

    pub(crate) fn print(&self, as_json: bool) -> Result<()> {
        let mut out = io::stdout().lock();
        if as_json {
            writeln!(out, "{}", self.document())?;
            return Ok(out.flush()?);
        }
        let load = |load: Option<f64>| load.map_or("?".to_owned(), |load| format!("{load:.1}"));
        let (before, after) = (load(self.load), load(meter::load_average()));
        writeln!(out, "CPUs: {}, load average {before} before and {after} after", cpus())?;
        for line in &self.lines {
            match line {
                Line::Heading(words) => writeln!(out, "\n{words}")?,
                Line::Row(row) => writeln!(out, "{}", row.text())?,
            }
        }
        Ok(out.flush()?)
    }

    fn document(&self) -> Json {
        let rows = self.lines.iter().filter_map(|line| match line {
            Line::Row(row) => Some(row.document()),
            Line::Heading(_) => None,
        });
        json!({
            "schema": self.schema,
            "cpus": cpus(),
            "load_before": self.load,
            "load_after": meter::load_average(),
            "figures": rows.collect::<Vec<_>>(),
        })
    }
}

impl Row {
    fn text(&self) -> String {
        let Some(summary) = Summary::of(&self.values) else {
            return format!("  {:<34} not measured here", self.words);
        };
        let value = format!("{} {}", digits(summary.median), self.unit);
        let range = if summary.n > 1 {
            format!("{}..{}", digits(summary.min), digits(summary.max))
        } else {
            String::new()
        };
        let target = match self.target {
            Target::AtMost(limit) => format!("at most {limit}"),
            Target::AtLeast(limit) => format!("at least {limit}"),
            Target::Below(limit) => format!("below {limit}"),
            Target::None => String::new(),
        };
        let verdict = match self.target.is_met_by(summary.median) {
            Some(true) => "met",
            Some(false) => "missed",
            None => "",
        };
        let text = format!("  {:<34} {value:<16} {range:<15} {target:<13} {verdict}", self.words);
        text.trim_end().to_owned()
    }

    fn document(&self) -> Json {
        let summary = Summary::of(&self.values);
        let target = match self.target {
            Target::AtMost(limit) => json!({"at_most": limit}),
            Target::AtLeast(limit) => json!({"at_least": limit}),
            Target::Below(limit) => json!({"below": limit}),
            Target::None => Json::Null,
        };
        json!({
            "name": self.name,
            "unit": self.unit,
            "target": target,
            "median": summary.map(|summary| summary.median),
            "min": summary.map(|summary| summary.min),
            "max": summary.map(|summary| summary.max),
            "values": self.values,
            "met": summary.and_then(|summary| self.target.is_met_by(summary.median)),
        })
    }
}
