//! `vigil route on chromium` and its like: a browser is told which program the extension may start. Two
//! files that are Vigil's as a whole: the host's manifest in the browser's folder, and the script that it
//! names, since a manifest can give a program no arguments.

use std::{
    env,
    fs::{self, Permissions},
    io::{self, IsTerminal as _},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigil_platform::{
    native_messaging::{BROWSERS, Browser},
    paths::Paths,
    private,
};
use vigil_proto::{
    browser::{EXTENSIONS, HOST},
    change::Changed,
};

use super::{
    super::{Outcome, edited, guard},
    change::Consent,
    noted, paired,
};
use crate::{
    failure::{Exit, Failure},
    native_host::SCRIPT,
    route::{
        file::{Refusal, Snapshot, hash},
        journal::{Journal, Kept},
    },
    stop,
    terminal::{Console, plain},
};

/// What was written for a browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Written {
    path: PathBuf,
    /// Hash of the file as it was left.
    after: String,
    /// The folders that were made for it.
    folders: Vec<PathBuf>,
}

impl Kept for Written {
    const NAME: &str = "browsers.json";
    const LOCK: &str = "browsers.lock";
    const COMMAND: &str = "vigil route";
}

/// What became of a browser, in the words of `vigil.route_on/1` and `vigil.route_off/1`.
#[derive(Debug, Serialize)]
pub(in crate::command) struct Change {
    client: &'static str,
    file: String,
    state: &'static str,
    diff: Vec<String>,
    why: Option<String>,
    /// How many profiles were paired until now, or would be no longer.
    #[serde(skip_serializing_if = "is_none")]
    unpaired: usize,
    /// What becomes of the file, in a word.
    #[serde(skip)]
    verb: &'static str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_none(unpaired: &usize) -> bool {
    *unpaired == 0
}

#[derive(Debug, Serialize)]
struct ChangeReport {
    changes: Vec<Change>,
}

pub(super) fn on(
    browser: &'static Browser,
    consent: Consent,
    paths: &Paths,
    console: &mut Console,
) -> Outcome {
    if !consent.dry_run && !consent.yes && (console.json || !io::stdin().is_terminal()) {
        return Err(Failure::new(
            "nobody is there to be asked, so nothing was written",
            "`--dry-run` shows what would be written, `--yes` writes it",
        ));
    }
    let change = settle(browser, consent, paths, console)?;
    if change.state == "written" && !console.json {
        console.say(format_args!(
            "{} may start Vigil for its extension, which you load yourself: {}",
            browser.title,
            loading(browser)
        ));
    }
    report("route_on", change, console)
}

/// What lets a browser start Vigil: without `does`, only what would be written. Asks nothing.
pub(in crate::command) fn lead(
    browser: &'static Browser,
    does: bool,
    paths: &Paths,
    console: &mut Console,
) -> Result<Change, Failure> {
    settle(browser, Consent { dry_run: !does, yes: does }, paths, console)
}

