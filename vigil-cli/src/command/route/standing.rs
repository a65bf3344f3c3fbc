//! How each client's settings stand to what Vigil wrote into them, for whoever looks after all of it.

use vigil_platform::{paths::Paths, routes::PROXY};

use super::{Proxy, table};
use crate::{
    failure::Failure,
    route::{clients::CLIENTS, journal::Journal},
};

/// How a client's settings stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum Stands {
    /// They lead to the proxy.
    Led,
    /// In part, or elsewhere.
    Half,
    /// They did, and say nothing of it any more.
    Gone,
    /// They never did.
    No,
    /// They cannot be read, or there are none that could.
    Unknown,
}

/// A client and its settings.
#[derive(Debug)]
pub(in crate::command) struct Standing {
    pub(in crate::command) client: &'static str,
    pub(in crate::command) title: &'static str,
    pub(in crate::command) file: Option<String>,
    pub(in crate::command) stands: Stands,
    /// Vigil wrote into them.
    pub(in crate::command) was_led: bool,
    /// The proxy runs.
    pub(in crate::command) is_open: bool,
    /// Why it would not trust the running proxy, or why its settings cannot be read.
    pub(in crate::command) distrust: Option<String>,
}

/// Every client that is there, or whose settings Vigil wrote into. Writes nothing.
///
/// # Errors
/// The journal or the configuration cannot be read.
pub(in crate::command) fn standings(paths: &Paths) -> Result<Vec<Standing>, Failure> {
    let proxy = Proxy::find(paths)?;
    let journal = Journal::look(paths)?;
    let rows = CLIENTS.iter().map(|client| {
        let row = table::row(client, &proxy, &journal, paths);
        let was_led = journal
            .of(client.word)
            .is_some_and(|written| written.entries.iter().any(|entry| entry.name == PROXY));
        let stands = match row.routed {
            table::Routed::Yes => Stands::Led,
            table::Routed::Stale => Stands::Half,
            table::Routed::No if was_led => Stands::Gone,
            table::Routed::No => Stands::No,
            table::Routed::Unknown | table::Routed::Variables => Stands::Unknown,
        };
        Standing {
            client: client.word,
            title: client.title,
            file: row.file,
            stands,
            was_led,
            is_open: proxy.is_open,
            distrust: row.why.filter(|_| row.trusted != Some(true)),
        }
    });
    Ok(rows.collect())
}
