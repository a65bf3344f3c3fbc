//! One message of each kind, with values that can be told apart in its bytes.

use std::{net::SocketAddr, num::NonZeroU64};

use serde::de::DeserializeOwned;

use crate::rpc::*;

/// Every value of an enum, found by trying every first byte: whatever decodes is one.
pub(super) fn all<T: DeserializeOwned>() -> Vec<T> {
    let one = |first: u8| {
        let bodies = [vec![first], vec![first, 0]];
        bodies.iter().find_map(|body| {
            let (value, rest) = postcard::take_from_bytes(body).ok()?;
            rest.is_empty().then_some(value)
        })
    };
    (0..0x80).filter_map(one).collect()
}

pub(super) fn endpoint(text: &str) -> Endpoint {
    text.parse::<SocketAddr>().unwrap().into()
}

pub(super) fn cursor(number: u64) -> Cursor {
    Cursor(NonZeroU64::new(number).unwrap())
}

pub(super) fn lease() -> LeaseId {
    LeaseId(NonZeroU64::new(7).unwrap())
}

pub(super) fn port() -> Port {
    Port::new(9080).unwrap()
}

pub(super) fn lease_s() -> LeaseSeconds {
    LeaseSeconds::new(60).unwrap()
}

pub(super) fn anchor() -> Anchor {
    Anchor { seq: 2, prev: ChainHead([0x11; 32]), count: 1000, head: ChainHead([0x22; 32]) }
}

pub(super) fn details() -> Details {
    Details {
        exe: Some(BoundedBytes::cut(b"/bin/ls")),
        argv: Some(BoundedBytes::cut(b"ls\0-l\0")),
        argv_cut: false,
        cwd: None,
    }
}

pub(super) fn process() -> ProcessRow {
    ProcessRow {
        pid: Pid::new(4242).unwrap(),
        ppid: Some(Pid::new(1).unwrap()),
        uid: Uid::new(1000).unwrap(),
        started: Micros(1_700_000_000_000_000),
        cpu_us: 1_500_000,
        rss: 4096,
        state: ProcessState::Sleeping,
        name: BoundedBytes::cut(b"ls"),
        details: Some(details()),
    }
}

pub(super) fn socket() -> SocketRow {
    SocketRow {
        protocol: Protocol::Tcp,
        local: endpoint("127.0.0.1:9080"),
        remote: Some(endpoint("[2001:db8::1]:443")),
        state: SocketState::Established,
        uid: Uid::new(1000).unwrap(),
        inode: 99,
        pid: None,
    }
}

pub(super) fn event(change: Change) -> WatchEvent {
    WatchEvent {
        change,
        at: Micros(1_700_000_000_000_001),
        pid: Pid::new(4242).unwrap(),
        ppid: None,
        uid: Uid::new(1000).unwrap(),
        started: Some(Micros(1_700_000_000_000_000)),
        name: BoundedBytes::cut(b"ls"),
        details: None,
    }
}

fn row(deed: Deed, phase: Phase) -> JournalRow {
    JournalRow { seq: 3, first: 2, at: Micros(5), uid: Uid::new(1000).unwrap(), deed, phase }
}

pub(super) fn requests() -> Vec<Request> {
    let fingerprint = Fingerprint([0xab; 32]);
    let mut requests = vec![Request::hello(), Request::Status];
    requests.extend(all().into_iter().map(|scope| Request::JournalTail {
        scope,
        since: 300,
        max: Max::all(),
    }));
    requests.extend([
        Request::CaInstall { der: BoundedBytes::cut(&[0x30, 0x03, 0x02, 0x01, 0x05]) },
        Request::CaRemove { fingerprint },
        Request::CaStatus { fingerprint },
    ]);
    requests.extend(all().into_iter().map(|mode| Request::ProxyEnable {
        mode,
        port: port(),
        lease_s: lease_s(),
    }));
    requests.extend([
        Request::CaptureEnable { port: port(), lease_s: lease_s() },
        Request::LeaseRenew { lease: lease() },
        Request::LeaseEnd { lease: lease() },
        Request::ProcessPage { scope: Scope::Own, cursor: None, max: Max::all() },
    ]);
    requests.extend(all().into_iter().map(|scope| Request::ProcessPage {
        scope,
        cursor: Some(cursor(4243)),
        max: Max::try_from(1).unwrap(),
    }));
    requests.extend(all().into_iter().map(|scope| Request::SocketPage {
        scope,
        cursor: Some(cursor(1)),
        max: Max::all(),
    }));
    requests.push(Request::SocketOwner {
        local: endpoint("127.0.0.1:9080"),
        peer: endpoint("127.0.0.1:50000"),
    });
    requests.extend(all().into_iter().map(|scope| Request::Watch { scope }));
    requests.push(Request::Anchor(anchor()));
    requests
}

