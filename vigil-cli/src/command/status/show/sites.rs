//! Web sites for people: how well each is read.

use std::io;

use vigil_proto::report::{SiteRow, SiteState};

use crate::terminal::{BOLD, Console, DIM, GREEN, YELLOW, hang, plain};

pub(super) fn show(sites: &[SiteRow], console: &mut Console) -> io::Result<()> {
    if sites.is_empty() {
        return Ok(());
    }
    console.line(format_args!("\n{BOLD}Web sites{BOLD:#}"))?;
    for site in sites {
        let style = match site.state {
            SiteState::Ok => GREEN,
            SiteState::Stale | SiteState::Drift => YELLOW,
            SiteState::Off | SiteState::Unheard | SiteState::Idle => DIM,
        };
        console.line(format_args!(
            "  {BOLD}{}{BOLD:#}  {style}{}{style:#}",
            plain(&site.site),
            site.state
        ))?;
        let words = format!("    {}", plain(&site.words));
        console.line(hang(&words, 4, console.width))?;
        if let Some(health) = &site.health {
            let counts = format!(
                "    {} of {} exchanges read; {} turns alike on the page, {} not, {} from it alone",
                health.parsed, health.matched, health.agreed, health.differed, health.by_page
            );
            console.line(hang(&counts, 4, console.width))?;
        }
        let last = site.last.map_or_else(|| "never".to_owned(), |at| console.clock.both(at));
        console.line(format_args!("    {DIM}last on record {last}{DIM:#}"))?;
    }
    Ok(())
}
