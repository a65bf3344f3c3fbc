//! The table of sockets, a page at a time, and who holds one. The kernel has no order in it: a page
//! is the smallest keys above the cursor, which is the last key on the page before.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    num::NonZeroU64,
    ops::ControlFlow,
};

use vigil_platform::{
    process,
    socket::{self, Row, State},
};
use vigil_proto::rpc::{
    BoundedVec, Cursor, Endpoint, Filling, Max, Pid, Protocol, Refusal, Response, SOCKET_ROWS,
    Scope, SocketOwner, SocketRow, SocketState, Support, Uid, Unsupported,
};

use super::process::shown;
use crate::authorise::Caller;

/// Whether this platform has the tables.
pub(in crate::reader) const SOCKETS: Support =
    if socket::KNOWS_OWNERS { Support::Yes } else { Support::No(Unsupported::NotBuilt) };

pub(in crate::reader) fn sockets(
    caller: Caller,
    scope: Scope,
    cursor: Option<Cursor>,
    max: Max<SOCKET_ROWS>,
) -> Response {
    if let Support::No(why) = SOCKETS {
        return Refusal::Unsupported(why).into();
    }
    let after = cursor.map_or(0, |Cursor(after)| after.get());
    let most = usize::from(max.raw());
    match rows(caller, scope, after, most).and_then(|rows| page(caller, scope, rows, most)) {
        Ok(response) => response,
        Err(_) => Refusal::Internal.into(),
    }
}

/// One more than `most` rows, by their keys, so that it is known whether there are more.
fn rows(caller: Caller, scope: Scope, after: u64, most: usize) -> io::Result<BTreeMap<u64, Row>> {
    let mut rows = BTreeMap::new();
    for protocol in [socket::Protocol::Tcp, socket::Protocol::Udp] {
        socket::table(protocol, |row| {
            let is_own = row.inode != 0 && row.uid == caller.uid.raw();
            let key = key(row);
            if key > after && (is_own || scope != Scope::Own) {
                rows.insert(key, *row);
                if rows.len() > most + 1 {
                    rows.pop_last();
                }
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(rows)
}

/// A socket's place in the order: its number. One that belongs to no process has none, and comes
/// after them.
fn key(row: &Row) -> u64 {
    const NOBODYS: u64 = 1 << 63;
    if row.inode != 0 {
        return row.inode & !NOBODYS;
    }
    let mut hasher = DefaultHasher::new();
    (row.protocol, row.local, row.remote).hash(&mut hasher);
    hasher.finish() | NOBODYS
}

fn page(
    caller: Caller,
    scope: Scope,
    rows: BTreeMap<u64, Row>,
    most: usize,
) -> io::Result<Response> {
    // Which process holds another user's socket is not for everybody to know.
    let of = (scope != Scope::EveryoneInFull).then_some(caller.uid.raw());
    let inodes: Vec<u64> = rows
        .values()
        .filter(|row| row.inode != 0 && of.is_none_or(|uid| uid == row.uid))
        .map(|row| row.inode)
        .collect();
    let pids = if inodes.is_empty() { BTreeMap::new() } else { socket::pids_of(&inodes, of)?.pids };
    let mut page = Filling::new(most);
    let (mut last, mut next) = (0, None);
    for (key, row) in rows {
        let pid = pids.get(&row.inode).and_then(|pids| pids.first());
        let Some(row) = on_the_wire(&row, pid.and_then(|pid| Pid::new(*pid).ok())) else {
            continue;
        };
        if page.push(row).is_err() {
            next = NonZeroU64::new(last).map(Cursor);
            break;
        }
        last = key;
    }
    Ok(Response::Sockets(page.finish(next)))
}

fn on_the_wire(row: &Row, pid: Option<Pid>) -> Option<SocketRow> {
    Some(SocketRow {
        protocol: match row.protocol {
            socket::Protocol::Tcp => Protocol::Tcp,
            socket::Protocol::Udp => Protocol::Udp,
        },
        local: row.local.into(),
        remote: row.remote.map(Into::into),
        state: state(row.state),
        uid: Uid::new(row.uid).ok()?,
        inode: row.inode,
        pid,
    })
}

pub(in crate::reader) fn owner(caller: Caller, local: Endpoint, peer: Endpoint) -> Response {
    if let Support::No(why) = SOCKETS {
        return Refusal::Unsupported(why).into();
    }
    match holder(caller, local, peer) {
        Ok(owner) => Response::SocketOwner(owner),
        Err(_) => Refusal::Internal.into(),
    }
}

/// Nothing also when it is not for the caller to know: that there is such a connection is not told.
fn holder(caller: Caller, local: Endpoint, peer: Endpoint) -> io::Result<Option<SocketOwner>> {
    let Some(owner) = socket::owner(local.into(), peer.into())? else { return Ok(None) };
    let may_know = owner.uid == caller.uid.raw() || caller.is_administrator();
    let Some(uid) = Uid::new(owner.uid).ok().filter(|_| may_know) else { return Ok(None) };
    let scope = if caller.is_administrator() { Scope::EveryoneInFull } else { Scope::Own };
    let pids = socket::pids_of(&[owner.inode], Some(owner.uid))?.pids;
    let mut holders = BoundedVec::default();
    for pid in pids.into_values().flatten() {
        let row = process::row(pid).ok().and_then(|row| shown(caller, scope, &row));
        if row.is_some_and(|row| holders.push(row).is_err()) {
            break;
        }
    }
    Ok(Some(SocketOwner { uid, inode: owner.inode, holders }))
}

const fn state(state: State) -> SocketState {
    match state {
        State::Closed => SocketState::Closed,
        State::Listen => SocketState::Listen,
        State::SynSent => SocketState::SynSent,
        State::SynReceived => SocketState::SynReceived,
        State::Established => SocketState::Established,
        State::FinWait1 => SocketState::FinWait1,
        State::FinWait2 => SocketState::FinWait2,
        State::CloseWait => SocketState::CloseWait,
        State::Closing => SocketState::Closing,
        State::LastAck => SocketState::LastAck,
        State::TimeWait => SocketState::TimeWait,
    }
}
