//! `vigil route on BROWSER --paired`, for browsers that may start no program: a code that their extension
//! trades for a token of its own. `vigil route off` ends that.

use vigil_platform::{native_messaging::Browser, paths::Paths, private};
use vigil_proto::{
    browser::paired::{Code, Ended, FILE, Paired, Which},
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

/// Ends all pairings of the browser, and gives how many there were.
pub(super) fn end(browser: &Browser, dry_run: bool, paths: &Paths) -> Result<usize, Failure> {
    let file = paths.state().join(FILE);
    let known = private::read_up_to(&file, FILE_MAX)?;
    let known: Option<Paired> = known.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(mut paired) = known else { return Ok(0) };
    let all = paired.pairings.len();
    paired.pairings.retain(|one| one.browser != browser.word);
    let ended = all - paired.pairings.len();
    if dry_run || ended == 0 {
        return Ok(ended);
    }
    if let Some(agent) = Agent::find(paths)? {
        let which = Which { browser: browser.word.to_owned() };
        match agent.order_with::<Document<Ended>>("browser/unpair", &which) {
            Ok(answer) => return Ok(answer.body.ended),
            Err(Failure::NotRunning) => {}
            Err(failure) => return Err(failure),
        }
    }
    let words = format!("{} may no longer tell Vigil anything by its pairing", browser.title);
    noted::done(Changed::RouteOff, &words, paths, || {
        Ok::<_, Failure>(private::write(&file, &serde_json::to_vec_pretty(&paired)?)?)
    })?;
    Ok(ended)
}
