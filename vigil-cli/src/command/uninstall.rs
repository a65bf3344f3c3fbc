//! `vigil uninstall`: everything that Vigil changed for this user is taken back, and what is only of use
//! to it is deleted. The record stays unless it is asked to go. What cannot be taken back is named,
//! with why; run again it goes on where it was.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, BufRead as _, IsTerminal as _},
    path::Path,
    time::Duration,
};

use serde::Serialize;
use vigil_platform::{
    paths::Paths,
    places, process, sealed,
    sysproxy::{KEPT, Keeper},
};
use vigil_proto::causes::Causes;

use super::{Outcome, guard, service, setup, vault};
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    stop,
    terminal::{Console, DIM, bytes, plain},
};

mod folders;

/// How long others may be at the system's proxy settings.
const PATIENCE: Duration = Duration::from_secs(20);

/// The step that takes the service away.
const SERVICE: &str = "service";

/// `vigil.uninstall/1`.
#[derive(Debug, Serialize)]
struct UninstallReport {
    dry_run: bool,
    purge_data: bool,
    steps: Vec<Step>,
    /// What is there still, and why.
    left: Vec<String>,
}

/// One kind of what Vigil changes.
#[derive(Debug, Serialize)]
struct Step {
    #[serde(rename = "step")]
    name: &'static str,
    /// What was taken back, or would be.
    done: Vec<String>,
    /// What was left, and why.
    left: Vec<String>,
}

impl Step {
    const fn new(name: &'static str) -> Self {
        Self { name, done: Vec::new(), left: Vec::new() }
    }

    /// The same with what came of the work; a failure is something that is left.
    fn of(name: &'static str, done: Result<Vec<String>, Failure>) -> Self {
        let mut this = Self::new(name);
        match done {
            Ok(done) => this.done = done,
            Err(failure) => this.left.push(words(&failure)),
        }
        this
    }
}

pub(super) fn run(args: &args::Uninstall, paths: &Paths, console: &mut Console) -> Outcome {
    if let Some(place) = &args.test_stop_at {
        stop::set(place);
    }
    if !args.dry_run && !args.yes && !agreed(args, paths, console)? {
        console.say("Nothing was changed.");
        return Ok(Exit::Failed);
    }
    // Even looking whether something is to be taken back under a lock makes folders.
    let does = !args.dry_run && is_anything(paths, console)?;
    let mut steps = changes(does, paths, console)?;
    let mut is_clean = steps.iter().all(|step| step.left.is_empty());
    let agent = agent(does, paths);
    // While an agent runs it writes, and a service that is left starts it again.
    let is_service = |step: &&Step| step.name == SERVICE;
    let has_ended =
        agent.left.is_empty() && steps.iter().filter(is_service).all(|it| it.left.is_empty());
    steps.push(agent);
    if has_ended {
        let proxy = system_proxy(does, paths);
        is_clean &= proxy.left.is_empty();
        steps.push(proxy);
        stop::at("uninstall-files");
        if args.purge_data && is_clean {
            let key = Step::of("keystore", key(does, paths));
            // What says which key it is stays for the next time.
            is_clean = key.left.is_empty();
            steps.push(key);
        }
        let wish = folders::Wish { does, purge: args.purge_data, is_clean };
        steps.push(folders::take_away(wish, paths)?);
    } else {
        let mut files = Step::new("files");
        let why = "the agent may write its files still, so none is deleted; once what is named here is \
                   mended, run this again";
        files.left.push(why.to_owned());
        steps.push(files);
    }
    let left = leftovers(args, &steps, paths);
    let is_done = steps.iter().all(|step| step.left.is_empty());
    if console.json {
        let report =
            UninstallReport { dry_run: args.dry_run, purge_data: args.purge_data, steps, left };
        console.document("uninstall", report)?;
    } else {
        show(args, &steps, &left, console)?;
    }
    Ok(if is_done || args.dry_run { Exit::Ok } else { Exit::Failed })
}

