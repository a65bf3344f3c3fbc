//! `vigil verify`: whether the record is still the one that was written. Reads the store, asks the
//! root daemon for the heads that it noted where there is one, changes nothing, and says what it
//! cannot know.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use vigil_platform::paths::{self, Paths};
use vigil_proto::report::{NotedHead, Problem, Tally, Verified, Wrong};
use vigil_store::Reader;

use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    store,
    terminal::{BOLD, Console, GREEN, RED, Table, count, plain, shorten},
};

mod daemon;

/// A file of anchors larger than this is none. In bytes.
const LARGEST: u64 = 64 << 20;

/// How many deletions are told to a person.
const DELETIONS: usize = 5;

pub(super) fn run(args: &args::Verify, paths: &Paths, console: &mut Console) -> Outcome {
    let given = args.anchor.as_deref().map(anchors).transpose()?;
    // Before the store is read: what is noted meanwhile is not in that state of it.
    let by_daemon = of_daemon(args, console);
    let noted = match (given, &by_daemon) {
        (given, Some(by_daemon)) if !by_daemon.is_empty() => {
            Some(given.into_iter().flatten().chain(by_daemon.heads()).collect())
        }
        (given, _) => given,
    };
    let reader = match &args.db {
        Some(folder) => Some(Reader::open(folder)?),
        None => store::open(paths)?,
    };
    let Some(reader) = reader else {
        return nothing(noted.as_deref(), paths, console);
    };
    let mut verified = reader.verify(noted.as_deref(), &mut |done, total| {
        console.progress(format_args!("Checking {} %", done * 100 / total.max(1)));
    })?;
    console.progress("");
    if let (Some(anchors), Some(by_daemon)) = (&mut verified.anchors, &by_daemon) {
        anchors.by_daemon = Some(by_daemon.heads().count() as u64);
        anchors.since = by_daemon.since(anchors.vouched);
    }
    let exit = if verified.intact { Exit::Ok } else { Exit::Failed };
    if console.json {
        console.document("verify", verified)?;
    } else {
        print(&verified, console)?;
        limits(&verified, by_daemon.is_some(), console);
    }
    Ok(exit)
}

/// What the root daemon noted of the user's own store; nothing when it is not there, or when
/// another store is looked at.
fn of_daemon(args: &args::Verify, console: &mut Console) -> Option<daemon::Noted> {
    let is_own = args.db.is_none() && !paths::are_moved();
    if !is_own && args.test_daemon.is_none() {
        return None;
    }
    daemon::ask(args.test_daemon.as_deref()).unwrap_or_else(|error| {
        console.say(format_args!("warning: the root daemon's anchors are not known: {error}"));
        None
    })
}

/// There is no store. Whoever has noted a head knows that there was one.
fn nothing(noted: Option<&[NotedHead]>, paths: &Paths, console: &mut Console) -> Outcome {
    if noted.is_some() {
        return Err(Failure::new(
            format!(
                "there is no store in {}, and a head of its chain was noted",
                paths.data().display()
            ),
            "look for it in a backup; `--db FOLDER` verifies a store elsewhere",
        ));
    }
    if console.json {
        console.document("verify", Verified { intact: true, ..Verified::default() })?;
    } else {
        console.say(format_args!("Nothing is recorded yet. {}", store::NOTHING_YET));
    }
    Ok(Exit::Ok)
}

