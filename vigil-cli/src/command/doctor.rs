//! `vigil doctor`: looks at everything that recording stands on, has the running agent send something
//! made up along each way of capture, and says what is wrong and what mends it. It mends nothing itself,
//! and nothing of it is ever on record; where it finds the store damaged it leaves a note beside it, by
//! which the next agent looks through all of it.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path, time::Duration};

use clap::builder::styling::Style;

use vigil_platform::{paths::Paths, process};
use vigil_proto::{
    Config,
    report::{Check, CheckVerdict, Doctor, Status},
};

use super::Outcome;
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    settings,
    terminal::{BOLD, Console, DIM, GREEN, RED, YELLOW, plain},
};

mod around;
mod asked;
mod ground;
mod led;
mod running;
mod store;
mod tried;

/// What it looks at, in this order: what the rest stands on comes first.
const NAMES: &[&str] = &[
    "config",
    "folders",
    "room",
    "store",
    "agent",
    "ports",
    "service",
    "ca",
    "route",
    "proxy",
    "transcript",
    "hook",
    "process",
    "daemon",
    "browser",
    "dashboard",
    "notify",
    "intel",
    "cleanup",
];

/// What needs the running agent, which is asked once for all of it.
const TRIED: &[&str] = &["store", "proxy", "transcript", "hook", "process", "browser"];

pub(super) fn run(args: &args::Doctor, paths: &Paths, console: &mut Console) -> Outcome {
    if let Some(unknown) = args.only.iter().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(Failure::Usage {
            message: format!("`{unknown}` is nothing that is looked at"),
            hint: format!("give some of {}", NAMES.join(", ")),
        });
    }
    if let Some(theirs) = of_another(paths) {
        return Err(Failure::new(
            format!("you are root, and {theirs} is another user's"),
            "run `vigil doctor` as that user: it starts programs that the user's files name",
        ));
    }
    let mut round = Round::new(args, paths);
    round.go(console);
    console.progress("");
    let doctor = round.told();
    let exit = if doctor.problems == 0 { Exit::Ok } else { Exit::Failed };
    if console.json {
        console.document("doctor", doctor)?;
    } else {
        show(&doctor, console)?;
    }
    Ok(exit)
}

/// What root would look at that belongs to somebody else.
fn of_another(paths: &Paths) -> Option<String> {
    if process::uid() != 0 {
        return None;
    }
    let all = [paths.home(), paths.data(), paths.state(), paths.run(), paths.ca()];
    let theirs = |path: &&Path| fs::symlink_metadata(path).is_ok_and(|it| it.uid() != 0);
    all.into_iter().find(theirs).map(|path| path.display().to_string())
}

/// One look at everything, and what was found so far.
struct Round<'a> {
    paths: &'a Paths,
    only: &'a [String],
    /// The configuration in force; where it is wrong, that of nobody's wishes.
    config: Config,
    /// The agent, where it answers as it should.
    agent: Option<(Agent, Status)>,
    /// It is there and does not answer as it should.
    is_silent: bool,
    found: Vec<Check>,
}

impl<'a> Round<'a> {
    fn new(args: &'a args::Doctor, paths: &'a Paths) -> Self {
        let config = settings::read(paths).map(|settings| settings.layered.config);
        Self {
            paths,
            only: &args.only,
            config: config.unwrap_or_default(),
            agent: None,
            is_silent: false,
            found: Vec::new(),
        }
    }

    fn go(&mut self, console: &mut Console) {
        let look =
            |round: &mut Self, name: &'static str, look: fn(&Self) -> Check, c: &mut Console| {
                if round.is_asked(name) {
                    c.progress(format_args!("looking at {name} ..."));
                    let check = look(round);
                    round.found.push(check);
                }
            };
        look(self, "config", |round| ground::config(round.paths), console);
        look(self, "folders", |round| ground::folders(round.paths), console);
        look(self, "room", |round| ground::room(round.paths), console);
        look(self, "store", |round| store::look(round), console);
        console.progress("asking the agent ...");
        let (agent, check) = running::agent(self);
        self.is_silent = agent.is_none() && Agent::find(self.paths).is_ok_and(|it| it.is_some());
        self.agent = agent;
        if self.is_asked("agent") {
            self.found.push(check);
        }
        look(self, "ports", running::ports, console);
        look(self, "service", running::service, console);
        look(self, "ca", running::ca, console);
        look(self, "route", led::route, console);
        look(self, "daemon", running::daemon, console);
        look(self, "hook", led::hook, console);
        look(self, "browser", led::browser, console);
        look(self, "dashboard", asked::dashboard, console);
        look(self, "notify", around::notify, console);
        look(self, "intel", around::intel, console);
        look(self, "cleanup", around::cleanup, console);
        if TRIED.iter().any(|name| self.is_asked(name)) {
            console.progress("trying each way of capture ...");
            for check in tried::all(self) {
                self.add(check);
            }
        }
    }

    fn is_asked(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// Adds what was tried to what was seen of the same thing: the worse of the two is told.
    fn add(&mut self, tried: Check) {
        let Some(seen) = self.found.iter_mut().find(|check| check.name == tried.name) else {
            self.found.push(tried);
            return;
        };
        match (seen.verdict, tried.verdict) {
            (CheckVerdict::Problem, _) => {}
            (_, CheckVerdict::Works) => seen.words = format!("{}; {}", seen.words, tried.words),
            (_, CheckVerdict::Problem) | (CheckVerdict::Works, _) => *seen = tried,
            _ => {}
        }
    }

    /// All of it, in the order of the names.
    fn told(mut self) -> Doctor {
        let place = |check: &Check| NAMES.iter().position(|name| *name == check.name);
        self.found.sort_by_key(place);
        let problems = self.found.iter().filter(|it| it.verdict == CheckVerdict::Problem).count();
        let problems = u32::try_from(problems).unwrap_or(u32::MAX);
        Doctor { checks: self.found, problems }
    }
}

