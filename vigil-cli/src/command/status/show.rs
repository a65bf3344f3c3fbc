//! The status for people: warnings first, then what runs, what each client's witnesses saw, what
//! was lost, and what to do next.

use std::io;

use vigil_proto::{
    Coverage, Surface, Verdict, Witness, browser,
    report::{AgentStatus, Gaps, MaskingStatus, ProxyStatus, Status, StoreStatus},
    surface::Unread,
};

use crate::{
    store::NOTHING_YET,
    terminal::{BOLD, Console, DIM, GREEN, RED, YELLOW, bytes, count, hang, plain},
};

mod daemon;
mod lists;
mod next;
mod sites;

/// Where the values of fields begin.
const VALUES: usize = 12;
/// Where those of a client's lines begin.
const OF_CLIENT: usize = 16;

/// `unseen`: clients that are led to the proxy, and of which nothing was ever seen.
pub(super) fn show(status: &Status, unseen: &[String], console: &mut Console) -> io::Result<()> {
    for warning in &status.warnings {
        let words = format!("{RED}warning:{RED:#} {}", plain(warning));
        console.line(hang(&words, 4, console.width))?;
    }
    if !status.warnings.is_empty() {
        console.line("")?;
    }
    console.line(format_args!("{BOLD}Vigil {}{BOLD:#}", plain(&status.version)))?;
    field("agent", agent(&status.agent, console), console)?;
    if let Some(words) = &status.agent.kept {
        field("service", plain(words), console)?;
    }
    if let Some(dashboard) = &status.agent.dashboard {
        field("page", plain(dashboard), console)?;
    }
    field("proxy", proxy(&status.proxy), console)?;
    if let Some(ca) = &status.proxy.ca {
        field("CA", plain(ca), console)?;
    }
    daemon::show(&status.daemon, console)?;
    field("store", store(&status.store), console)?;
    if let Some(masking) = &status.store.masking {
        field("masks", masks(masking, console), console)?;
    }
    field("lists", lists::words(&status.intel, console), console)?;
    field("findings", findings(&status.store), console)?;
    field("drops", drops(status), console)?;
    field("gaps", gaps(&status.gaps, console), console)?;

    console.line(format_args!("\n{BOLD}Capture{BOLD:#}"))?;
    for surface in &status.surfaces {
        matrix(surface, console)?;
    }
    for client in unseen {
        let words = "led to the proxy; never seen yet";
        console.line(format_args!("  {BOLD}{}{BOLD:#}  {DIM}{words}{DIM:#}", plain(client)))?;
    }
    for client in &status.unread {
        unread(client, console)?;
    }
    sites::show(&status.sites, console)?;
    next::show(&status.next, console)
}

/// A client of which it is known that it is there, and nothing else.
fn unread(client: &Unread, console: &mut Console) -> io::Result<()> {
    console.line(format_args!(
        "  {BOLD}{}{BOLD:#}  {YELLOW}not read yet{YELLOW:#}\n    Installed, last active {}: {}; its \
         conversations are not read yet.",
        plain(&client.title),
        console.clock.both(client.last_active),
        plain(&client.place),
    ))
}

fn field(name: &str, value: impl AsRef<str>, console: &mut Console) -> io::Result<()> {
    let line = format!("  {name:<9} {}", value.as_ref());
    console.line(hang(&line, VALUES, console.width))
}

/// One line of a client's.
fn line_of_client(name: &str, words: &str, console: &mut Console) -> io::Result<()> {
    console.line(hang(&format!("    {name:<11} {words}"), OF_CLIENT, console.width))
}

fn agent(agent: &AgentStatus, console: &Console) -> String {
    let pid = agent.pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
    if !agent.running {
        let paused = agent
            .paused_since
            .map_or_else(String::new, |at| format!(", paused {}", console.clock.both(at)));
        return format!("{YELLOW}not running{YELLOW:#}{pid}{paused}");
    }
    let started = agent
        .started
        .map_or_else(String::new, |at| format!(", started {}", console.clock.both(at)));
    match agent.paused_since {
        Some(since) => {
            format!("{YELLOW}paused{YELLOW:#} {}{pid}{started}", console.clock.both(since))
        }
        None => format!("{GREEN}recording{GREEN:#}{pid}{started}"),
    }
}

fn gaps(gaps: &Gaps, console: &Console) -> String {
    if gaps.n == 0 {
        return "none in the last day".to_owned();
    }
    let by: Vec<String> =
        gaps.by.iter().map(|(reason, n)| format!("{} {}", plain(reason), count(*n))).collect();
    let last = gaps.last.map_or_else(String::new, |at| format!(", last {}", console.clock.ago(at)));
    if gaps.are_usual() {
        return format!(
            "none in the last day but that what runs for less than a second is not seen{last}"
        );
    }
    format!("{YELLOW}{} in the last day{YELLOW:#}{last}: {}", count(gaps.n), by.join(", "))
}

fn proxy(proxy: &ProxyStatus) -> String {
    let Some(url) = proxy.url.as_ref().filter(|_| proxy.running) else {
        return "off".to_owned();
    };
    let test =
        if proxy.test_upstreams { format!("  {RED}test upstreams{RED:#}") } else { String::new() };
    let redirect = proxy
        .redirect
        .as_ref()
        .map_or_else(String::new, |words| format!(", redirection {}", plain(words)));
    let system = proxy
        .system
        .as_ref()
        .map_or_else(String::new, |words| format!(", system proxy {}", plain(words)));
    format!(
        "{}, {} open, decrypts {}{redirect}{system}{test}",
        plain(url),
        count(proxy.open),
        plain(&proxy.hosts.join(", "))
    )
}

