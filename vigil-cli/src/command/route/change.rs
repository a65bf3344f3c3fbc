//! `vigil route on` and `off`: a client's settings file with our entries, and without them.

use std::{
    io::{self, IsTerminal as _},
    time::SystemTime,
};

use serde::Serialize;
use vigil_platform::{paths::Paths, routes::PROXY};
use vigil_proto::{Timestamp, change::Changed};

use super::{
    super::edited, Outcome, Proxy, Wish, client, noted, started_by, tells_nothing, variable,
};
use crate::{
    failure::{Exit, Failure},
    route::{
        clients::{CLIENTS, Client},
        edit::{self, Entry, Form, Unfit},
        file::{Refusal, Snapshot, hash},
        journal::{Journal, Written},
        telemetry,
    },
    stop,
    terminal::{Console, plain},
};

/// What the user has agreed to beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Consent {
    pub(super) dry_run: bool,
    pub(super) yes: bool,
}

/// `vigil.route_on/1` and `vigil.route_off/1`.
#[derive(Debug, Serialize)]
struct ChangeReport {
    changes: Vec<Change>,
}

/// What a file's entries lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Leads {
    /// The client's calls, through the proxy.
    proxy: bool,
    /// Its telemetry, to Vigil.
    telemetry: bool,
}

impl Leads {
    fn of(form: Form, entries: &[Entry]) -> Self {
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        Self { proxy: has(PROXY), telemetry: form == Form::CodexToml || has(telemetry::ENDPOINT) }
    }

    /// What is expected of a client's row while nothing is known of its file.
    fn by(client: &Client) -> Self {
        let telemetry = client.is_teller();
        Self { proxy: !telemetry, telemetry }
    }
}

/// What became of one client.
#[derive(Debug, Serialize)]
pub(in crate::command) struct Change {
    client: &'static str,
    /// What the entries lead.
    #[serde(flatten)]
    leads: Leads,
    file: Option<String>,
    /// Where that leads, when a link is followed.
    target: Option<String>,
    state: State,
    /// Lines with their sign; credentials are masked.
    diff: Vec<String>,
    /// Why nothing was written, or what was left.
    why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Written,
    /// It was so already.
    Unchanged,
    /// Shown only.
    Shown,
    Refused,
}

/// How many of the entries a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    All,
    Some,
    None,
}

pub(super) fn standing(form: Form, file: &[u8], entries: &[Entry]) -> Result<Standing, Unfit> {
    let (mut here, mut any) = (0, false);
    for entry in entries {
        let value = edit::value_of(form, file, &entry.name)?;
        any |= value.is_some();
        here += usize::from(value.as_ref() == Some(&entry.value));
    }
    Ok(match (here == entries.len(), any) {
        (true, _) => Standing::All,
        (false, true) => Standing::Some,
        (false, false) => Standing::None,
    })
}

pub(super) fn on(
    name: &str,
    consent: Consent,
    wish: Wish,
    paths: &Paths,
    console: &mut Console,
) -> Outcome {
    let clients: Vec<&'static Client> = if name == "all" {
        let here = |client: &&Client| client.is_installed(paths.home(), &variable);
        CLIENTS.iter().filter(here).collect()
    } else {
        vec![client(name)?]
    };
    if let [one] = clients.as_slice()
        && one.file.is_none()
        && name != "all"
    {
        return Err(Failure::new(
            format!("{} has no settings that can lead it through the proxy", one.title),
            &format!(
                "start it with `{}`; `vigil route env {}` has the variables for your shell",
                started_by(one),
                one.word
            ),
        ));
    }
    let mut proxy = Proxy::find(paths)?;
    if wish.telemetry {
        if let ([one], true) = (clients.as_slice(), name != "all")
            && !one.tells()
        {
            return Err(tells_nothing(one));
        }
        proxy.with_telemetry(wish.without_check, paths)?;
    }
    proxy.prepare()?;
    if !wish.without_check {
        proxy.require(&clients, paths)?;
    }
    if !consent.dry_run && !consent.yes && (console.json || !io::stdin().is_terminal()) {
        return Err(Failure::new(
            "nobody is there to be asked, so nothing was written",
            "`--dry-run` shows what would be written, `--yes` writes it",
        ));
    }
    let mut journal = Journal::hold(paths)?;
    let mut changes = Vec::new();
    for client in clients {
        changes.extend(lead(client, &proxy, consent, &mut journal, paths, console)?);
    }
    tell(&changes, paths, console);
    report("route_on", changes, console)
}

