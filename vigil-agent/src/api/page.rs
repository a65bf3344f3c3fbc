//! The plain status page. Every value is escaped; there is no script.

use std::{collections::BTreeMap, fmt::Write as _};

use vigil_proto::{
    Surface, Verdict, Witness,
    figures::{bytes, count},
    report::{ProxyStatus, Status},
};

mod clock;

pub(super) use self::clock::Clock;

const STYLE: &str = "
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
  --soft: color-mix(in srgb, currentColor 70%, transparent);
  --good: light-dark(#166534, #86efac); --bad: light-dark(#9a3412, #fdba74); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; } p { margin: .25rem 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-weight: normal; } .good { color: var(--good); }
.bad { color: var(--bad); }
.warn { border-left: .25rem solid var(--bad); padding: .25rem .75rem; margin: 1rem 0; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; padding: .3rem 1.5rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; font-variant-numeric: tabular-nums; } tbody th { font-weight: normal; }
.n { text-align: right; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { font: .85em/1.5 ui-monospace, monospace; margin: .5rem 0; padding: .5rem .75rem;
  white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); }
@media (max-width: 30rem) { th, td { padding-right: .75rem; } }
";

/// What to do when a link no longer opens the page.
const NEW_LINK: &str = "<p class=soft>The link that <code>vigil up</code> printed works once, in one browser. For a new one end Vigil (<code>vigil down</code>) and start it again.</p>";

/// The page for whoever has not come with the login link: it tells nothing about the user.
pub(super) fn closed() -> String {
    document(&format!(
        "<p>Vigil is running. Open it with the link that <code>vigil up</code> printed.</p>{NEW_LINK}"
    ))
}

/// A page that says no.
pub(super) fn refused(why: &str) -> String {
    document(&format!("<p>{}</p>{NEW_LINK}", escape(why)))
}

/// The status as a page, as it is at `clock`'s present.
pub(super) fn status(status: &Status, clock: &Clock) -> String {
    let mut body = String::new();
    let started = status.agent.started.map_or_else(String::new, |at| clock.both(at));
    let (style, state) = match status.agent.paused_since {
        Some(since) => ("bad", format!("Paused {}", clock.both(since))),
        None => ("good", "Recording".to_owned()),
    };
    let _ = write!(
        body,
        "<p><strong class={style}>{state}</strong>, started {started}.</p>\
         <p class=soft>Vigil {}, as of {}. Reload the page to see it anew.</p>",
        escape(&status.version),
        clock.present(),
    );
    for warning in &status.warnings {
        let _ = write!(body, "<p class=warn role=alert>{}</p>", escape(warning));
    }
    body.push_str("<h2>What is seen</h2>");
    for surface in &status.surfaces {
        seen(&mut body, surface, clock);
    }
    proxy(&mut body, &status.proxy);
    findings(&mut body, &status.store.findings);
    counters(&mut body, "Lost or not read", "Nothing.", &status.drops);
    let _ = write!(
        body,
        "<h2>Records</h2><p>{}, {}, in <code>{}</code></p>",
        counted(status.store.events, "event"),
        bytes(status.store.bytes),
        escape(&status.store.path),
    );
    document(&body)
}

fn seen(body: &mut String, surface: &Surface, clock: &Clock) {
    let (style, words) = match surface.verdict {
        Verdict::Witnessed => (
            "good",
            "An independent witness has seen it within the last day. Sessions that were not started through the proxy are still its own word alone.",
        ),
        Verdict::SelfReported => ("bad", "Its own word alone, within the last day."),
        Verdict::Stale => ("bad", "Nothing within the last day."),
        Verdict::Nothing => {
            ("soft", "Nothing yet. What it writes down is read by itself, as soon as it writes.")
        }
    };
    let _ = write!(
        body,
        "<h3>{} <span class=soft>{}</span> <span class={style}>{}</span></h3><p>{words}</p>\
         <table><thead><tr><th scope=col>Witness<th scope=col class=n>Events<th scope=col>Last</thead><tbody>",
        escape(&surface.client),
        escape(surface.version.as_ref().map_or("", |version| version.as_str())),
        surface.verdict,
    );
    for (name, evidence) in surface.witnesses.iter().filter(|(_, seen)| seen.count > 0) {
        let independent = name.parse::<Witness>().is_ok_and(vigil_proto::Witness::is_independent);
        let _ = write!(
            body,
            "<tr><th scope=row>{} <span class=soft>{}</span><td class=n>{}<td>{}",
            escape(name),
            if independent { "independent" } else { "self-reported" },
            count(evidence.count),
            evidence.last.map_or_else(|| "never".to_owned(), |last| clock.both(last)),
        );
    }
    body.push_str("</tbody></table>");
    let coverage = surface.coverage.ratio.map_or_else(
        || "unknown; nothing independent counts its connections yet".to_owned(),
        |r| format!("{:.0} % of the last {}", r * 100.0, escape(&surface.coverage.window)),
    );
    let _ = write!(body, "<p>Coverage: {coverage}.</p>");
    if !surface.next.is_empty() {
        body.push_str("<p>To have it seen by an independent witness as well:</p>");
    }
    for command in &surface.next {
        let _ = write!(body, "<pre>{}</pre>", escape(command));
    }
}

fn proxy(body: &mut String, proxy: &ProxyStatus) {
    body.push_str("<h2>Proxy</h2>");
    let Some(url) = &proxy.url else {
        body.push_str("<p>Off: nothing independent sees what the clients send.</p>");
        return;
    };
    let _ = write!(
        body,
        "<p>At <code>{}</code>, {}, decrypts {}; all else is an untouched tunnel.</p>",
        escape(url),
        counted(proxy.open, "open connection"),
        escape(&proxy.hosts.join(", ")),
    );
}

/// Open findings, the worst first.
fn findings(body: &mut String, open: &BTreeMap<String, u64>) {
    body.push_str("<h2>Open findings</h2>");
    let worst_first: Vec<_> = ["critical", "high", "medium", "low", "info"]
        .into_iter()
        .filter_map(|severity| Some((severity, open.get(severity).filter(|n| **n > 0)?)))
        .collect();
    if worst_first.is_empty() {
        body.push_str("<p class=soft>None.</p>");
        return;
    }
    body.push_str("<table><tbody>");
    for (severity, n) in worst_first {
        let _ = write!(body, "<tr><th scope=row>{severity}<td class=n>{}", count(*n));
    }
    body.push_str("</tbody></table><p class=soft><code>vigil findings</code> lists them.</p>");
}

fn counters(body: &mut String, title: &str, none: &str, counts: &BTreeMap<String, u64>) {
    let _ = write!(body, "<h2>{title}</h2>");
    if counts.is_empty() {
        let _ = write!(body, "<p class=soft>{none}</p>");
        return;
    }
    body.push_str(
        "<table><thead><tr><th scope=col>Name<th scope=col class=n>Number</thead><tbody>",
    );
    for (name, n) in counts {
        let _ = write!(body, "<tr><th scope=row>{}<td class=n>{}", escape(name), count(*n));
    }
    body.push_str("</tbody></table>");
}

/// `1 event`, `2 events`.
fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

fn document(body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width, initial-scale=1\"><title>Vigil</title><style>{STYLE}</style><body><main><h1>Vigil</h1>{body}</main></body></html>"
    )
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
