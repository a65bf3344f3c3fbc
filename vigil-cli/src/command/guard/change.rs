//! `vigil guard on` and `off`: a client's settings file with our hook, and without it.

use std::time::SystemTime;

use serde::Serialize;
use vigil_platform::paths::Paths;
use vigil_proto::{
    Timestamp,
    change::Changed,
    guard::{CANNOT_ASK, Mode, can_ask},
};

use super::{
    super::{
        Outcome,
        edited::{self, Plan, Stop},
        route::noted,
    },
    call, client, variable,
};
use crate::{
    failure::{Exit, Failure},
    guard::{
        clients::{CLIENTS, Call, Client},
        journal::Guarded,
    },
    route::{
        edit,
        file::Snapshot,
        journal::{Journal, Written},
    },
    terminal::{Console, plain},
};

pub(super) use super::super::edited::Consent;

/// `vigil.guard_on/1` and `vigil.guard_off/1`.
#[derive(Debug, Serialize)]
struct ChangeReport {
    changes: Vec<Change>,
}

/// What became of one client.
#[derive(Debug, Serialize)]
struct Change {
    client: &'static str,
    /// How far Vigil goes with it; null when it is not guarded.
    mode: Option<Mode>,
    file: Option<String>,
    state: State,
    /// Lines with their sign; credentials are masked.
    diff: Vec<String>,
    /// Why nothing was written, or what was left.
    why: Option<String>,
    /// What the user has to know or do.
    note: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Written,
    /// The file was so already; the mode is another.
    Mode,
    /// It was so already.
    Unchanged,
    /// Shown only.
    Shown,
    Refused,
}

pub(super) fn on(
    name: &str,
    mode: Option<Mode>,
    consent: Consent,
    paths: &Paths,
    console: &mut Console,
) -> Outcome {
    let clients: Vec<&'static Client> = if name == "all" {
        CLIENTS.iter().filter(|client| client.is_installed(paths.home(), &variable)).collect()
    } else {
        vec![client(name)?]
    };
    consent.require_somebody(console)?;
    let call = call()?;
    let mut journal = Journal::hold(paths)?;
    let mut changes = Vec::new();
    for client in clients {
        let work = || write(client, &call, mode, consent, &mut journal, paths, console);
        changes.push(settle(client, work)?);
    }
    tell(&changes, paths, console);
    report("guard_on", changes, console)
}

pub(super) fn off(name: &str, dry_run: bool, paths: &Paths, console: &mut Console) -> Outcome {
    let clients: Vec<&'static Client> =
        if name == "all" { CLIENTS.iter().collect() } else { vec![client(name)?] };
    let call = call()?;
    let mut journal = Journal::hold(paths)?;
    let mut changes = Vec::new();
    for client in clients {
        let work = || take_out(client, &call, dry_run, &mut journal, paths, console);
        let change = settle(client, work)?;
        if name != "all" || change.state != State::Unchanged {
            changes.push(change);
        }
    }
    tell(&changes, paths, console);
    report("guard_off", changes, console)
}