pub(super) fn responses() -> Vec<Response> {
    let mut responses: Vec<_> = all().into_iter().map(Response::Refused).collect();
    responses.extend(all().into_iter().map(|why| Refusal::Unsupported(why).into()));
    responses.extend(all().into_iter().map(|why| Refusal::BadCa(why).into()));
    responses.push(Response::Welcome(Welcome { minor: 0, boot: BootId([0xb0; 16]) }));
    responses.extend(all().into_iter().map(status));
    responses.extend(journal());
    responses.push(Response::CaInstalled { fingerprint: Fingerprint([0xab; 32]) });
    responses.push(Response::CaRemoved);
    responses.extend(
        all().into_iter().map(|trust| Response::CaStatus(CaStatus { installed: true, trust })),
    );
    for of in all() {
        let lease = Lease { lease: lease(), of, port: port(), lease_s: lease_s() };
        responses.push(Response::Leased(lease));
    }
    responses.extend(all().into_iter().map(Response::LeaseEnded));
    let states = all().into_iter().map(|state| ProcessRow { state, ..process() });
    responses.push(Response::Processes(Page {
        rows: BoundedVec::new(states.collect()).unwrap(),
        next: Some(cursor(4243)),
    }));
    let mut sockets: Vec<_> =
        all().into_iter().map(|state| SocketRow { state, ..socket() }).collect();
    sockets.push(SocketRow { protocol: Protocol::Udp, remote: None, ..socket() });
    responses.push(Response::Sockets(Page { rows: BoundedVec::new(sockets).unwrap(), next: None }));
    responses.push(Response::SocketOwner(None));
    responses.push(Response::SocketOwner(Some(SocketOwner {
        uid: Uid::new(1000).unwrap(),
        inode: 99,
        holders: BoundedVec::new(vec![process()]).unwrap(),
    })));
    responses.push(Response::Watch(watched()));
    responses.push(Response::Anchored);
    responses
}

fn status(support: Support) -> Response {
    let Support::No(why) = support else {
        return Response::Status(Status {
            started: Micros(1),
            enrolled: true,
            administrator: false,
            can: Abilities {
                ca: Support::Yes,
                proxy: Support::No(Unsupported::UserSide),
                capture: Support::Yes,
                sockets: Support::Yes,
                watch: Engine::Bpf,
            },
            leases: BoundedVec::new(vec![Lease {
                lease: lease(),
                of: Leased::Capture,
                port: port(),
                lease_s: lease_s(),
            }])
            .unwrap(),
            journal: 3,
            anchor: Some(anchor()),
        });
    };
    let no = Support::No(why);
    Response::Status(Status {
        started: Micros(-1),
        enrolled: false,
        administrator: false,
        can: Abilities { ca: no, proxy: no, capture: no, sockets: no, watch: Engine::Off(why) },
        leases: BoundedVec::default(),
        journal: 0,
        anchor: None,
    })
}

fn journal() -> Vec<Response> {
    let install = Deed::CaInstall(Fingerprint([0xab; 32]));
    let deeds = [
        install,
        Deed::CaRemove(Fingerprint([0xab; 32])),
        Deed::Proxy { mode: ProxyMode::Pac, port: port() },
        Deed::Capture { port: port() },
        Deed::Anchor(anchor()),
        Deed::Absence { since: Micros(5), until: Micros(6) },
    ];
    let mut rows: Vec<_> = deeds.into_iter().map(|deed| row(deed, Phase::Intent)).collect();
    rows.push(row(install, Phase::Done));
    rows.extend(all().into_iter().map(|cause| row(install, Phase::Undone(cause))));
    rows.push(row(install, Phase::LeftAlone(Cause::Expired)));
    rows.push(row(install, Phase::Failed(Refusal::Internal)));
    let one_each = rows
        .into_iter()
        .map(|row| JournalPage { rows: BoundedVec::new(vec![row]).unwrap(), more: true });
    one_each.chain([JournalPage::default()]).map(Response::Journal).collect()
}

fn watched() -> WatchEvents {
    let exit = |status| Change::Exit { status };
    let events = vec![
        event(Change::Fork),
        WatchEvent { details: Some(details()), ..event(Change::Exec) },
        event(exit(None)),
        event(exit(Some(ExitStatus::Code(1)))),
        event(exit(Some(ExitStatus::Signal(9)))),
    ];
    WatchEvents { lost: 2, events: BoundedVec::new(events).unwrap() }
}
