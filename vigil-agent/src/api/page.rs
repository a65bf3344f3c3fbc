//! The plain status page. Every value is escaped; there is no script.

use std::fmt::Write as _;

use vigil_proto::{event::Witness, report::Status, surface::Surface};

const STYLE: &str = "
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
  --soft: color-mix(in srgb, currentColor 65%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); font-weight: 400; }
.warn { border-left: .25rem solid #c2410c; padding: .25rem .75rem; margin: 1rem 0; }
.scroll { overflow-x: auto; } .scroll table { min-width: 46rem; }
table { border-collapse: collapse; width: 100%; } th { font-weight: 600; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } .counts th { overflow-wrap: anywhere; }
td.n { font-variant-numeric: tabular-nums; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
";

/// The page for whoever has not come with the login link: it tells nothing about the user.
pub(super) fn closed() -> String {
    document(
        "<p>Vigil is running.</p><p class=soft>Open it with the link that <code>vigil up</code> printed.</p>",
    )
}

/// A page that says no.
pub(super) fn refused(why: &str) -> String {
    document(&format!(
        "<p>{}</p><p class=soft>Start again from the link that <code>vigil up</code> printed.</p>",
        escape(why)
    ))
}

/// The status as a page.
pub(super) fn status(status: &Status) -> String {
    let mut body = String::new();
    for warning in &status.warnings {
        let _ = write!(body, "<p class=warn role=alert>{}</p>", escape(warning));
    }
    let _ = write!(
        body,
        "<p>{} kept in {}. Daemon: {}.</p>",
        counted(status.store.events, "event"),
        escape(&megabytes(status.store.bytes)),
        escape(&status.daemon),
    );
    let proxy = match &status.proxy.url {
        Some(url) => format!(
            "Proxy at <code>{}</code>, {}, decrypts {}.",
            escape(url),
            counted(status.proxy.open, "open connection"),
            escape(&status.proxy.hosts.join(", "))
        ),
        None => "Proxy off.".to_owned(),
    };
    let _ = write!(body, "<p>{proxy}</p><h2>What is seen</h2>");
    if status.surfaces.is_empty() {
        body.push_str(
            "<p class=soft>Nothing yet. Start Claude Code, then load this page again.</p>",
        );
    } else {
        body.push_str("<div class=scroll tabindex=0 role=region aria-label=\"What is seen\"><table><thead><tr><th scope=col>Client<th scope=col>Verdict<th scope=col>Witnesses<th scope=col>Coverage<th scope=col>Next</thead><tbody>");
        for surface in &status.surfaces {
            row(&mut body, surface);
        }
        body.push_str("</tbody></table></div>");
    }
    counters(&mut body, "Open findings", "None.", &status.store.findings);
    counters(&mut body, "Lost or not read", "Nothing.", &status.drops);
    document(&body)
}

fn row(body: &mut String, surface: &Surface) {
    let _ = write!(
        body,
        "<tr><th scope=row>{} <span class=soft>{}</span><td>{}<td>",
        escape(&surface.client),
        escape(surface.version.as_ref().map_or("", |version| version.as_str())),
        surface.verdict,
    );
    for (name, evidence) in surface.witnesses.iter().filter(|(_, seen)| seen.count > 0) {
        let independent = name.parse::<Witness>().is_ok_and(vigil_proto::Witness::is_independent);
        let _ = write!(
            body,
            "<p>{}: {}, last {} <span class=soft>({})</span></p>",
            escape(name),
            counted(evidence.count, "event"),
            evidence
                .last
                .map_or_else(|| "never".to_owned(), |last| format!("{:.0}", last.to_jiff())),
            if independent { "independent" } else { "self-reported" },
        );
    }
    let coverage = surface.coverage.ratio.map_or_else(
        || "unknown: no kernel evidence yet".to_owned(),
        |r| format!("{:.0} %", r * 100.0),
    );
    let _ = write!(body, "<td>{}<td>", escape(&coverage));
    for command in &surface.next {
        let _ = write!(body, "<p><code>{}</code></p>", escape(command));
    }
}

fn counters(
    body: &mut String,
    title: &str,
    none: &str,
    counts: &std::collections::BTreeMap<String, u64>,
) {
    let _ = write!(body, "<h2>{title}</h2>");
    if counts.is_empty() {
        let _ = write!(body, "<p class=soft>{none}</p>");
        return;
    }
    body.push_str(
        "<table class=counts><thead><tr><th scope=col>Name<th scope=col>Number</thead><tbody>",
    );
    for (name, count) in counts {
        let _ = write!(body, "<tr><th scope=row>{}<td class=n>{count}", escape(name));
    }
    body.push_str("</tbody></table>");
}

fn document(body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width, initial-scale=1\"><title>Vigil</title><style>{STYLE}</style><body><main><h1>Vigil</h1>{body}</main></body></html>"
    )
}

/// `1 event`, `2 events`.
fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[expect(clippy::cast_precision_loss, reason = "display only")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
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
mod tests {
    use super::{escape, refused};

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(
            escape("<img src=x onerror='a()'>\"&"),
            "&lt;img src=x onerror=&#39;a()&#39;&gt;&quot;&amp;"
        );
        assert!(!refused("</p><script>").contains("<script>"));
    }
}