/// What leads one client there: all its files.
fn lead(
    client: &'static Client,
    proxy: &Proxy,
    consent: Consent,
    journal: &mut Journal,
    paths: &Paths,
    console: &mut Console,
) -> Result<Vec<Change>, Failure> {
    if client.file.is_none() {
        return Ok(vec![Change::without_file(client)]);
    }
    if proxy.way.leads {
        warn_of_host(client, proxy, console);
    }
    let mut changes = Vec::new();
    for row in rows(client) {
        // Where nothing is wanted of its telemetry, what is led already stays so.
        let is_wanted = proxy.way.telemetry.is_some() || journal.of(row.word).is_some();
        let says_nothing = row.entries(&proxy.way_as_before(paths)).is_empty();
        if (row.word != client.word && !is_wanted) || says_nothing {
            continue;
        }
        let work = || route(row, proxy, consent, journal, paths, console);
        changes.push(settle(row, work)?);
    }
    Ok(changes)
}

/// Every client that is installed, led to the running proxy; without `does`, only what that would
/// change. Asks nothing. What cannot be done for one keeps no other from it.
pub(in crate::command) fn lead_all(
    does: bool,
    paths: &Paths,
    console: &mut Console,
) -> Result<Vec<Change>, Failure> {
    let proxy = Proxy::find(paths)?;
    let mut journal = if does { Journal::hold(paths)? } else { Journal::look(paths)? };
    if does {
        proxy.prepare()?;
    }
    let consent = Consent { dry_run: !does, yes: does };
    let is_here = |client: &&Client| client.is_installed(paths.home(), &variable);
    let mut changes = Vec::new();
    for client in CLIENTS.iter().filter(is_here) {
        let trusted = if does { proxy.require(&[client], paths) } else { Ok(()) };
        let led =
            trusted.and_then(|()| lead(client, &proxy, consent, &mut journal, paths, console));
        match led {
            Ok(led) => changes.extend(led),
            Err(failure) => changes.push(Change::failed(client, &failure)),
        }
    }
    tell(&changes, paths, console);
    Ok(changes)
}

/// Takes out of every client's settings what leads there, also where the journal is lost; without
/// `does`, only what that would change.
pub(in crate::command) fn take_all_back(
    does: bool,
    paths: &Paths,
    console: &mut Console,
) -> Result<Vec<Change>, Failure> {
    let mut journal = if does { Journal::hold(paths)? } else { Journal::look(paths)? };
    let proxy = Proxy::find(paths).ok();
    let mut changes = Vec::new();
    for client in CLIENTS.iter().filter(|client| client.file.is_some()).flat_map(rows) {
        let work = || unroute(client, proxy.as_ref(), !does, &mut journal, paths, console);
        match settle(client, work) {
            Ok(change) if change.state == State::Unchanged && change.why.is_none() => {}
            Ok(change) => changes.push(change),
            Err(failure) => changes.push(Change::failed(client, &failure)),
        }
    }
    tell(&changes, paths, console);
    Ok(changes)
}

