//! What holds for every message and every byte.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::samples::{all, anchor, lease, requests, responses};
use crate::rpc::{
    frame::{Frame, FrameError, Message},
    *,
};

fn number<T: TryFrom<u16> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    any::<u16>().prop_filter_map("out of its range", |number| T::try_from(number).ok())
}

fn pid() -> impl Strategy<Value = Pid> {
    (1..=i32::MAX.unsigned_abs()).prop_map(|pid| Pid::new(pid).unwrap())
}

fn uid() -> impl Strategy<Value = Uid> {
    (0..u32::MAX).prop_map(|uid| Uid::new(uid).unwrap())
}

fn cursor() -> impl Strategy<Value = Cursor> {
    (1..=u64::MAX).prop_map(super::samples::cursor)
}

fn micros() -> impl Strategy<Value = Micros> {
    any::<i64>().prop_map(Micros)
}

fn bytes<const N: usize>() -> impl Strategy<Value = BoundedBytes<N>> {
    vec(any::<u8>(), 0..=N.min(300)).prop_map(|bytes| BoundedBytes::cut(&bytes))
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    any::<std::net::SocketAddr>().prop_map(Endpoint::from)
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        select(requests()),
        bytes().prop_map(|der| Request::CaInstall { der }),
        any::<[u8; 32]>().prop_map(|bytes| Request::CaRemove { fingerprint: Fingerprint(bytes) }),
        (select(all()), number(), 15..=300_u16).prop_map(|(mode, port, lease_s)| {
            Request::ProxyEnable { mode, port, lease_s: LeaseSeconds::new(lease_s).unwrap() }
        }),
        (select(all()), any::<u64>(), 1..=64_u16).prop_map(|(scope, since, max)| {
            Request::JournalTail { scope, since, max: Max::try_from(max).unwrap() }
        }),
        (select(all()), option::of(cursor()), 1..=512_u16).prop_map(|(scope, cursor, max)| {
            Request::ProcessPage { scope, cursor, max: Max::try_from(max).unwrap() }
        }),
        (endpoint(), endpoint()).prop_map(|(local, peer)| Request::SocketOwner { local, peer }),
        (any::<u64>(), any::<u64>()).prop_map(|(seq, count)| Request::Anchor(Anchor {
            seq,
            count,
            ..anchor()
        })),
    ]
}

fn details() -> impl Strategy<Value = Details> {
    (option::of(bytes()), option::of(bytes()), any::<bool>(), option::of(bytes()))
        .prop_map(|(exe, argv, argv_cut, cwd)| Details { exe, argv, argv_cut, cwd })
}

fn process() -> impl Strategy<Value = ProcessRow> {
    let numbers = (pid(), option::of(pid()), uid(), micros(), any::<u64>(), any::<u64>());
    (numbers, select(all()), bytes(), option::of(details())).prop_map(
        |((pid, ppid, uid, started, cpu_us, rss), state, name, details)| ProcessRow {
            pid,
            ppid,
            uid,
            started,
            cpu_us,
            rss,
            state,
            name,
            details,
        },
    )
}

fn socket() -> impl Strategy<Value = SocketRow> {
    let ends = (endpoint(), option::of(endpoint()));
    (select(all()), ends, select(all()), uid(), any::<u64>(), option::of(pid())).prop_map(
        |(protocol, (local, remote), state, uid, inode, pid)| SocketRow {
            protocol,
            local,
            remote,
            state,
            uid,
            inode,
            pid,
        },
    )
}

fn event() -> impl Strategy<Value = WatchEvent> {
    let change = prop_oneof![
        Just(Change::Fork),
        Just(Change::Exec),
        option::of(any::<u8>().prop_map(ExitStatus::Code))
            .prop_map(|status| Change::Exit { status }),
    ];
    (change, process(), micros(), option::of(micros())).prop_map(|(change, row, at, started)| {
        let ProcessRow { pid, ppid, uid, name, details, .. } = row;
        WatchEvent { change, at, pid, ppid, uid, started, name, details }
    })
}

fn list<T: std::fmt::Debug, const N: usize>(
    items: impl Strategy<Value = T>,
) -> impl Strategy<Value = BoundedVec<T, N>> {
    vec(items, 0..8).prop_map(|items| BoundedVec::new(items).unwrap())
}

fn response() -> impl Strategy<Value = Response> {
    prop_oneof![
        select(responses()),
        (list(process()), option::of(cursor()))
            .prop_map(|(rows, next)| Response::Processes(Page { rows, next })),
        (list(socket()), option::of(cursor()))
            .prop_map(|(rows, next)| Response::Sockets(Page { rows, next })),
        (any::<u32>(), list(event()))
            .prop_map(|(lost, events)| Response::Watch(WatchEvents { lost, events })),
        (number(), 15..=300_u16).prop_map(|(port, lease_s)| Response::Leased(Lease {
            lease: lease(),
            of: Leased::Capture,
            port,
            lease_s: LeaseSeconds::new(lease_s).unwrap(),
        })),
    ]
}

/// Reads `bytes` in pieces of `size`, up to the first error.
fn pieces<M: Message>(bytes: &[u8], size: usize) -> (Vec<Frame<M>>, Option<FrameError>) {
    let mut decoder = Decoder::new();
    let mut frames = Vec::new();
    for mut piece in bytes.chunks(size) {
        while !piece.is_empty() {
            match decoder.feed(&mut piece) {
                Ok(frame) => frames.extend(frame),
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

/// What was read is written as it came.
fn one_spelling<M: Message>(bytes: &[u8]) {
    let (frames, _) = pieces::<M>(bytes, bytes.len().max(1));
    let again: Vec<u8> =
        frames.iter().flat_map(|frame| frame::encode(frame.id, &frame.message).unwrap()).collect();
    assert!(bytes.starts_with(&again));
}

proptest! {
    #[test]
    fn every_request_reads_back(message in request(), id in 1..=u32::MAX) {
        let bytes = frame::encode(id, &message).unwrap();
        prop_assert_eq!(frame::decode(&bytes), Ok(Frame { id, message }));
    }

    #[test]
    fn every_response_reads_back(message in response(), id in any::<u32>()) {
        let bytes = frame::encode(id, &message).unwrap();
        prop_assert_eq!(frame::decode(&bytes), Ok(Frame { id, message }));
    }

    #[test]
    fn a_changed_byte_never_makes_a_second_spelling(
        message in response(),
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
    ) {
        let mut bytes = frame::encode(1, &message).unwrap();
        *at.get_mut(&mut bytes) = to;
        one_spelling::<Response>(&bytes);
    }

    #[test]
    fn any_bytes_have_one_spelling_or_none(body in vec(any::<u8>(), 1..64)) {
        let mut bytes = u32::try_from(body.len() + 5).unwrap().to_le_bytes().to_vec();
        bytes.extend([frame::MAJOR, 1, 0, 0, 0]);
        bytes.extend(body);
        one_spelling::<Request>(&bytes);
        one_spelling::<Response>(&bytes);
    }

    #[test]
    fn pieces_change_nothing(
        messages in vec(request(), 1..4),
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
        size in 1..40_usize,
    ) {
        let encode = |message| frame::encode(5, message).unwrap();
        let mut bytes: Vec<u8> = messages.iter().flat_map(encode).collect();
        *at.get_mut(&mut bytes) = to;
        prop_assert_eq!(pieces::<Request>(&bytes, size), pieces(&bytes, bytes.len()));
    }
}