/// Whether there is anything of Vigil's: a folder, or something in others' files.
fn is_anything(paths: &Paths, console: &mut Console) -> Result<bool, Failure> {
    let mut folders = paths.folders().into_iter();
    if folders.any(|(_, folder)| fs::symlink_metadata(folder).is_ok()) {
        return Ok(true);
    }
    let is_empty = |step: &Step| step.done.is_empty() && step.left.is_empty();
    Ok(!changes(false, paths, console)?.iter().all(is_empty))
}

/// What a person is told before, and the question.
fn agreed(args: &args::Uninstall, paths: &Paths, console: &mut Console) -> Result<bool, Failure> {
    if console.json || !io::stdin().is_terminal() {
        return Err(Failure::new(
            "nobody is there to be asked, so nothing was changed",
            "`--dry-run` shows what would be done, `--yes` does it",
        ));
    }
    console.say(
        "Everything that Vigil changed for you is taken back: hooks, routes, trust, the service; and \
         its agent ends. `vigil uninstall --dry-run` shows each of them.",
    );
    for (what, folder) in paths.folders() {
        let size = folders::size(folder);
        // The certificate authority is taken back, as what was set up is.
        let goes = what == "ca" || folders::goes(what, args.purge_data);
        if size > 0 {
            console.say(format_args!(
                "  {} {} ({})",
                if goes { "delete" } else { "keep  " },
                plain(&folder.display().to_string()),
                bytes(size)
            ));
        }
    }
    if args.purge_data {
        console.say("The record goes as well, and cannot be had back.");
    }
    console.say("Do this? [y/N]");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// What was changed in others' files and settings: the last first, the service at the end, since
/// its agent is of use for the rest.
fn changes(does: bool, paths: &Paths, console: &mut Console) -> Result<Vec<Step>, Failure> {
    let mut hooks = Step::new("guard");
    match guard::take_all_back(does, paths, console) {
        Ok((done, left)) => (hooks.done, hooks.left) = (done, left),
        Err(failure) => hooks.left.push(words(&failure)),
    }
    stop::at("uninstall-guard");
    let mut steps = vec![hooks];
    for undone in setup::undo_everything(does, paths, console)? {
        steps.push(Step { name: undone.step, done: undone.done, left: undone.left });
    }
    stop::at("uninstall-service");
    let service = if does { service::remove(paths, console) } else { service::would_remove(paths) };
    steps.push(Step::of(SERVICE, service));
    stop::at("uninstall-agent");
    Ok(steps)
}

/// The agent that runs, whoever has started it.
fn agent(does: bool, paths: &Paths) -> Step {
    let ended = Agent::find(paths).and_then(|agent| {
        let Some(agent) = agent else { return Ok(Vec::new()) };
        if does {
            service::end(&agent)?;
        }
        Ok(vec![format!("end the agent (pid {})", agent.pid())])
    });
    Step::of("agent", ended)
}

/// What an agent that was killed has left of the system's proxy settings.
fn system_proxy(does: bool, paths: &Paths) -> Step {
    let mut step = Step::new("system-proxy");
    if fs::symlink_metadata(paths.state().join(KEPT)).is_err() {
        return step;
    }
    if !does {
        step.done.push("put back the system's proxy settings".to_owned());
        return step;
    }
    let restored = Keeper::open(paths.state(), paths.home(), &variable, PATIENCE)
        .and_then(|keeper| keeper.restore());
    match restored {
        Ok(_) => step.done.push("put back the system's proxy settings".to_owned()),
        Err(error) => step.left.push(format!("the system's proxy settings: {}", Causes(&error))),
    }
    step
}

/// The vault's key: without it and what is deleted, nothing is left that could be opened.
fn key(does: bool, paths: &Paths) -> Result<Vec<String>, Failure> {
    let words = vec!["delete the vault's key from the keystore".to_owned()];
    let is_there = fs::symlink_metadata(paths.state().join("vault/public")).is_ok();
    match (is_there, does) {
        (false, _) => Ok(Vec::new()),
        (true, false) => Ok(words),
        (true, true) => vault::forget_key(paths).map(|gone| if gone { words } else { Vec::new() }),
    }
}

/// What is not this command's to take away, and who does.
fn leftovers(args: &args::Uninstall, steps: &[Step], paths: &Paths) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for step in steps {
        left.extend(step.left.iter().map(|words| format!("{}: {words}", step.name)));
    }
    if !args.purge_data {
        for (what, folder) in paths.folders() {
            let size = folders::size(folder);
            if what != "ca" && !folders::goes(what, false) && size > 0 {
                let folder = folder.display();
                left.push(format!("{folder} ({}): `--purge-data` deletes it", bytes(size)));
            }
        }
    }
    if is_enrolled() {
        if args.purge_data {
            left.push(
                "the root daemon's note of the record's last link: it calls a record that you begin \
                 here again cut off or replaced (docs/INSTALL.md, \"A record begun anew\")"
                    .to_owned(),
            );
        }
        left.push(format!(
            "you may ask the root daemon for changes still: `sudo vigil enroll {} --remove`",
            process::uid()
        ));
    }
    if let Some(words) = programs() {
        left.push(words);
    }
    left
}