/// Asks nothing, so that `consent` is only whether to do it at all.
pub(super) fn off(name: &str, consent: Consent, paths: &Paths, console: &mut Console) -> Outcome {
    let dry_run = consent.dry_run;
    let mut journal = Journal::hold(paths)?;
    let clients: Vec<&'static Client> = if name == "all" {
        // Those, too, whose entry in the journal is lost.
        CLIENTS.iter().filter(|client| client.file.is_some()).collect()
    } else {
        vec![client(name)?]
    };
    // Only for what the journal has lost: taking out needs neither agent nor configuration.
    let proxy = Proxy::find(paths).ok();
    let mut changes = Vec::new();
    for client in clients.into_iter().flat_map(rows) {
        let work = || unroute(client, proxy.as_ref(), dry_run, &mut journal, paths, console);
        let change = settle(client, work)?;
        let is_asked = name != "all" && !client.is_teller();
        if is_asked || change.state != State::Unchanged {
            changes.push(change);
        }
    }
    tell(&changes, paths, console);
    report("route_off", changes, console)
}

/// Takes out of every client's settings what the journal says was written, as the proxy is about to end.
pub(in crate::command) fn give_back(
    paths: &Paths,
    console: &mut Console,
) -> Result<Vec<Change>, Failure> {
    let mut journal = Journal::hold(paths)?;
    let mut changes = Vec::new();
    for client in CLIENTS.iter().flat_map(rows) {
        if journal.of(client.word).is_some() {
            let work = || unroute(client, None, false, &mut journal, paths, console);
            changes.push(settle(client, work)?);
        }
    }
    tell(&changes, paths, console);
    for change in &changes {
        if change.state == State::Written && !change.leads.proxy && !console.json {
            console.say(format_args!("{}: {}", change.client, change.words(false)));
        }
    }
    Ok(changes)
}

