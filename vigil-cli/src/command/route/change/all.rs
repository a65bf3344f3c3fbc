//! Every client at once, for `vigil setup` and `vigil uninstall`: nothing is asked, and what cannot be done
//! for one keeps no other from it.

use vigil_platform::paths::Paths;

use super::{Change, Consent, Journal, Proxy, State, lead, rows, settle, tell, unroute, variable};
use crate::{
    failure::Failure,
    route::clients::{CLIENTS, Client},
    terminal::Console,
};

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
            // Without its configuration, not even where a client's settings might lead is known.
            Ok(change)
                if change.has_no_file()
                    || (change.state == State::Unchanged && change.why.is_none()) => {}
            Ok(change) => changes.push(change),
            Err(failure) => changes.push(Change::failed(client, &failure)),
        }
    }
    tell(&changes, paths, console);
    Ok(changes)
}

impl Change {
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
}
