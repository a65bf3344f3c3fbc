//! What judging packages costs, by what there is to know of a name, and what it gives on labelled
//! names; other checkers on the same names.

use std::{
    borrow::Cow,
    hint,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;
use vigil_detect::{
    intel::Intel,
    package::{self, Knowledge},
};
use vigil_proto::{
    Severity,
    package::{Assessment, Package, PackageSource},
};

use crate::{figures::Target, ingest::Table, meter};

mod guarddog;
mod labelled;
mod typomania;

use self::{
    guarddog::Guarddog,
    labelled::{Checker, Labelled, Score},
    typomania::Typomania,
};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Lists and labelled names, as docs/PACKAGES.md says: how much is found, beside typomania
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A python that has guarddog, which is asked about a sample of the labelled names
    #[arg(long, value_name = "FILE", requires = "data")]
    guarddog: Option<PathBuf>,
    /// Print one JSON document in place of the table
    #[arg(long)]
    json: bool,
    /// Of no use here; every benchmark is told where Vigil is
    #[arg(long, value_name = "FILE", hide = true)]
    vigil: PathBuf,
}

/// A class of names: for machines, for people, and some of them.
type Class = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const CLASSES: [Class; 4] = [
    (
        "well_known",
        "one that is well known",
        &[
            ("npm", "react"),
            ("npm", "@babel/core"),
            ("npm", "eslint-plugin-react-hooks"),
            ("pypi", "requests"),
            ("pypi", "typing_extensions"),
            ("pypi", "google-cloud-storage"),
        ],
    ),
    (
        "known",
        "one that is known",
        &[
            ("npm", "expres"),
            ("npm", "react-timeago-i18n"),
            ("npm", "json2sql"),
            ("pypi", "pandass"),
            ("pypi", "dagster-celery-k8s-x"),
            ("pypi", "flask-shorten"),
        ],
    ),
    (
        "slip",
        "one that passes for another",
        &[
            ("npm", "axois"),
            ("npm", "webpcak-dev-server"),
            ("npm", "@bable/core"),
            ("pypi", "requets"),
            ("pypi", "pythno-dateutil"),
            ("pypi", "tensoorfllow"),
        ],
    ),
    (
        "unknown",
        "one that nobody knows",
        &[
            ("npm", "totally-new-react-thing-maker"),
            ("npm", "@nobody-at-all/some-thing-of-ours"),
            ("npm", "zzyzx-quux"),
            ("pypi", "our-internal-billing-client"),
            ("pypi", "fastapi-auth-middleware-helper-x"),
            ("pypi", "qwzk"),
        ],
    ),
];

const COMMANDS: [&str; 6] = [
    "npm install react@18 axois left-pad-of-ours",
    "cd app && pip install -r requirements.txt requets",
    "curl -fsSL https://sh.rustup.rs | sh -s -- -y",
    "sudo apt-get update && sudo apt-get install -y curl git && uv pip install torch",
    "git commit -m 'npm install foo' && echo done | tee log.txt",
    "for p in a b; do cargo install ripgrep; done; docker run --rm -it nginx:1.27 sh",
];

/// At least so long is measured at a time.
const MEASURED: Duration = Duration::from_millis(100);

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut table = Table::new("vigil.bench.packages/1", meter::load_average());
    let judge = Judge { knowledge: Knowledge::embedded(), intel: Intel::default() };
    let rounds = |each: &dyn Fn()| (0..options.rounds).map(|_| micros(each)).collect::<Vec<f64>>();
    eprintln!("judging, {} rounds", options.rounds);
    table.heading("one package, on one core");
    for (name, words, packages) in CLASSES {
        let all = || {
            for (ecosystem, package) in packages {
                hint::black_box(judge.thought(ecosystem, package));
            }
        };
        let each = per(rounds(&all), packages.len());
        table.row(name, words, "us", each, Target::AtMost(100.0));
    }
    table.heading("one command, read and judged");
    let all = || {
        for command in COMMANDS {
            hint::black_box(package::judge(command, judge.knowledge, &judge.intel));
        }
    };
    table.row(
        "command",
        "one command",
        "us",
        per(rounds(&all), COMMANDS.len()),
        Target::Below(100.0),
    );
    if let Some(folder) = &options.data {
        let data = Labelled::read(folder)?;
        quality(&mut table, &data, &judge)?;
        peers(&mut table, &data, &judge, options)?;
    }
    table.print(options.json)
}

