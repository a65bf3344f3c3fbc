//! `vigil route on` and `off`: a client's settings file with our entries, and without them.

use std::time::SystemTime;

use vigil_platform::{paths::Paths, routes::PROXY};
use vigil_proto::{Timestamp, change::Changed};

use super::{
    super::edited::{self, Plan, Stop},
    Outcome, Proxy, Wish, client, noted, started_by, tells_nothing, variable,
};
use crate::{
    failure::Failure,
    route::{
        clients::{CLIENTS, Client},
        edit::{self, Entry, Form, Unfit},
        file::Snapshot,
        journal::{Journal, Written},
        telemetry,
    },
    stop,
    terminal::{Console, plain},
};

mod told;

use self::told::{Leads, State, report};

pub(in crate::command) use self::told::Change;

pub(super) use super::super::edited::Consent;

mod all;

pub(in crate::command) use self::all::{lead_all, take_all_back};

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
    consent.require_somebody(console)?;
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
        let is_left = change.file.is_some() && change.why.is_some();
        if is_asked || is_left || change.state != State::Unchanged {
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
        Err(stop) => Ok(Change::refused(client, stop.words()?)),
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
    let plan = Plan::new(&file, earlier.as_ref(), form, &entries)?;
    let leads = Leads::of(form, &entries);
    let mut change = Change::of(client, leads, &file);
    change.why = opted_out(form, &plan.new).filter(|_| leads.proxy);
    let mut adopted = adopted(form, &plan, &entries);
    if earlier.is_none() && plan.is_done(&file) {
        // Nothing is noted of it, so that it goes as if it were ours.
        adopted.clear();
    }
    if let Some(own) = names(&adopted) {
        change.why = Some(format!("its own {own} led there before, and stays when Vigil goes"));
    }
    if plan.is_done(&file) {
        return Ok(change);
    }
    if file.is_read_only() {
        let place = file.real.display();
        return Ok(Change::refused(
            client,
            format!("{place} is read-only, so it is left alone; `chmod u+w {place}` allows it"),
        ));
    }
    change.diff = edited::show(&file, &plan.new, console)?;
    warn_of_readers(&file, form, &entries, console);
    if !consent.is_given(console)? {
        change.state = State::Shown;
        return Ok(change);
    }
    let is_ours = |entry: &Entry| matches!(edit::value_of(form, plan.old(), &entry.name), Ok(None));
    let ours = entries.iter().filter(|entry| is_ours(entry)).cloned().collect();
    let led_since = since(earlier.as_ref(), &entries);
    let (new, mut written) = plan.written(&file, ours, led_since, earlier);
    written.adopted = adopted;
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

/// What the file had already, and leads to Vigil.
fn adopted(form: Form, plan: &Plan, entries: &[Entry]) -> Vec<Entry> {
    let was_there = |entry: &&Entry| {
        let leads = [PROXY, telemetry::ENDPOINT].contains(&entry.name.as_str());
        let value = edit::value_of(form, plan.old(), &entry.name);
        leads && matches!(value, Ok(Some(value)) if value == entry.value)
    };
    entries.iter().filter(was_there).cloned().collect()
}

fn names(entries: &[Entry]) -> Option<String> {
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// What of a client stays in its file, and why.
fn left(rest: &Written, file: &Snapshot) -> String {
    let own = names(&rest.adopted).map(|own| {
        format!("its own {own} leads to Vigil, which ends: take it out of {}", file.path.display())
    });
    let changed = names(&rest.entries)
        .map(|changed| format!("left, because it was changed since: {changed}"));
    [changed, own].into_iter().flatten().collect::<Vec<_>>().join("; ")
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
    let is_known = journal.known(client.word).is_some();
    let written = match (journal.known(client.word).cloned(), settings.zip(proxy)) {
        (Some(written), _) => written,
        // The journal is lost: what leads exactly to our proxy is ours.
        (None, Some(((path, form), proxy))) => {
            Written::unknown(path, form, client.entries(&proxy.way_as_before(paths)))
        }
        (None, None) => return Ok(Change::without_file(client)),
    };
    let file = Snapshot::read(paths.home(), &written.path)?;
    let taken = edited::taken_out(&written, &file)?;
    let is_there = |entry: &&Entry| {
        let value = edit::value_of(written.form, file.content(), &entry.name);
        matches!(value, Ok(Some(value)) if value == entry.value)
    };
    let there: Vec<Entry> = written.entries.iter().filter(is_there).cloned().collect();
    let leads = Leads::of(written.form, &there);
    let mut change = Change::of(client, leads, &file);
    let rest = written.rest(&taken.changed, taken.bytes.as_deref().unwrap_or_default());
    // What was left is named until it is gone.
    let rest = rest.filter(|_| is_known);
    change.why = rest.as_ref().map(|rest| left(rest, &file));
    let settle = |journal: &mut Journal| match rest {
        Some(rest) => journal.note(client.word, rest),
        None if is_known => journal.forget(client.word),
        None => Ok(()),
    };
    if taken.bytes == file.bytes {
        if !dry_run {
            settle(journal)?;
        }
        return Ok(change);
    }
    change.diff = edited::show(&file, taken.bytes.as_deref().unwrap_or_default(), console)?;
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
        edited::put_back(&file, &taken, &written)?;
        stop::at("route-taken-out");
        settle(journal)?;
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
