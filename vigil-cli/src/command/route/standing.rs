//! How each client's settings stand to what Vigil wrote into them, for whoever looks after all of it.

use vigil_platform::{paths::Paths, routes::PROXY};

use super::{Proxy, table, variable};
use crate::{
    failure::Failure,
    route::{
        clients::{CLIENTS, Client},
        edit,
        file::Snapshot,
        journal::{Journal, Written},
    },
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
    /// What somebody else set in them, which `vigil route on` leaves alone.
    pub(in crate::command) foreign: Option<String>,
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
            foreign: foreign(client, &proxy, journal.of(client.word), paths),
            file: row.file,
            stands,
            was_led,
            is_open: proxy.is_open,
            distrust: row.why.filter(|_| row.trusted != Some(true) || stands == Stands::Unknown),
        }
    });
    Ok(rows.collect())
}

/// The first of our entries that has a value which is neither what it should be nor what we wrote.
fn foreign(
    client: &Client,
    proxy: &Proxy,
    written: Option<&Written>,
    paths: &Paths,
) -> Option<String> {
    let (path, form) = client.settings(paths.home(), &variable)?;
    let file = Snapshot::read(paths.home(), &path).ok()?;
    let wrote = |name: &str, value: &str| {
        let entries = written.into_iter().flat_map(|written| &written.entries);
        entries.into_iter().any(|entry| entry.name == name && entry.value == value)
    };
    client.entries(&proxy.way).into_iter().find_map(|entry| {
        let value = edit::value_of(form, file.content(), &entry.name).ok()??;
        (value != entry.value && !wrote(&entry.name, &value)).then_some(entry.name)
    })
}