fn check(name: &str, verdict: CheckVerdict, words: impl Into<String>, remedy: &str) -> Check {
    let remedy = (!remedy.is_empty()).then(|| remedy.to_owned());
    Check { name: name.to_owned(), verdict, words: words.into(), remedy }
}

fn works(name: &str, words: impl Into<String>) -> Check {
    check(name, CheckVerdict::Works, words, "")
}

fn off(name: &str, words: impl Into<String>, remedy: &str) -> Check {
    check(name, CheckVerdict::Off, words, remedy)
}

fn warning(name: &str, words: impl Into<String>, remedy: &str) -> Check {
    check(name, CheckVerdict::Warning, words, remedy)
}

fn problem(name: &str, words: impl Into<String>, remedy: &str) -> Check {
    check(name, CheckVerdict::Problem, words, remedy)
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// A failure of another command's, as a problem.
fn failed(name: &str, failure: &Failure, else_remedy: &str) -> Check {
    let hint = failure.hint();
    problem(name, failure.what(), hint.as_deref().unwrap_or(else_remedy))
}

fn show(doctor: &Doctor, console: &mut Console) -> io::Result<()> {
    let width = console.width.unwrap_or(usize::MAX).max(NARROWEST);
    for check in &doctor.checks {
        let words = plain(&check.words).to_string();
        let mut lines = folded(&words, width - INDENT);
        let style = style(check.verdict);
        let (word, name) = (word(check.verdict), &check.name);
        let first = lines.next().unwrap_or_default();
        console.line(format_args!("{style}{word:8}{style:#} {BOLD}{name:11}{BOLD:#} {first}"))?;
        for line in lines {
            console.line(format_args!("{:INDENT$}{line}", ""))?;
        }
        if let Some(remedy) = &check.remedy {
            console.line(format_args!("{:INDENT$}{DIM}->{DIM:#} {}", "", plain(remedy)))?;
        }
    }
    match doctor.problems {
        0 => console.line(format_args!("\n{GREEN}Nothing is wrong.{GREEN:#}")),
        1 => console.line(format_args!("\n{RED}One thing is wrong.{RED:#}")),
        n => console.line(format_args!("\n{RED}{n} things are wrong.{RED:#}")),
    }?;
    console.line(format_args!(
        "{DIM}Nothing of this is on record: what was tried was made up, and is gone.{DIM:#}"
    ))
}

/// Where the words begin.
const INDENT: usize = 21;
/// No terminal is taken to be narrower, in columns.
const NARROWEST: usize = 60;

/// `words` in lines of at most `width` characters, as far as single words allow.
fn folded(words: &str, width: usize) -> impl Iterator<Item = String> {
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.into_iter()
}

const fn style(verdict: CheckVerdict) -> Style {
    match verdict {
        CheckVerdict::Works => GREEN,
        CheckVerdict::Off => DIM,
        CheckVerdict::Warning => YELLOW,
        CheckVerdict::Problem => RED,
    }
}

const fn word(verdict: CheckVerdict) -> &'static str {
    match verdict {
        CheckVerdict::Works => "ok",
        CheckVerdict::Off => "off",
        CheckVerdict::Warning => "warning",
        CheckVerdict::Problem => "problem",
    }
}

/// How long the agent may take to try everything; it takes some two seconds, and gives up by itself
/// well before this.
const PATIENCE: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn words_are_folded_and_none_is_lost() {
        let lines: Vec<String> = folded("one two three four-and-more five", 9).collect();
        assert_eq!(lines, ["one two", "three", "four-and-more", "five"]);
        assert_eq!(folded("", 9).collect::<Vec<_>>(), [""]);
    }
}