fn store(store: &StoreStatus) -> String {
    format!("{} events, {}, {}", count(store.events), bytes(store.bytes), plain(&store.path))
}

/// Since when all that is stored is masked by the rules of now, or how far that is.
fn masks(masking: &MaskingStatus, console: &Console) -> String {
    let rows = |n: u64| if n == 1 { "row" } else { "rows" };
    let did = format!(
        "{} {} masked again, secrets found in {} places",
        count(masking.changed),
        rows(masking.changed),
        count(masking.found)
    );
    match masking.ended {
        Some(ended) if masking.changed == 0 => {
            format!("by the rules of now, looked through {}", console.clock.both(ended))
        }
        Some(ended) => {
            format!("by the rules of now, looked through {}: {did}", console.clock.both(ended))
        }
        None if masking.done >= masking.total => {
            format!(
                "{YELLOW}rules have changed{YELLOW:#}, what they find is leaving the files: {did}"
            )
        }
        None => format!(
            "{YELLOW}rules have changed{YELLOW:#}, {} of {} events looked through since {}: {did}",
            count(masking.done),
            count(masking.total),
            console.clock.both(masking.began)
        ),
    }
}

fn findings(store: &StoreStatus) -> String {
    let open: Vec<String> = ["critical", "high", "medium", "low", "info"]
        .iter()
        .filter_map(|word| {
            let n = store.findings.get(*word).filter(|n| **n > 0)?;
            Some(format!("{} {word}", count(*n)))
        })
        .collect();
    if open.is_empty() { "none open".to_owned() } else { format!("{} open", open.join(", ")) }
}

fn drops(status: &Status) -> String {
    let lost: Vec<String> = status
        .drops
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(name, n)| format!("{} {}", plain(name), count(*n)))
        .collect();
    if lost.is_empty() {
        "none".to_owned()
    } else {
        format!("{YELLOW}{}{YELLOW:#}", lost.join(", "))
    }
}

fn matrix(surface: &Surface, console: &mut Console) -> io::Result<()> {
    let version = surface.version.as_ref();
    let version =
        version.map_or_else(String::new, |version| format!(" {}", plain(version.as_str())));
    let style = match surface.verdict {
        Verdict::Witnessed => GREEN,
        Verdict::Nothing | Verdict::Stale | Verdict::SelfReported => YELLOW,
    };
    let is_seen = surface.witnesses.values().any(|seen| seen.count > 0);
    // Of a client that only the kernel saw, it is told what that was.
    let verdict = match surface.verdict {
        Verdict::Nothing if is_seen => "nothing of what it said",
        verdict => verdict.as_str(),
    };
    console.line(format_args!(
        "  {BOLD}{}{BOLD:#}{version}  {style}{verdict}{style:#}",
        plain(&surface.client),
    ))?;
    if !is_seen {
        console.line(hang(&format!("    No evidence yet. {NOTHING_YET}"), 4, console.width))?;
        return settings(surface, console);
    }
    for (word, evidence) in surface.witnesses.iter().filter(|(_, seen)| seen.count > 0) {
        let whose = match word.parse() {
            Ok(Witness::History) => "self-reported: addresses and times only",
            Ok(witness) if witness.is_independent() => "independent",
            _ => "self-reported",
        };
        let last = evidence
            .last
            .map_or_else(String::new, |at| format!(", last {}", console.clock.both(at)));
        console.line(format_args!(
            "    {:<11} {} {}{last}  {DIM}{whose}{DIM:#}",
            plain(word),
            count(evidence.count),
            if evidence.count == 1 { "event" } else { "events" },
        ))?;
    }
    // Of what is said on a web site nobody counts anything.
    if !browser::is_site(&surface.client) {
        let words = coverage(&surface.coverage);
        line_of_client("coverage", &plain(&words), console)?;
    }
    settings(surface, console)
}

/// Of a client that is led to the proxy and was not seen there today.
fn settings(surface: &Surface, console: &mut Console) -> io::Result<()> {
    if !surface.restart.is_empty() {
        let pids: Vec<String> = surface.restart.iter().map(|one| one.pid.to_string()).collect();
        let words = format!(
            "lead to the proxy; {YELLOW}begun before that, needs a new start{YELLOW:#}: pid {}",
            pids.join(", ")
        );
        return line_of_client("settings", &words, console);
    }
    if !surface.routed || surface.verdict == Verdict::Witnessed {
        return Ok(());
    }
    let words = "lead to the proxy; what was started before them needs a new start";
    line_of_client("settings", words, console)
}

fn coverage(coverage: &Coverage) -> String {
    let Coverage { window, method, .. } = coverage;
    let rest = rest(coverage);
    match coverage.ratio {
        // Rounded down, so that what is not all of it never reads as that.
        Some(ratio) => format!(
            "{:.0} % of the last {window} ({} decrypted, {} past the proxy{rest}; by {method})",
            (ratio * 100.0).floor(),
            count(coverage.captured.unwrap_or(0)),
            count(coverage.direct().unwrap_or(0)),
        ),
        None if method == "none" => {
            "unknown: nothing independent counts this client's connections".to_owned()
        }
        None if rest.is_empty() => {
            format!("unknown: no connection to an AI host seen in the last {window} (by {method})")
        }
        None => {
            format!("unknown: none decrypted in the last {window}{rest} (by {method})")
        }
    }
}

/// Connections that count neither for nor against it.
fn rest(coverage: &Coverage) -> String {
    let told = [
        (coverage.tunnelled, "passed on unread"),
        (coverage.unknown, "past it to addresses without a known name"),
    ];
    let words = |(n, what): (Option<u64>, &str)| {
        n.filter(|n| *n > 0).map(|n| format!(", {} {what}", count(n)))
    };
    told.into_iter().filter_map(words).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests;