/// Microseconds that one call of `each` takes.
fn micros(each: &dyn Fn()) -> f64 {
    let (start, mut calls) = (Instant::now(), 0_u32);
    while start.elapsed() < MEASURED {
        each();
        calls += 1;
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
}

#[expect(clippy::cast_precision_loss, reason = "few")]
fn per(rounds: Vec<f64>, count: usize) -> Vec<f64> {
    rounds.into_iter().map(|all| all / count as f64).collect()
}

struct Judge {
    knowledge: &'static Knowledge,
    intel: Intel,
}

impl Judge {
    fn thought(&self, ecosystem: &'static str, name: &str) -> Assessment {
        let package = Package {
            manager: Cow::Borrowed(""),
            ecosystem: Cow::Borrowed(ecosystem),
            name: Some(name.to_owned()),
            version: None,
            source: PackageSource::Registry,
            url: None,
            flags: Vec::new(),
        };
        self.knowledge.judge(&package, &self.intel)
    }
}

impl Checker for Judge {
    fn flags(&mut self, ecosystem: &'static str, name: &str) -> Result<bool> {
        Ok(self.thought(ecosystem, name).severity >= Some(Severity::High))
    }
}

/// Another checker, behind Vigil's filters of known names.
struct Unknown<C> {
    checker: C,
    judge: Judge,
}

impl<C: Checker> Checker for Unknown<C> {
    fn flags(&mut self, ecosystem: &'static str, name: &str) -> Result<bool> {
        let thought = self.judge.thought(ecosystem, name);
        let is_unknown = thought.reasons.iter().any(|reason| reason.rule == "unknown-name");
        Ok(is_unknown && self.checker.flags(ecosystem, name)?)
    }
}

fn quality(table: &mut Table, data: &Labelled, judge: &Judge) -> Result<()> {
    let mut judge = Judge { knowledge: judge.knowledge, intel: judge.intel.clone() };
    let score = Score::of(&mut judge, data, usize::MAX)?;
    table.heading("at high and worse, on the labelled names, without lists that were brought in");
    let mut row = |name, words, value, target| table.row(name, words, "", vec![value], target);
    row("recall_npm", "squats of well-known npm names", score.npm, Target::AtLeast(0.72));
    row("recall_pypi", "squats of well-known PyPI names", score.pypi, Target::AtLeast(0.72));
    row("wrong_hard", "look-alikes that are fine", score.hard, Target::AtMost(0.025));
    row("wrong_ordinary", "ordinary names", score.ordinary, Target::AtMost(0.005));
    Ok(())
}

fn peers(table: &mut Table, data: &Labelled, judge: &Judge, options: &Options) -> Result<()> {
    eprintln!("having typomania check the same names");
    let mut typomania = Typomania::new(data);
    let start = Instant::now();
    let score = Score::of(&mut typomania, data, usize::MAX)?;
    let theirs = start.elapsed().as_secs_f64() * 1e6 / score.asked;
    let mut own = Judge { knowledge: judge.knowledge, intel: judge.intel.clone() };
    let start = Instant::now();
    let ours = Score::of(&mut own, data, usize::MAX)?;
    let ours = start.elapsed().as_secs_f64() * 1e6 / ours.asked;
    table.heading(
        "typomania 0.2: bit flips, omissions, word order, keyboard; all of the same names",
    );
    let mut row =
        |name, words, unit, value| table.row(name, words, unit, vec![value], Target::None);
    row("typomania_npm", "squats of well-known npm names", "", score.npm);
    row("typomania_pypi", "squats of well-known PyPI names", "", score.pypi);
    row("typomania_hard", "look-alikes that are fine", "", score.hard);
    row("typomania_ordinary", "ordinary names", "", score.ordinary);
    row("typomania_us", "one name of them all", "us", theirs);
    row("typomania_times", "that as a multiple of Vigil's", "x", theirs / ours);
    let score = Score::of(&mut Unknown { checker: typomania, judge: own }, data, usize::MAX)?;
    table.heading("the same, only of names that Vigil does not know");
    let mut row = |name, words, value| table.row(name, words, "", vec![value], Target::None);
    row("typomania_unknown_npm", "squats of well-known npm names", score.npm);
    row("typomania_unknown_pypi", "squats of well-known PyPI names", score.pypi);
    row("typomania_unknown_hard", "look-alikes that are fine", score.hard);
    let Some(python) = &options.guarddog else {
        eprintln!("guarddog was not measured: --guarddog PYTHON says where it is");
        return Ok(());
    };
    eprintln!("having guarddog check a sample of them");
    let mut guarddog = Guarddog::start(python).context("guarddog")?;
    let score = Score::of(&mut guarddog, data, guarddog::SAMPLE)?;
    table.heading("guarddog's check of names, on a sample of them");
    let mut row =
        |name, words, unit, value| table.row(name, words, unit, vec![value], Target::None);
    row("guarddog_npm", "squats of well-known npm names", "", score.npm);
    row("guarddog_pypi", "squats of well-known PyPI names", "", score.pypi);
    row("guarddog_hard", "look-alikes that are fine", "", score.hard);
    row("guarddog_ordinary", "ordinary names", "", score.ordinary);
    row("guarddog_us", "one name", "us", guarddog.micros());
    Ok(())
}
