//! How each client is led: by which file, to where, and whether it would trust what it meets.

use serde::Serialize;
use vigil_platform::{paths::Paths, routes::PROXY};

use super::{Outcome, Proxy, change, paired, started_by, variable};
use crate::{
    failure::Exit,
    route::{
        clients::{CLIENTS, Client},
        edit::{Entry, Form},
        file::Snapshot,
        journal::Journal,
        telemetry::ENDPOINT,
    },
    terminal::{Console, Table, plain},
};

/// `vigil.route/1`.
#[derive(Debug, Serialize)]
struct RouteReport {
    proxy: String,
    running: bool,
    ca: String,
    bundle: String,
    clients: Vec<Row>,
    browsers: Vec<paired::Row>,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    client: &'static str,
    title: &'static str,
    installed: bool,
    program: Option<String>,
    /// The settings file that can route it; null when only its variables can.
    pub(super) file: Option<String>,
    /// Where that leads, when a link is followed.
    target: Option<String>,
    pub(super) routed: Routed,
    /// Whether they lead its telemetry to Vigil; null of a client that tells none.
    telemetry: Option<Routed>,
    /// Whether it would trust the running proxy; null when that could not be tried.
    pub(super) trusted: Option<bool>,
    /// What is in the way.
    pub(super) why: Option<String>,
    next: Vec<String>,
}

/// How a client's settings stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Routed {
    /// They lead to the proxy.
    Yes,
    /// They lead to where the proxy is not, or to certificates that are not its own.
    Stale,
    /// They say nothing of it.
    No,
    /// They cannot be read, or must not be written.
    Unknown,
    /// There are none that could: only its variables can.
    Variables,
}

impl Routed {
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "by its settings",
            Self::Stale => "elsewhere",
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::Variables => "only by variables",
        }
    }
}

pub(super) fn show(paths: &Paths, console: &mut Console) -> Outcome {
    let proxy = Proxy::find(paths)?;
    if let Err(failure) = proxy.prepare() {
        console.warn(failure.what());
    }
    let journal = Journal::look(paths)?;
    let rows: Vec<Row> =
        CLIENTS.iter().map(|client| row(client, &proxy, &journal, paths)).collect();
    let report = RouteReport {
        proxy: proxy.way.proxy.clone(),
        running: proxy.is_open,
        ca: proxy.way.ca.display().to_string(),
        bundle: proxy.way.bundle.display().to_string(),
        clients: rows,
        browsers: paired::rows(paths)?,
    };
    if console.json {
        console.document("route", report)?;
        return Ok(Exit::Ok);
    }
    print(&report, console)
}

pub(super) fn row(client: &'static Client, proxy: &Proxy, journal: &Journal, paths: &Paths) -> Row {
    let lookup = &variable;
    let installed = client.is_installed(paths.home(), lookup);
    let settings = client.settings(paths.home(), lookup);
    let mut row = Row {
        client: client.word,
        title: client.title,
        installed,
        program: client.program(lookup).map(|program| program.display().to_string()),
        file: settings.as_ref().map(|(path, _)| path.display().to_string()),
        target: None,
        routed: Routed::Variables,
        telemetry: client.tells().then(|| telemetry(client, proxy, paths)),
        trusted: None,
        why: None,
        next: Vec::new(),
    };
    if proxy.is_open {
        match proxy.check(client) {
            Ok(()) => row.trusted = Some(true),
            Err(distrust) => (row.trusted, row.why) = (Some(false), Some(distrust.to_string())),
        }
    }
    if let Some((path, form)) = settings {
        match Snapshot::read(paths.home(), &path) {
            Ok(file) => {
                row.target = file.is_link.then(|| file.real.display().to_string());
                let entries = client.entries(&proxy.way);
                row.why = row.why.or_else(|| change::opted_out(form, file.content()));
                row.routed = match change::standing(form, file.content(), &entries) {
                    Ok(change::Standing::All) => Routed::Yes,
                    Ok(change::Standing::Some) => Routed::Stale,
                    Ok(change::Standing::None)
                        if journal
                            .of(client.word)
                            .filter(|w| w.entries.iter().any(|entry| entry.name == PROXY))
                            .is_some_and(|w| file.hash().as_ref() == Some(&w.after)) =>
                    {
                        Routed::Stale
                    }
                    Ok(change::Standing::None) => Routed::No,
                    Err(unfit) => {
                        row.why = Some(unfit.to_string());
                        Routed::Unknown
                    }
                };
            }
            Err(refusal) => (row.routed, row.why) = (Routed::Unknown, Some(refusal.to_string())),
        }
    }
    row.next = next(client, &row, proxy);
    row
}

/// How the settings that say where its telemetry goes stand.
fn telemetry(client: &Client, proxy: &Proxy, paths: &Paths) -> Routed {
    let receiver = proxy.way_as_before(paths).telemetry;
    let Some(told) = receiver.and_then(|to| client.telemetry(paths.home(), &variable, &to)) else {
        // Without a key nobody was ever led.
        return Routed::No;
    };
    let Ok(file) = Snapshot::read(paths.home(), &told.path) else { return Routed::Unknown };
    let leads = |entry: &&Entry| told.form == Form::CodexToml || entry.name == ENDPOINT;
    let leads: Vec<Entry> = told.entries.iter().filter(leads).cloned().collect();
    let standing = |entries: &[Entry]| change::standing(told.form, file.content(), entries);
    match (standing(&told.entries), standing(&leads)) {
        (Ok(change::Standing::All), _) => Routed::Yes,
        (Ok(_), Ok(change::Standing::None)) => Routed::No,
        (Ok(_), Ok(_)) => Routed::Stale,
        (Err(_), _) | (_, Err(_)) => Routed::Unknown,
    }
}

fn next(client: &Client, row: &Row, proxy: &Proxy) -> Vec<String> {
    if !row.installed && row.routed != Routed::Yes {
        return Vec::new();
    }
    if !proxy.is_open {
        return vec!["vigil up".to_owned()];
    }
    match row.routed {
        Routed::No | Routed::Stale => vec![format!("vigil route on {}", client.word)],
        Routed::Variables | Routed::Unknown => vec![started_by(client)],
        Routed::Yes => Vec::new(),
    }
}

fn print(report: &RouteReport, console: &mut Console) -> Outcome {
    let yes_or_no = |yes| if yes { "yes" } else { "no" }.to_owned();
    let mut table = Table::new(&["CLIENT", "INSTALLED", "ROUTED", "TELEMETRY", "TRUSTED", "NEXT"]);
    for row in &report.clients {
        table.row([
            row.client.to_owned(),
            yes_or_no(row.installed),
            row.routed.word().to_owned(),
            row.telemetry.map_or("-", Routed::word).to_owned(),
            row.trusted.map_or_else(|| "not tried".to_owned(), yes_or_no),
            row.next.join("; "),
        ]);
    }
    console.line(table)?;
    if !report.browsers.is_empty() {
        let mut table = Table::new(&["BROWSER", "MAY START VIGIL", "PAIRED PROFILES"]);
        for row in &report.browsers {
            let paired = row.paired.len().to_string();
            table.row([row.browser.to_owned(), yes_or_no(row.starts), paired]);
        }
        console.line("")?;
        console.line(table)?;
    }
    for row in &report.clients {
        if let Some(why) = &row.why {
            console.say(format_args!("{}: {}", row.client, plain(why)));
        }
    }
    if !report.running {
        console.say(format_args!(
            "\nThe proxy does not run. What is led to {} fails until `vigil up`.",
            plain(&report.proxy)
        ));
    }
    Ok(Exit::Ok)
}
