//! What is printed when all is measured.

use std::io::{self, Write};

use anyhow::Result;
use serde_json::{Value as Json, json};

use crate::{
    figures::{self, Figure, Target, Value},
    meter,
    rounds::Measured,
};

/// The machine that it was measured on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    /// Programs that wanted to run before we came.
    pub(crate) load: Option<f64>,
    pub(crate) rounds: u32,
}

/// The table, or the document.
pub(crate) fn print(measured: &Measured, machine: &Machine, as_json: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    if as_json {
        writeln!(out, "{}", document(measured, machine))?;
    } else {
        table(&mut out, measured, machine)?;
    }
    Ok(out.flush()?)
}

/// Of this machine.
pub(crate) fn cpus() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn document(measured: &Measured, machine: &Machine) -> Json {
    let proxies: Vec<Json> = measured
        .proxies
        .iter()
        .map(|(name, rounds)| {
            let figures: Vec<Json> = figures::ALL
                .iter()
                .map(|figure| entry(figure, figure.value(&measured.direct, rounds).as_ref()))
                .collect();
            json!({"name": name, "figures": figures})
        })
        .collect();
    json!({
        "schema": "vigil.bench.proxy/1",
        "rounds": machine.rounds,
        "cpus": cpus(),
        "load_before": machine.load,
        "load_after": meter::load_average(),
        "proxies": proxies,
    })
}

fn entry(figure: &Figure, value: Option<&Value>) -> Json {
    let target = match figure.target {
        Target::AtMost(limit) => json!({"at_most": limit}),
        Target::AtLeast(limit) => json!({"at_least": limit}),
        Target::Below(limit) => json!({"below": limit}),
        Target::None => Json::Null,
    };
    json!({
        "name": figure.name,
        "unit": figure.unit,
        "target": target,
        "median": value.map(|value| value.summary.median),
        "min": value.map(|value| value.summary.min),
        "max": value.map(|value| value.summary.max),
        "n": value.map_or(0, |value| value.summary.n),
        "direct": value.and_then(|value| value.direct),
        "proxied": value.and_then(|value| value.proxied),
        "met": value.and_then(|value| value.is_met),
        "close": value.is_some_and(|value| value.is_close),
        "undecided": value.is_some_and(|value| value.is_undecided),
        "rounds": value.map(|value| value.rounds.clone()).unwrap_or_default(),
    })
}

fn table(out: &mut impl Write, measured: &Measured, machine: &Machine) -> Result<()> {
    let load = |load: Option<f64>| load.map_or("?".to_owned(), |load| format!("{load:.1}"));
    writeln!(
        out,
        "rounds: {}, CPUs: {}, load average {} before and {} after",
        machine.rounds,
        cpus(),
        load(machine.load),
        load(meter::load_average())
    )?;
    for (name, rounds) in &measured.proxies {
        writeln!(out)?;
        writeln!(
            out,
            "{name:<34} {:>9} {:>9}  {:<18} {:<15} {:>2}  {:<13} verdict",
            "direct", "proxied", "median", "min..max", "n", "target"
        )?;
        for figure in figures::ALL {
            match figure.value(&measured.direct, rounds) {
                Some(value) => row(out, figure, &value)?,
                None => writeln!(out, "{:<34} not measured here", figure.words)?,
            }
        }
    }
    Ok(())
}

fn row(out: &mut impl Write, figure: &Figure, value: &Value) -> Result<()> {
    let Value { summary, .. } = value;
    let plain = |number: Option<f64>| number.map_or("-".to_owned(), digits);
    let doubt = |doubtful: bool| if doubtful { " ?" } else { "" };
    let median = format!("{} {}{}", digits(summary.median), figure.unit, doubt(value.is_undecided));
    let range = format!("{}..{}", digits(summary.min), digits(summary.max));
    let target = match figure.target {
        Target::AtMost(limit) => format!("at most {limit}"),
        Target::AtLeast(limit) => format!("at least {limit}"),
        Target::Below(limit) => format!("below {limit}"),
        Target::None => "-".to_owned(),
    };
    let verdict = match value.is_met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "-",
    };
    let (direct, proxied) = match value.direct {
        None => (None, None),
        there => (there, value.proxied),
    };
    writeln!(
        out,
        "{:<34} {:>9} {:>9}  {median:<18} {range:<15} {:>2}  {target:<13} {verdict}{}",
        figure.words,
        plain(direct),
        plain(proxied),
        summary.n,
        doubt(value.is_close)
    )?;
    Ok(())
}

/// Three digits that mean something.
pub(crate) fn digits(number: f64) -> String {
    match number.abs() {
        size if size >= 99.95 => format!("{number:.0}"),
        size if size >= 9.995 => format!("{number:.1}"),
        size if size >= 0.9995 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

#[cfg(test)]
mod tests;
