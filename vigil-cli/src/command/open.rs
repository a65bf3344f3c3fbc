//! `vigil open`: a fresh one-time link to the dashboard, handed to the browser in a file that only
//! the user can read. A link on a command line could be read by every user of the machine.

use std::{
    fs, io,
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
    let came = lead(&agent, &page, &url);
    remove(&page)?;
    match came? {
        Came::Here if console.json => console.document("open", Opened { url, opened: true })?,
        Came::Here => console.say("The dashboard is open in your browser."),
        Came::NotYet => {
            console.warn(
                "no browser has come yet (some may not read Vigil's folder); open this link yourself, it works once:",
            );
            return print(url, console);
        }
        Came::Never(error) => {
            console.warn(format_args!(
                "no browser could be started here ({error}); open this link yourself, it works once, within two minutes:"
            ));
            return print(url, console);
        }
    }
    Ok(Exit::Ok)
}

/// What became of the browser.
enum Came {
    /// It has used the link.
    Here,
    /// It was started, as far as is known, and did not use the link in time.
    NotYet,
    /// It could not be started.
    Never(io::Error),
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

/// Opens the browser, and waits until it has come or will not come any more.
fn lead(agent: &Agent, page: &Path, url: &str) -> Result<Came, Failure> {
    let mut opening = match browser::open(page) {
        Ok(opening) => opening,
        Err(error) => return Ok(Came::Never(error)),
    };
    let secret = url.split_once("once=").map_or("", |(_, secret)| secret);
    let question = format!("login-link?once={secret}");
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        let Waiting { waiting } = agent.read(&question)?;
        if !waiting {
            return Ok(Came::Here);
        }
        if let Err(error) = opening.check() {
            return Ok(Came::Never(error));
        }
        thread::sleep(GLANCE);
    }
    Ok(Came::NotYet)
}

/// Another `vigil open` may have removed it: all of them use the same name.
fn remove(page: &Path) -> Result<(), Failure> {
    match fs::remove_file(page) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Failure::File { operation: "remove", path: page.to_owned(), source })
        }
        _ => Ok(()),
    }
}
