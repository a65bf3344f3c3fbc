//! Who holds sockets that we may not look at ourselves: the root daemon's word.

use std::collections::BTreeMap;

use vigil_proto::rpc::{Max, Request, Response, Scope};

use crate::{daemon::Daemon, source::network};

/// More pages than this are not asked for at once: nobody has as many sockets.
const PAGES: usize = 16;

/// Asks `daemon`.
pub(super) fn by(daemon: Daemon) -> Box<network::Holders> {
    Box::new(move |inodes| {
        let mut found = BTreeMap::new();
        let mut cursor = None;
        for _ in 0..PAGES {
            let request = Request::SocketPage { scope: Scope::Own, cursor, max: Max::all() };
            let Ok(Response::Sockets(page)) = daemon.ask(&request) else { return None };
            let theirs = page.rows.iter().filter(|row| inodes.contains(&row.inode));
            found.extend(theirs.filter_map(|row| Some((row.inode, row.pid?.raw()))));
            cursor = page.next;
            if cursor.is_none() || found.len() >= inodes.len() {
                break;
            }
        }
        Some(found)
    })
}