/// Whether the daemon's list has this user.
fn is_enrolled() -> bool {
    let list = sealed::read(places::enrolment(), 0, 16 * 1024).ok().flatten().unwrap_or_default();
    let own = process::uid().to_string();
    String::from_utf8_lossy(&list)
        .lines()
        .any(|line| line.split_ascii_whitespace().next() == Some(own.as_str()))
}

/// The programs themselves, where they were installed for the whole machine.
fn programs() -> Option<String> {
    let own = env::current_exe().ok()?;
    let is_debians =
        own.starts_with("/usr/bin") && Path::new("/var/lib/dpkg/info/vigil.list").exists();
    let is_packages = own.parent()?.parent()?.join("libexec/vigil").is_dir();
    // The package for macOS brings its own way out.
    let way_out = own.parent()?.parent()?.join("uninstall");
    if way_out.is_file() {
        let way_out = way_out.display();
        return Some(format!("the programs and the root daemon: `sudo \"{way_out}\"`"));
    }
    match (is_debians, is_packages) {
        (true, _) => Some("the programs and the root daemon: `sudo apt remove vigil`".to_owned()),
        (_, true) => Some(format!(
            "the programs, {} and beside it: docs/INSTALL.md says how what installed them takes them \
             away",
            own.display()
        )),
        _ => None,
    }
}

fn show(
    args: &args::Uninstall,
    steps: &[Step],
    left: &[String],
    console: &mut Console,
) -> Result<(), Failure> {
    for step in steps.iter().filter(|step| !step.done.is_empty()) {
        console.line(step.name)?;
        for line in &step.done {
            console.line(format_args!("    {DIM}{}{DIM:#}", plain(line)))?;
        }
    }
    let is_nothing = steps.iter().all(|step| step.done.is_empty() && step.left.is_empty());
    let is_whole = steps.iter().all(|step| step.left.is_empty());
    console.say(match (args.dry_run, is_nothing, is_whole) {
        (_, true, _) => "Nothing of Vigil's is to be taken back here.",
        (true, false, _) => "Nothing was changed.",
        (false, false, false) => {
            "Not all that Vigil changed is taken back: the rest is named below."
        }
        (false, false, true) => {
            "What Vigil changed is taken back. What runs of its clients needs a new start."
        }
    });
    for words in left {
        console.warn(format_args!("left: {}", plain(words)));
    }
    Ok(())
}

fn words(failure: &Failure) -> String {
    let hint = failure.hint().map(|hint| format!("; {hint}"));
    format!("{}{}", failure.what(), hint.unwrap_or_default())
}

/// What a variable of our own environment holds.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}
