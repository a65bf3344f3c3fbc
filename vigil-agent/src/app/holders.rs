//! Who holds sockets that we may not look at ourselves: the root daemon's word.

use std::collections::BTreeMap;

use vigil_proto::rpc::{Cursor, Max, Page, Request, Response, Scope, SocketRow};

use crate::{daemon::Daemon, source::network};

/// More pages than this are not asked for at once: nobody has as many sockets.
const PAGES: usize = 16;

/// Asks `daemon`.
pub(super) fn by(daemon: Daemon) -> Box<network::Holders> {
    Box::new(move |inodes| {
        among(inodes, |cursor| {
            let request = Request::SocketPage { scope: Scope::Own, cursor, max: Max::all() };
            match daemon.ask(&request) {
                Ok(Response::Sockets(page)) => Some(page),
                _ => None,
            }
        })
    })
}

/// The holders of `inodes` by the pages that `ask` gets. Nothing when that is not all there is:
/// whose the others are is not known then, and they are not nobody's.
fn among<const N: usize>(
    inodes: &[u64],
    ask: impl Fn(Option<Cursor>) -> Option<Page<SocketRow, N>>,
) -> Option<BTreeMap<u64, u32>> {
    let mut found = BTreeMap::new();
    let mut cursor = None;
    for _ in 0..PAGES {
        let page = ask(cursor)?;
        let theirs = page.rows.iter().filter(|row| inodes.contains(&row.inode));
        found.extend(theirs.filter_map(|row| Some((row.inode, row.pid?.raw()))));
        cursor = page.next;
        if cursor.is_none() || found.len() >= inodes.len() {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests;