/// Takes the hook out of every client's settings, also where the journal is lost; without `does`, only
/// what that would change. What was done, and what was left and why, in words. What cannot be done for
/// one keeps no other from it.
pub(in crate::command) fn take_all_back(
    does: bool,
    paths: &Paths,
    console: &mut Console,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    let call = call()?;
    let mut journal = if does { Journal::hold(paths)? } else { Journal::look(paths)? };
    let (mut changes, mut done, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for client in CLIENTS {
        let work = || take_out(client, &call, !does, &mut journal, paths, console);
        match settle(client, work) {
            Ok(change) => {
                if matches!(change.state, State::Written | State::Shown) {
                    let file = change.file.as_deref().unwrap_or_default();
                    done.push(format!("{}: hook in {file}", change.client));
                }
                left.extend(change.why.iter().map(|why| format!("{}: {why}", change.client)));
                changes.push(change);
            }
            Err(failure) => left.push(format!("{}: {}", client.word, failure.what())),
        }
    }
    tell(&changes, paths, console);
    Ok((done, left))
}

fn tell(changes: &[Change], paths: &Paths, console: &mut Console) {
    if changes.iter().any(|change| matches!(change.state, State::Written | State::Mode)) {
        noted::tell(paths, console);
    }
}

/// A refusal is told of one client and stops no other; what else fails ends the command.
fn settle(
    client: &'static Client,
    work: impl FnOnce() -> Result<Change, Stop>,
) -> Result<Change, Failure> {
    match work() {
        Ok(change) => Ok(change),
        Err(stop) => Ok(Change::refused(client, stop.words()?)),
    }
}

fn write(
    client: &'static Client,
    call: &Call,
    mode: Option<Mode>,
    consent: Consent,
    journal: &mut Journal<Guarded>,
    paths: &Paths,
    console: &mut Console,
) -> Result<Change, Stop> {
    let (path, form) = client.settings(paths.home(), &variable);
    let file = Snapshot::read(paths.home(), &path)?;
    let unfit = |unfit| Stop::Unfit(file.real.clone(), unfit);
    let earlier = journal.of(client.word).cloned();
    if let Some(guarded) = earlier.as_ref().filter(|guarded| guarded.written.path != path) {
        let why = format!(
            "it is guarded by {} still; `vigil guard off {}` ends that",
            guarded.written.path.display(),
            client.word
        );
        return Ok(Change::refused(client, why));
    }
    let mode = mode.or(earlier.as_ref().map(|guarded| guarded.mode)).unwrap_or_default();
    let mut change = Change::of(client, Some(mode), &file);
    change.notes(client, mode);
    let entries = vec![client.entry(call)];
    let before = earlier.as_ref().map(|guarded| &guarded.written);
    let plan = Plan::new(&file, before, form, &entries)?;
    // What a client has written anew says the same, and stays.
    let says = |entry| edit::has(form, file.content(), entry);
    let is_there = plan.is_done(&file)
        || earlier.as_ref().is_some_and(|guarded| guarded.written.entries == entries)
            && entries
                .iter()
                .map(says)
                .collect::<Result<Vec<_>, _>>()
                .map_err(unfit)?
                .iter()
                .all(|has| *has);
    if is_there && earlier.as_ref().is_some_and(|guarded| guarded.mode == mode) {
        return Ok(change);
    }
    if is_there {
        change.state = State::Mode;
        if consent.dry_run {
            change.state = State::Shown;
            return Ok(change);
        }
    } else {
        change.diff = edited::show(&file, &plan.new, console)?;
        let agreed = consent.is_given(console)?;
        change.state = if agreed { State::Written } else { State::Shown };
        if !agreed {
            return Ok(change);
        }
    }
    let now = Timestamp::from(SystemTime::now());
    let since = earlier.as_ref().filter(|_| is_there).map_or(now, |guarded| guarded.since);
    let earlier = earlier.map(|guarded| guarded.written);
    let (new, written) = match earlier {
        Some(earlier) if is_there => (plan.new, earlier),
        earlier => plan.written(&file, entries, None, earlier),
    };
    let before = journal.of(client.word).cloned();
    let mut guarded = Guarded { mode, since, written };
    let words = format!("{} asks Vigil, mode {mode}, by {}", client.title, file.path.display());
    noted::done(Changed::GuardOn, &words, paths, || {
        journal.note(client.word, guarded.clone())?;
        if !is_there && let Err(refusal) = file.replace(&new, || {}) {
            take_back(client, &file, before, journal, paths)?;
            return Err(refusal.into());
        }
        if guarded.written.earlier.take().is_some() {
            journal.note(client.word, guarded)?;
        }
        Ok::<_, Stop>(())
    })?;
    Ok(change)
}

/// Has the journal say what it said before, where nothing was written after all.
fn take_back(
    client: &'static Client,
    file: &Snapshot,
    before: Option<Guarded>,
    journal: &mut Journal<Guarded>,
    paths: &Paths,
) -> Result<(), Stop> {
    let now = Snapshot::read(paths.home(), &file.path);
    if now.is_ok_and(|now| now.hash() != file.hash()) {
        // It was written, or somebody else wrote: the entries may be there.
        return Ok(());
    }
    match before {
        Some(before) => journal.note(client.word, before)?,
        None => journal.forget(client.word)?,
    }
    Ok(())
}

fn take_out(
    client: &'static Client,
    call: &Call,
    dry_run: bool,
    journal: &mut Journal<Guarded>,
    paths: &Paths,
    console: &mut Console,
) -> Result<Change, Stop> {
    let (path, form) = client.settings(paths.home(), &variable);
    let known = journal.of(client.word).cloned();
    let written = match &known {
        Some(guarded) => guarded.written.clone(),
        // The journal is lost: what calls exactly this program is ours.
        None => Written::unknown(path, form, vec![client.entry(call)]),
    };
    let file = Snapshot::read(paths.home(), &written.path)?;
    let mut change = Change::of(client, None, &file);
    let taken = match edited::taken_out(&written, &file) {
        // What cannot be read and does not name this program has no hook of ours.
        Err(_) if known.is_none() && !names(&file, call) => return Ok(change),
        taken => taken?,
    };
    if !taken.changed.is_empty() && known.is_some() {
        change.why = Some("a hook that calls Vigil is left, because it was changed since".into());
    }
    let is_same = taken.bytes == file.bytes;
    if is_same && known.is_none() {
        return Ok(change);
    }
    if !is_same {
        change.diff = edited::show(&file, taken.bytes.as_deref().unwrap_or_default(), console)?;
    }
    if dry_run {
        change.state = State::Shown;
        return Ok(change);
    }
    let words = format!("{} no longer asks Vigil by {}", client.title, file.path.display());
    noted::done(Changed::GuardOff, &words, paths, || {
        if !is_same {
            edited::put_back(&file, &taken, &written)?;
        }
        if known.is_some() {
            journal.forget(client.word)?;
        }
        Ok::<_, Stop>(())
    })?;
    change.state = State::Written;
    Ok(change)
}

/// True for a file that names the program that a hook calls.
fn names(file: &Snapshot, call: &Call) -> bool {
    let name = call.vigil.file_name().map_or(&b"vigil"[..], |name| name.as_encoded_bytes());
    let content = file.bytes.as_deref().unwrap_or_default();
    content.windows(name.len().max(1)).any(|part| part == name)
}

impl Change {
    fn of(client: &'static Client, mode: Option<Mode>, file: &Snapshot) -> Self {
        Self {
            client: client.word,
            mode,
            file: Some(file.path.display().to_string()),
            state: State::Unchanged,
            diff: Vec::new(),
            why: None,
            note: Vec::new(),
        }
    }

    fn refused(client: &'static Client, why: String) -> Self {
        Self {
            client: client.word,
            mode: None,
            file: None,
            state: State::Refused,
            diff: Vec::new(),
            why: Some(why),
            note: Vec::new(),
        }
    }

    fn notes(&mut self, client: &Client, mode: Mode) {
        self.note.extend(client.note.map(str::to_owned));
        if mode == Mode::Ask && !can_ask(client.word) {
            self.note.push(CANNOT_ASK.to_owned());
        }
    }

    /// What became of it.
    fn words(&self, on: bool) -> String {
        let mode = self.mode.unwrap_or_default();
        match (self.state, on) {
            (State::Written, true) => format!("asks Vigil from its next start on; mode {mode}"),
            (State::Mode, true) => format!("mode {mode} from now on"),
            (State::Unchanged, true) => format!("asks Vigil already; mode {mode}"),
            (State::Written | State::Mode, false) => {
                "no longer asks Vigil from its next start on".to_owned()
            }
            (State::Unchanged, false) => "has no hook of Vigil's".to_owned(),
            (State::Shown | State::Refused, _) => "nothing was written".to_owned(),
        }
    }
}

fn report(name: &str, changes: Vec<Change>, console: &mut Console) -> Outcome {
    let refused = changes.iter().any(|change| change.state == State::Refused);
    if console.json {
        console.document(name, ChangeReport { changes })?;
    } else {
        let on = name == "guard_on";
        if changes.is_empty() {
            console.say(if on { "No client was found here." } else { "No client is guarded." });
        }
        for change in &changes {
            let why = change.why.as_ref().map(|why| format!("; {}", plain(why)));
            let what = change.words(on);
            console.say(format_args!("{}: {what}{}", change.client, why.unwrap_or_default()));
            for note in change.note.iter().filter(|_| change.state != State::Refused) {
                console.say(format_args!("  {note}"));
            }
        }
    }
    Ok(if refused { Exit::Failed } else { Exit::Ok })
}
