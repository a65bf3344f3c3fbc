//! What is around it: notices on the desktop, lists of what is malicious, and what clients are about to
//! delete.

use std::{env, time::SystemTime};

use vigil_platform::desktop::Desktop;
use vigil_proto::{Timestamp, report::Check};

use super::{Round, off, warning, works};
use crate::{command::status, store};

/// Lists that are older than this say little of what is new, in microseconds: seven days.
const OLD: i64 = 7 * 24 * 3_600 * 1_000_000;

pub(super) fn notify(round: &Round<'_>) -> Check {
    const NAME: &str = "notify";
    if !round.config.notify.desktop {
        return off(NAME, "nothing is told on the desktop (`notify.desktop = false`)", "");
    }
    match Desktop::find(&|name| env::var_os(name)) {
        Ok(_) => off(
            NAME,
            "critical findings are told on the desktop; that is not tried, it would disturb",
            "",
        ),
        Err(why) => {
            off(NAME, format!("critical findings are not told on the desktop from here: {why}"), "")
        }
    }
}

pub(super) fn intel(round: &Round<'_>) -> Check {
    const NAME: &str = "intel";
    let lists = match &round.agent {
        Some((_, status)) => status.intel.clone(),
        None => vigil_store::intel::report(round.paths.data(), "").short(),
    };
    if let Some(trouble) = lists.trouble {
        return warning(NAME, trouble, "vigil intel update");
    }
    let Some(oldest) = lists.oldest else {
        return off(
            NAME,
            "there are no lists of what is malicious besides the one built in",
            "vigil intel update",
        );
    };
    let age = Timestamp::from(SystemTime::now()).as_micros().saturating_sub(oldest.as_micros());
    let words = format!("{} lists, the oldest of {:.0}", lists.lists, oldest.to_jiff());
    if age > OLD { warning(NAME, words, "vigil intel update") } else { works(NAME, words) }
}

pub(super) fn cleanup(round: &Round<'_>) -> Check {
    const NAME: &str = "cleanup";
    let reader = store::open(round.paths).ok().flatten();
    let status = round.agent.as_ref().map(|(_, status)| status.clone()).unwrap_or_default();
    match status::about_to_go(round.paths, reader.as_ref(), &status) {
        Some(words) => warning(NAME, words, "vigil ingest --once"),
        None => works(NAME, "no client is about to delete what was not read"),
    }
}