fn settle(
    browser: &'static Browser,
    consent: Consent,
    paths: &Paths,
    console: &mut Console,
) -> Result<Change, Failure> {
    let path = manifest(browser, paths)?;
    let file = Snapshot::read(paths.home(), &path).map_err(refused)?;
    let mut journal: Journal<Written> =
        if consent.dry_run { Journal::look(paths)? } else { Journal::hold(paths)? };
    let known = journal.of(browser.word).cloned();
    let is_ours = file.hash() == known.as_ref().map(|written| written.after.clone());
    if file.bytes.is_some() && !is_ours && !names_us(file.content()) {
        return Err(Failure::new(
            format!("{} is there and is not Vigil's", path.display()),
            "look at it, and move it away if nobody needs it",
        ));
    }
    let script = paths.state().join(SCRIPT);
    let new = manifest_text(browser, &script)?;
    let mut change = Change::of(browser, &file, "unchanged");
    let lines = script_text()?;
    let is_there = fs::read(&script).is_ok_and(|bytes| bytes == lines.as_bytes())
        && fs::metadata(&script).is_ok_and(|it| it.permissions().mode() & 0o100 != 0);
    if file.content() != new.as_bytes() || !is_there {
        change.diff = edited::show(&file, new.as_bytes(), console)?;
        let agreed = !consent.dry_run && (consent.yes || edited::agreed(console)?);
        change.state = if agreed { "written" } else { "shown" };
    }
    if change.state == "written" {
        let folders = known.map_or_else(|| file.missing_folders(), |written| written.folders);
        let written = Written { path, after: hash(new.as_bytes()), folders };
        let words = format!("{} may start Vigil for its extension", browser.title);
        noted::done(Changed::RouteOn, &words, paths, || {
            private::write(&script, lines.as_bytes())?;
            stop::at("browser-script");
            let executable = fs::set_permissions(&script, Permissions::from_mode(0o700));
            executable.map_err(|source| Failure::File {
                operation: "make executable",
                path: script.clone(),
                source,
            })?;
            journal.note(browser.word, written)?;
            stop::at("browser-noted");
            file.replace(new.as_bytes(), || {}).map_err(refused)
        })?;
        noted::tell(paths, console);
    }
    Ok(change)
}

pub(super) fn off(
    browser: &'static Browser,
    dry_run: bool,
    paths: &Paths,
    console: &mut Console,
) -> Outcome {
    let change = take_back(browser, !dry_run, paths, console)?;
    report("route_off", change, console)
}

/// Takes back what lets a browser start Vigil; without `does`, only what that would change.
pub(in crate::command) fn take_back(
    browser: &'static Browser,
    does: bool,
    paths: &Paths,
    console: &mut Console,
) -> Result<Change, Failure> {
    let mut journal: Journal<Written> =
        if does { Journal::hold(paths)? } else { Journal::look(paths)? };
    let known = journal.of(browser.word).cloned();
    let path = known.as_ref().map_or_else(|| manifest(browser, paths), |w| Ok(w.path.clone()))?;
    let file = Snapshot::read(paths.home(), &path).map_err(refused)?;
    let mut change = Change::of(browser, &file, "unchanged");
    change.unpaired = paired::end(browser, !does, paths)?;
    if change.unpaired > 0 {
        change.state = if does { "written" } else { "shown" };
    }
    let is_ours = match &known {
        Some(written) => file.hash().as_ref() == Some(&written.after),
        None => names_us(file.content()),
    };
    if file.bytes.is_some() && !is_ours {
        if known.is_some() {
            change.why = Some("the file was changed since, and is left".to_owned());
        }
        return Ok(change);
    }
    if file.bytes.is_some() {
        change.diff = edited::show(&file, b"", console)?;
        change.verb = "delete";
    }
    if known.is_none() && file.bytes.is_none() {
        return Ok(change);
    }
    change.state = if does { "written" } else { "shown" };
    if does {
        let words = format!("{} may no longer start Vigil", browser.title);
        let folders = known.map(|written| written.folders).unwrap_or_default();
        noted::done(Changed::RouteOff, &words, paths, || {
            if file.bytes.is_some() {
                file.remove(&folders).map_err(refused)?;
            }
            journal.forget(browser.word)?;
            if BROWSERS.iter().all(|browser| journal.of(browser.word).is_none()) {
                // Nothing starts it any more; one that is not there is as good as gone.
                let _ = fs::remove_file(paths.state().join(SCRIPT));
            }
            Ok::<_, Failure>(())
        })?;
        noted::tell(paths, console);
    }
    Ok(change)
}

fn manifest(browser: &Browser, paths: &Paths) -> Result<PathBuf, Failure> {
    browser.manifest(paths.home(), HOST).ok_or_else(|| {
        Failure::new(
            format!("there is no {} for this system", browser.title),
            "give another browser",
        )
    })
}