/// The client and, where its telemetry has a file of its own, that file's row.
fn rows(client: &'static Client) -> impl Iterator<Item = &'static Client> {
    std::iter::once(client).chain(client.teller())
}

fn tell(changes: &[Change], paths: &Paths, console: &mut Console) {
    if changes.iter().any(|change| change.state == State::Written) {
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
        Err(Stop::Failure(failure)) => Err(failure),
        Err(Stop::Refused(Refusal::Io { operation, path, source })) => {
            Err(Failure::File { operation, path, source })
        }
        Err(Stop::Refused(refusal)) => Ok(Change::refused(client, refusal.to_string())),
        Err(Stop::Unfit(file, unfit)) => {
            Ok(Change::refused(client, format!("{} is left alone: {unfit}", file.display())))
        }
    }
}

enum Stop {
    Refused(Refusal),
    Unfit(std::path::PathBuf, Unfit),
    Failure(Failure),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn route(
    client: &'static Client,
    proxy: &Proxy,
    consent: Consent,
    journal: &mut Journal,
    paths: &Paths,
    console: &mut Console,
) -> Result<Change, Stop> {
    let Some((path, form)) = client.settings(paths.home(), &variable) else {
        return Ok(Change::without_file(client));
    };
    let file = Snapshot::read(paths.home(), &path)?;
    let unfit = |unfit| Stop::Unfit(file.real.clone(), unfit);
    let earlier = journal.of(client.word).cloned();
    let told = |written: &Written| Leads::of(form, &written.entries).telemetry;
    let way = if earlier.as_ref().is_some_and(told) {
        proxy.way_as_before(paths)
    } else {
        proxy.way.clone()
    };
    let entries = client.entries(&way);
    if let Some(written) = earlier.as_ref().filter(|written| written.path != path) {
        let why = format!(
            "it is routed by {} still; `vigil route off {}` ends that",
            written.path.display(),
            client.shown()
        );
        return Ok(Change::refused(client, why));
    }
    let base = match &earlier {
        Some(written) => written.taken_out(&file).map_err(unfit)?.bytes,
        None => file.bytes.clone(),
    };
    let old = base.as_deref().unwrap_or_default();
    let inserted = edit::add(form, old, &entries).map_err(unfit)?;
    let new = edit::apply(old, &inserted);
    let leads = Leads::of(form, &entries);
    let mut change = Change::of(client, leads, &file);
    change.why = opted_out(form, &new).filter(|_| leads.proxy);
    if file.bytes.as_ref() == Some(&new) {
        return Ok(change);
    }
    if file.is_read_only() {
        let place = file.real.display();
        return Ok(Change::refused(
            client,
            format!("{place} is read-only, so it is left alone; `chmod u+w {place}` allows it"),
        ));
    }
    change.show(&file, &new, console)?;
    warn_of_readers(&file, form, &entries, console);
    if !change.agreed(consent, console)? {
        return Ok(change);
    }
    let is_ours = |entry: &Entry| matches!(edit::value_of(form, old, &entry.name), Ok(None));
    let mut written = Written {
        path,
        form,
        before: base.as_deref().map(hash),
        after: hash(&new),
        inserted,
        entries: entries.iter().filter(|entry| is_ours(entry)).cloned().collect(),
        folders: match &earlier {
            Some(earlier) if base.is_none() => earlier.folders.clone(),
            _ => file.missing_folders(),
        },
        led_since: since(earlier.as_ref(), &entries),
        earlier: earlier.map(Box::new),
    };
    let (title, receiver) = (client.title, way.telemetry.as_ref().map(|to| to.url.as_str()));
    let to = match (leads.proxy, receiver.filter(|_| leads.telemetry)) {
        (true, Some(receiver)) => {
            format!("{title} is led to {}, and its telemetry to {receiver},", way.proxy)
        }
        (false, Some(receiver)) => format!("{title}'s telemetry is led to {receiver}"),
        (_, None) => format!("{title} is led to {}", way.proxy),
    };
    let words = format!("{to} by {}", file.path.display());
    noted::done(Changed::RouteOn, &words, paths, || {
        journal.note(client.word, written.clone())?;
        stop::at("route-noted");
        file.replace(&new, || stop::at("route-staged"))?;
        stop::at("route-written");
        if written.earlier.take().is_some() {
            journal.note(client.word, written)?;
        }
        Ok::<_, Stop>(())
    })?;
    change.state = State::Written;
    Ok(change)
}

/// Since when a client with these entries is led to where they lead: since before, when that is where
/// it was led already.
fn since(earlier: Option<&Written>, entries: &[Entry]) -> Option<i64> {
    let to = |entries: &[Entry]| {
        entries.iter().find(|entry| entry.name == PROXY).map(|entry| entry.value.clone())
    };
    match earlier {
        Some(earlier) if to(&earlier.entries) == to(entries) => earlier.led_since,
        _ => Some(Timestamp::from(SystemTime::now()).as_micros()),
    }
}

fn unroute(
    client: &'static Client,
    proxy: Option<&Proxy>,
    dry_run: bool,
    journal: &mut Journal,
    paths: &Paths,
    console: &mut Console,
) -> Result<Change, Stop> {
    let settings = client.settings(paths.home(), &variable);
    let written = match (journal.of(client.word).cloned(), settings.zip(proxy)) {
        (Some(written), _) => written,
        // The journal is lost: what leads exactly to our proxy is ours.
        (None, Some(((path, form), proxy))) => {
            Written::unknown(path, form, client.entries(&proxy.way_as_before(paths)))
        }
        (None, None) => return Ok(Change::without_file(client)),
    };
    let file = Snapshot::read(paths.home(), &written.path)?;
    let taken = written.taken_out(&file).map_err(|unfit| Stop::Unfit(file.real.clone(), unfit))?;
    let is_there = |entry: &&Entry| {
        let value = edit::value_of(written.form, file.content(), &entry.name);
        matches!(value, Ok(Some(value)) if value == entry.value)
    };
    let there: Vec<Entry> = written.entries.iter().filter(is_there).cloned().collect();
    let leads = Leads::of(written.form, &there);
    let mut change = Change::of(client, leads, &file);
    if !taken.changed.is_empty() && journal.of(client.word).is_some() {
        change.why =
            Some(format!("left, because it was changed since: {}", taken.changed.join(", ")));
    }
    if taken.bytes == file.bytes {
        if !dry_run && journal.of(client.word).is_some() {
            journal.forget(client.word)?;
        }
        return Ok(change);
    }
    change.show(&file, taken.bytes.as_deref().unwrap_or_default(), console)?;
    if dry_run {
        change.state = State::Shown;
        return Ok(change);
    }
    let title = client.title;
    let gone = match (leads.proxy, leads.telemetry) {
        (true, true) => {
            format!("{title} is no longer led to the proxy, nor its telemetry to Vigil,")
        }
        (false, true) => format!("{title}'s telemetry is no longer led to Vigil"),
        (_, false) => format!("{title} is no longer led to the proxy"),
    };
    let words = format!("{gone} by {}", file.path.display());
    noted::done(Changed::RouteOff, &words, paths, || {
        match &taken.bytes {
            Some(bytes) => file.replace(bytes, || {})?,
            None => file.remove(&written.folders)?,
        }
        stop::at("route-taken-out");
        if journal.of(client.word).is_some() {
            journal.forget(client.word)?;
        }
        Ok::<_, Stop>(())
    })?;
    change.state = State::Written;
    Ok(change)
}

/// What in a file leads past the proxy all the same.
pub(super) fn opted_out(form: Form, file: &[u8]) -> Option<String> {
    let sets = |name: &&str| matches!(edit::value_of(form, file, name), Ok(Some(hosts)) if !hosts.is_empty());
    let name = ["NO_PROXY", "no_proxy"].into_iter().find(sets)?;
    Some(format!("its settings have {name}: the hosts in there go past the proxy"))
}

/// Whoever reads a client's token can tell what the client never did, where nothing else says whose
/// a connection is.
fn warn_of_readers(file: &Snapshot, form: Form, entries: &[Entry], console: &mut Console) {
    let tells = |entry: &Entry| entry.name == telemetry::ENDPOINT;
    let has_token = form == Form::CodexToml || entries.iter().any(tells);
    if has_token && file.is_open_to_others() {
        let place = plain(&file.real.display().to_string()).into_owned();
        console.warn(format_args!(
            "{place} gets a token for telemetry and can be read by others on this machine; \
             `chmod 600 {place}` changes that"
        ));
    }
}

fn warn_of_host(client: &Client, proxy: &Proxy, console: &mut Console) {
    if let Some(host) = client.host.filter(|host| !proxy.decrypts(host)) {
        console.warn(format_args!(
            "{host} is not in `proxy.hosts`: of {} only that it connects will be seen",
            client.title
        ));
    }
}

impl Change {
    /// The client, when it is no longer led through the proxy.
    pub(in crate::command) fn written(&self) -> Option<&'static str> {
        (self.state == State::Written && self.leads.proxy).then_some(self.client)
    }

    /// The client and why, when its settings were not, or not wholly, changed.
    pub(in crate::command) fn left(&self) -> Option<(&'static str, &str)> {
        Some((self.client, self.why.as_deref()?))
    }

    /// The client.
    pub(in crate::command) fn client(&self) -> &'static str {
        self.client
    }

    /// Its settings would become other, or have.
    pub(in crate::command) fn is_change(&self) -> bool {
        matches!(self.state, State::Shown | State::Written)
    }

    /// Nothing can be written for it, or was.
    pub(in crate::command) fn is_refused(&self) -> bool {
        self.state == State::Refused
    }

    /// Only a command line leads it.
    pub(in crate::command) fn has_no_file(&self) -> bool {
        self.file.is_none() && self.state == State::Unchanged
    }

    /// The file, and what becomes of its lines.
    pub(in crate::command) fn shown(&self) -> Vec<String> {
        let target = self.target.as_ref().map(|target| format!(" (a link to {target})"));
        let file = self.file.as_deref().unwrap_or(self.client);
        let head = format!("write {file}{}", target.unwrap_or_default());
        let lines = self.diff.iter().map(|line| format!("  {line}"));
        std::iter::once(head).chain(lines).collect()
    }

    fn failed(client: &'static Client, failure: &Failure) -> Self {
        let hint = failure.hint().map(|hint| format!("; {hint}"));
        Self::refused(client, format!("{}{}", failure.what(), hint.unwrap_or_default()))
    }

    fn of(client: &'static Client, leads: Leads, file: &Snapshot) -> Self {
        Self {
            client: client.shown(),
            leads,
            file: Some(file.path.display().to_string()),
            target: file.is_link.then(|| file.real.display().to_string()),
            state: State::Unchanged,
            diff: Vec::new(),
            why: None,
        }
    }

    fn without_file(client: &'static Client) -> Self {
        let why = format!("it has no settings for this; start it with `{}`", started_by(client));
        let (leads, client, state) = (Leads::by(client), client.shown(), State::Unchanged);
        Self { client, leads, file: None, target: None, state, diff: Vec::new(), why: Some(why) }
    }

    fn refused(client: &'static Client, why: String) -> Self {
        Self { state: State::Refused, why: Some(why), ..Self::without_file(client) }
    }

    /// What became of it.
    fn words(&self, on: bool) -> &'static str {
        let is_telemetry = self.leads.telemetry && !self.leads.proxy;
        match (self.state, on, is_telemetry) {
            (State::Written, true, true) => "its telemetry is led to Vigil from its next start on",
            (State::Written, true, false) => "is led through the proxy from its next start on",
            (State::Written, false, true) => {
                "its telemetry goes its own way from its next start on"
            }
            (State::Written, false, false) => "goes its own way from its next start on",
            (State::Unchanged, true, true) if self.file.is_some() => {
                "its telemetry is led to Vigil already"
            }
            (State::Unchanged, true, false) if self.file.is_some() => {
                "is led through the proxy already"
            }
            (State::Unchanged, false, _) if self.file.is_some() => "has no entries of Vigil's",
            (State::Unchanged | State::Shown | State::Refused, _, true) => {
                "nothing was written for its telemetry"
            }
            (State::Unchanged | State::Shown | State::Refused, ..) => "nothing was written",
        }
    }

    /// Shows what would become of the file.
    fn show(&mut self, file: &Snapshot, new: &[u8], console: &mut Console) -> Result<(), Failure> {
        self.diff = edited::show(file, new, console)?;
        Ok(())
    }

    /// True when the user wants what was shown.
    fn agreed(&mut self, consent: Consent, console: &mut Console) -> Result<bool, Failure> {
        if consent.dry_run {
            self.state = State::Shown;
            return Ok(false);
        }
        if consent.yes {
            return Ok(true);
        }
        let yes = edited::agreed(console)?;
        if !yes {
            self.state = State::Shown;
        }
        Ok(yes)
    }
}

fn report(name: &str, changes: Vec<Change>, console: &mut Console) -> Outcome {
    let refused = changes.iter().any(|change| change.state == State::Refused);
    if console.json {
        console.document(name, ChangeReport { changes })?;
    } else {
        let on = name == "route_on";
        if changes.is_empty() {
            console.say(if on { "No client was found here." } else { "No client is routed." });
        }
        for change in &changes {
            let what = change.words(on);
            let why = change.why.as_ref().map(|why| format!("; {}", plain(why)));
            console.say(format_args!("{}: {what}{}", change.client, why.unwrap_or_default()));
        }
        if on && changes.iter().any(|change| change.state == State::Written && change.leads.proxy) {
            console.say(
                "While Vigil does not run their calls fail; `vigil route off all` undoes this.",
            );
        }
    }
    Ok(if refused { Exit::Failed } else { Exit::Ok })
}