/// The heads in a file, a line each; blank lines and what follows a `#` are passed over.
fn anchors(path: &Path) -> Result<Vec<NotedHead>, Failure> {
    let failed =
        |source: io::Error| Failure::File { operation: "read", path: path.to_owned(), source };
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut text = String::new();
    input.take(LARGEST + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > LARGEST {
        return Err(unusable(path, "is too large for a list of anchors"));
    }
    let mut heads = Vec::new();
    for (line, number) in text.lines().zip(1_u64..) {
        let said = line.split('#').next().unwrap_or_default();
        if said.trim().is_empty() {
            continue;
        }
        let head = NotedHead::from_line(said)
            .ok_or_else(|| unusable(path, &format!("has no anchor in line {number}")))?;
        heads.push(head);
    }
    if heads.is_empty() {
        return Err(unusable(path, "has no anchor in it"));
    }
    Ok(heads)
}

fn unusable(path: &Path, what: &str) -> Failure {
    Failure::Usage {
        message: format!("{} {what}", path.display()),
        hint: "a line is the number of a link and its head, 64 hexadecimal digits".to_owned(),
    }
}

fn print(verified: &Verified, console: &mut Console) -> io::Result<()> {
    if verified.intact {
        console.line(format_args!("{GREEN}intact{GREEN:#}"))?;
    } else {
        let total = count(verified.problems_total);
        let s = if verified.problems_total == 1 { "" } else { "s" };
        console.line(format_args!("{RED}not intact{RED:#}: {total} problem{s}"))?;
    }
    let chain = &verified.chain;
    console.line(format_args!(
        "chain     {} links{}",
        count(chain.links),
        span(verified, console)
    ))?;
    if let Some(head) = &chain.head {
        console.line(format_args!("head      {} {head}", chain.number))?;
    }
    for (name, tally) in [
        ("events", &verified.events),
        ("findings", &verified.findings),
        ("others", &verified.other),
    ] {
        console.line(format_args!("{name:<8}  {}", in_words(tally)))?;
    }
    if let Some(anchors) = &verified.anchors {
        let elsewhere = match anchors.elsewhere {
            0 => String::new(),
            n => format!(", {} of a file that was set aside", count(n)),
        };
        console.line(format_args!(
            "anchors   {} of {} match{elsewhere}; vouched for up to link {} of {}{}",
            count(anchors.matched),
            count(anchors.given),
            anchors.vouched,
            chain.number,
            anchors.since.map_or_else(String::new, |since| {
                format!(", which the root daemon noted {}", console.clock.both(since))
            }),
        ))?;
    }
    rewritings(verified, console)?;
    deletions(verified, console)?;
    problems(&verified.problems, console)
}

fn span(verified: &Verified, console: &Console) -> String {
    let chain = &verified.chain;
    let (Some(from), Some(until)) = (chain.from, chain.until) else { return String::new() };
    format!(", {} to {}", console.clock.exact(from), console.clock.exact(until))
}

fn in_words(tally: &Tally) -> String {
    let parts = [
        (tally.purged_by_age, "deleted by age"),
        (tally.purged_by_quota, "deleted for the quota"),
        (tally.forgotten, "forgotten on request"),
        (tally.united, "united with another sighting"),
        (tally.altered, "altered"),
        (tally.missing, "missing"),
        (tally.added, "added"),
    ];
    let others = parts.into_iter().filter(|(n, _)| *n > 0);
    let words = std::iter::once((tally.intact, "intact"))
        .chain(others)
        .map(|(n, what)| format!("{} {what}", count(n)));
    words.collect::<Vec<_>>().join(", ")
}

/// What was masked again by newer rules, which says anew what else never changes.
fn rewritings(verified: &Verified, console: &mut Console) -> io::Result<()> {
    let chain = &verified.chain;
    let Some(last) = chain.rewritings.first() else { return Ok(()) };
    let rows = if chain.rewritten == 1 { "row" } else { "rows" };
    console.line(format_args!(
        "masked    {} {rows} again by newer rules, last in link {}, {}",
        count(chain.rewritten),
        last.link,
        console.clock.both(last.at),
    ))
}

fn deletions(verified: &Verified, console: &mut Console) -> io::Result<()> {
    let chain = &verified.chain;
    for deletion in chain.deletions.iter().take(DELETIONS) {
        console.line(format_args!(
            "deleted   {} by {}, link {}, {}",
            count(deletion.rows),
            deletion.why,
            deletion.link,
            console.clock.both(deletion.at),
        ))?;
    }
    let shown = chain.deletions.len().min(DELETIONS) as u64;
    if chain.deletions_total > shown {
        let more = count(chain.deletions_total - shown);
        console.line(format_args!("          and {more} times before"))?;
    }
    Ok(())
}

fn problems(problems: &[Problem], console: &mut Console) -> io::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let mut table =
        Table::new(&["WHAT", "", ">NUMBER", "KIND", "WHEN", "SESSION", ">LINK", "WHY", "ID"]);
    for problem in problems {
        table.row(cells(problem, console));
    }
    console.line("")?;
    let text = table.to_string();
    let mut lines = text.lines();
    if let Some(head) = lines.next() {
        console.line(format_args!("{BOLD}{head}{BOLD:#}"))?;
    }
    lines.try_for_each(|line| console.line(line))
}

fn cells(problem: &Problem, console: &Console) -> [String; 9] {
    let number = match problem.to {
        Some(to) => format!("{}-{to}", problem.number),
        None => problem.number.to_string(),
    };
    let name = problem.name.as_ref().map_or_else(String::new, |name| shorten(name.as_str(), 24));
    let kind = problem.kind.map_or_else(String::new, |kind| format!("{kind} "));
    // Of a row that is gone, only the link's time is known.
    let when = match problem.what {
        Wrong::Missing => problem.link_at,
        _ => problem.at,
    };
    [
        problem.what.to_string(),
        problem.about.to_string(),
        number,
        format!("{kind}{name}"),
        when.map_or_else(String::new, |at| console.clock.to_the_second(at)),
        problem.session.as_ref().map_or_else(String::new, |id| shorten(id.as_str(), 9)),
        problem.link.map_or_else(String::new, |link| link.to_string()),
        problem.why.clone(),
        problem.id.clone().unwrap_or_default(),
    ]
}

/// What this cannot know.
fn limits(verified: &Verified, has_daemon: bool, console: &mut Console) {
    let shown = verified.problems.len() as u64;
    if verified.problems_total > shown {
        let more = count(verified.problems_total - shown);
        console.say(format_args!("\nThe first {} are shown; there are {more} more.", count(shown)));
    }
    if let Some(until) = verified.chain.as_found {
        console.say(format_args!(
            "\nWhat was recorded before {} was committed to as it was found then.",
            console.clock.exact(until)
        ));
    }
    if let Some(link) = verified.chain.goes_on_from {
        console.say(format_args!(
            "\nThe chain goes on from link {link} of a damaged file that was set aside; what is \
             before stands there."
        ));
    }
    let words = match &verified.anchors {
        None if has_daemon => {
            "The root daemon has noted nothing of yours: a cut end cannot be seen, and whoever runs \
             with your rights can write a whole chain anew. It notes heads of who is enrolled, \
             while the agent runs."
        }
        None => {
            "No anchor was given: a cut end cannot be seen, and whoever runs with your rights can \
             write a whole chain anew. Note the head where they cannot write, and give it with \
             `--anchor`."
        }
        Some(anchors) if anchors.vouched < verified.chain.number => {
            "Links after the last anchor have nobody's word but the store's own."
        }
        Some(_) => return,
    };
    console.say(format_args!("\n{}", plain(words)));
}
