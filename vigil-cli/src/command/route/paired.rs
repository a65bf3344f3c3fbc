//! `vigil route on BROWSER --paired`, for browsers that may start no program: a code that their extension
//! trades for a token of its own. `vigil route off` ends that.

use serde::Serialize;
use vigil_platform::{
    native_messaging::{BROWSERS, Browser},
    paths::Paths,
    private,
};
use vigil_proto::{
    browser::{
        HOST,
        paired::{Code, Ended, FILE, List, Listed, Paired, Which},
    },
    change::Changed,
    report::Document,
};

use super::{super::Outcome, noted};
use crate::{
    agent::Agent,
    failure::{Exit, Failure},
    terminal::Console,
};

/// The file is some hundred bytes for each pairing.
const FILE_MAX: u64 = 64 * 1024;

pub(super) fn code(browser: &Browser, paths: &Paths, console: &mut Console) -> Outcome {
    let agent = Agent::require(paths)?;
    let which = Which { browser: browser.word.to_owned() };
    let Document { body: code, .. }: Document<Code> = agent.order_with("browser/code", &which)?;
    if console.json {
        console.document("pairing_code", code)?;
        return Ok(Exit::Ok);
    }
    console.say(format_args!(
        "In {}, press Vigil's button, then \"How to reach Vigil\", and type in this code within {} \
         seconds. It works once:",
        browser.title, code.seconds
    ));
    console.line(&code.code)?;
    Ok(Exit::Ok)
}

/// How a browser reaches Vigil, in `vigil.route/1`.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) browser: &'static str,
    pub(super) title: &'static str,
    /// It has the manifest of Vigil's native host.
    pub(super) starts: bool,
    /// Its profiles that are paired.
    pub(super) paired: Vec<Listed>,
}

/// Every browser that is there, or is paired.
pub(super) fn rows(paths: &Paths) -> Result<Vec<Row>, Failure> {
    let all = all(paths)?;
    let is_there = |path: Option<std::path::PathBuf>| path.is_some_and(|path| path.exists());
    let row = |browser: &'static Browser| Row {
        browser: browser.word,
        title: browser.title,
        starts: is_there(browser.manifest(paths.home(), HOST)),
        paired: all.iter().filter(|one| one.browser == browser.word).cloned().collect(),
    };
    let rows = BROWSERS.iter().filter_map(|browser| {
        let row = row(browser);
        (!row.paired.is_empty() || is_there(browser.folder(paths.home()))).then_some(row)
    });
    Ok(rows.collect())
}

/// The browsers that are paired, by their titles.
pub(in crate::command) fn titles(paths: &Paths) -> Result<Vec<&'static str>, Failure> {
    let all = all(paths)?;
    let is_paired = |browser: &&Browser| all.iter().any(|one| one.browser == browser.word);
    Ok(BROWSERS.iter().filter(is_paired).map(|browser| browser.title).collect())
}

/// What is paired: as the file has it, or, where that cannot be read, as a running agent does.
fn all(paths: &Paths) -> Result<Vec<Listed>, Failure> {
    let failure = match known(paths) {
        Ok(paired) => return Ok(paired.pairings.into_iter().map(Listed::from).collect()),
        Err(failure) => failure,
    };
    match listed(paths) {
        Ok(Some(all)) => Ok(all),
        _ => Err(failure),
    }
}

/// What is paired, as the running agent has it; nothing without one.
fn listed(paths: &Paths) -> Result<Option<Vec<Listed>>, Failure> {
    let Some(agent) = Agent::find(paths)? else { return Ok(None) };
    match agent.read::<Document<List>>("browser/paired") {
        Ok(answer) => Ok(Some(answer.body.pairings)),
        Err(Failure::NotRunning) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What is paired, as the file has it.
fn known(paths: &Paths) -> Result<Paired, Failure> {
    let file = paths.state().join(FILE);
    let Some(bytes) = private::read_up_to(&file, FILE_MAX)? else { return Ok(Paired::default()) };
    serde_json::from_slice(&bytes).map_err(|_| {
        Failure::new(
            format!("which browsers are paired cannot be known: {} is damaged", file.display()),
            "remove that file while Vigil does not run: that ends all pairings",
        )
    })
}

/// Ends all pairings of the browser, and gives how many there were. What a running agent knows counts,
/// whatever became of the file.
pub(super) fn end(browser: &Browser, dry_run: bool, paths: &Paths) -> Result<usize, Failure> {
    if dry_run {
        let all = listed(paths)?.map_or_else(|| all(paths), Ok)?;
        return Ok(all.iter().filter(|one| one.browser == browser.word).count());
    }
    if let Some(agent) = Agent::find(paths)? {
        let which = Which { browser: browser.word.to_owned() };
        match agent.order_with::<Document<Ended>>("browser/unpair", &which) {
            Ok(answer) => return Ok(answer.body.ended),
            Err(Failure::NotRunning) => {}
            Err(failure) => return Err(failure),
        }
    }
    let mut paired = known(paths)?;
    let all = paired.pairings.len();
    paired.pairings.retain(|one| one.browser != browser.word);
    let ended = all - paired.pairings.len();
    if ended == 0 {
        return Ok(0);
    }
    let words = format!("{} may no longer tell Vigil anything by its pairing", browser.title);
    noted::done(Changed::RouteOff, &words, paths, || {
        Ok::<_, Failure>(private::write(
            &paths.state().join(FILE),
            &serde_json::to_vec_pretty(&paired)?,
        )?)
    })?;
    Ok(ended)
}
