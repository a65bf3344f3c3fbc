//! `vigil open`: a fresh one-time link to the dashboard, handed to the browser in a file that only
//! the user can read. A link on a command line could be read by every user of the machine.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use vigil_platform::{browser, paths::Paths, private};

use super::Outcome;
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    terminal::Console,
};

/// The page that leads to the link, within the run folder.
const PAGE: &str = "open.html";
/// How long a browser may take to come; the page is removed then in any case.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is asked whether it came.
const GLANCE: Duration = Duration::from_millis(200);

/// `vigil.open/1`.
#[derive(Debug, Serialize)]
struct Opened {
    url: String,
    opened: bool,
}

/// The agent's `vigil.login-link/1`.
#[derive(Debug, Deserialize)]
struct Link {
    url: String,
}

/// Its answer about a link.
#[derive(Debug, Deserialize)]
struct Waiting {
    waiting: bool,
}

pub(super) fn run(args: &args::Open, paths: &Paths, console: &mut Console) -> Outcome {
    let agent = Agent::require(paths)?;
    let Link { url } = agent.order("login-link")?;
    if args.print {
        return print(url, console);
    }
    let page = paths.run().join(PAGE);
    private::write(&page, leading_to(&url).as_bytes())?;
    let opened = browser::open(&page);
    if opened.is_ok() {
        wait_until_used(&agent, &url);
    }
    remove(&page)?;
    if let Err(error) = opened {
        console.warn(format_args!(
            "no browser could be started here ({error}); open this link yourself, it works once, within two minutes:"
        ));
        return print(url, console);
    }
    if console.json {
        console.document("open", Opened { url, opened: true })?;
    } else {
        console.say("The dashboard is open in your browser.");
    }
    Ok(Exit::Ok)
}

fn print(url: String, console: &mut Console) -> Outcome {
    if console.json {
        console.document("open", Opened { url, opened: false })?;
    } else {
        console.line(&url)?;
    }
    Ok(Exit::Ok)
}

/// A page without script that goes on to `url`, which has nothing in it that needs escaping.
fn leading_to(url: &str) -> String {
    format!(
        "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer>\
         <meta http-equiv=refresh content=\"0; url={url}\"><title>Vigil</title>\
         <p>Opening the dashboard. If nothing happens, run <code>vigil open</code> again.\n"
    )
}

/// Waits until the browser has come, or will not come any more.
fn wait_until_used(agent: &Agent, url: &str) {
    let Some((_, secret)) = url.split_once("once=") else { return };
    let question = format!("login-link?once={secret}");
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        match agent.read::<Waiting>(&question) {
            Ok(Waiting { waiting: true }) => thread::sleep(GLANCE),
            Ok(Waiting { waiting: false }) | Err(_) => return,
        }
    }
}

fn remove(page: &Path) -> Result<(), Failure> {
    fs::remove_file(page).map_err(|source| Failure::File {
        operation: "remove",
        path: page.to_owned(),
        source,
    })
}