/// How the extension gets into the browser; by a package it lies in `share` beside the program's folder.
fn loading(browser: &Browser) -> String {
    let (page, name) = if browser.is_firefox {
        (
            "about:debugging, \"This Firefox\", \"Load Temporary Add-on\"",
            "vigil-extension-firefox.zip",
        )
    } else {
        ("the browser's page of extensions, developer mode, \"Load unpacked\"", "browser_extension")
    };
    let shared = env::current_exe().ok().and_then(|program| {
        let shared = program.parent()?.parent()?.join("share/vigil").join(name);
        shared.exists().then_some(shared)
    });
    let what = shared.map_or_else(|| name.to_owned(), |path| path.display().to_string());
    format!("{page}, and {what} (docs/BROWSER.md)")
}

/// The host's manifest, as the vendors document it.
fn manifest_text(browser: &Browser, script: &std::path::Path) -> Result<String, Failure> {
    let (chromium, firefox): (Vec<&str>, Vec<&str>) =
        EXTENSIONS.iter().partition(|id| !id.contains('@'));
    let origins: Vec<String> =
        chromium.iter().map(|id| format!("chrome-extension://{id}/")).collect();
    let who = if browser.is_firefox {
        ("allowed_extensions", json!(firefox))
    } else {
        ("allowed_origins", json!(origins))
    };
    let manifest = json!({
        "name": HOST,
        "description": "Vigil, for its browser extension",
        "path": script.display().to_string(),
        "type": "stdio",
        who.0: who.1,
    });
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

/// What the browser starts.
fn script_text() -> Result<String, Failure> {
    Ok(format!("#!/bin/sh\nexec env {} \"$@\"\n", guard::call()?.with("native-host")))
}

/// True for a host's manifest with our name, which nobody else has a use for.
fn names_us(bytes: &[u8]) -> bool {
    let manifest: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
    manifest
        .is_some_and(|manifest| manifest.get("name").and_then(|name| name.as_str()) == Some(HOST))
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Io { operation, path, source } => Failure::File { operation, path, source },
        refusal => Failure::new(refusal.to_string(), "look at the file, and try again"),
    }
}

fn report(name: &'static str, change: Change, console: &mut Console) -> Outcome {
    let exit = if change.why.is_some() { Exit::Failed } else { Exit::Ok };
    if console.json {
        console.document(name, ChangeReport { changes: vec![change] })?;
        return Ok(exit);
    }
    let file = plain(&change.file).into_owned();
    if change.unpaired > 0 {
        let ended = if change.state == "shown" { "would be ended" } else { "ended" };
        console.say(format_args!("{}: {} {ended}", change.client, pairings(change.unpaired)));
    }
    match (change.state, &change.why) {
        (_, Some(why)) => console.warn(format_args!("{file}: {}", plain(why))),
        ("unchanged", None) => console.say(format_args!("{}: nothing to do", change.client)),
        ("written", None) => console.say(format_args!("{}: done ({file})", change.client)),
        (_, None) => console.say("nothing was written"),
    }
    Ok(exit)
}

fn pairings(n: usize) -> String {
    if n == 1 { "1 pairing".to_owned() } else { format!("{n} pairings") }
}

impl Change {
    /// Something becomes other, or has.
    pub(in crate::command) fn is_change(&self) -> bool {
        self.state != "unchanged"
    }

    /// What was left, and why.
    pub(in crate::command) fn left(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// The file, and what becomes of its lines.
    pub(in crate::command) fn shown(&self) -> Vec<String> {
        let lines = self.diff.iter().map(|line| format!("  {line}"));
        let file = std::iter::once(format!("{} {}", self.verb, self.file)).chain(lines);
        let ended = (self.unpaired > 0).then(|| format!("end {}", pairings(self.unpaired)));
        file.filter(|_| !self.diff.is_empty() || self.unpaired == 0).chain(ended).collect()
    }

    fn of(browser: &Browser, file: &Snapshot, state: &'static str) -> Self {
        let file = file.path.display().to_string();
        Self {
            client: browser.word,
            file,
            state,
            diff: Vec::new(),
            why: None,
            unpaired: 0,
            verb: "write",
        }
    }
}
