use vigil_platform::socket::{Row, State};

use super::*;

fn flow(cookie: u64, carried: Option<(u64, u64)>) -> Flow {
    let row = Row {
        protocol: Protocol::Tcp,
        local: ([192, 0, 2, 1], 50_000).into(),
        remote: Some(([192, 0, 2, 2], 443).into()),
        state: State::Established,
        uid: 1000,
        inode: cookie,
    };
    let carried = carried.map(|(sent, received)| Carried { sent, received });
    Flow { row, cookie, carried }
}

fn past(cookie: u64, protocol: Protocol) -> Past {
    let flow = flow(cookie, None);
    Past {
        cookie,
        protocol,
        local: flow.row.local,
        remote: flow.row.remote.unwrap(),
        client: "claude-code",
        process: None,
        is_routed: false,
        began: at(0),
        carried: Carried::default(),
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// A table that has followed connection 1 since second 0.
fn following(protocol: Protocol) -> Table {
    let mut table = Table::default();
    table.begin();
    assert_eq!(table.see(&flow(1, None)), Sight::New);
    assert!(table.follow(past(1, protocol)).unwrap().open);
    assert!(table.finish(at(0), true).is_empty());
    table
}

#[test]
fn the_kernels_last_word_says_what_a_connection_carried() {
    let mut table = following(Protocol::Tcp);
    table.begin();
    assert_eq!(table.see(&flow(1, Some((10, 20)))), Sight::Known);

    let ended = table.ended(&flow(1, Some((100, 200)))).unwrap();

    assert!(!ended.open);
    assert_eq!(ended.past.carried, Carried { sent: 100, received: 200 });
    assert!(table.ended(&flow(1, None)).is_none(), "it ends once");
    assert!(table.finish(at(1), true).is_empty() && table.is_empty());
}

#[test]
fn what_is_gone_has_ended_after_the_kernel_had_time_to_say_so() {
    let mut table = following(Protocol::Tcp);
    table.begin();
    table.see(&flow(1, Some((10, 20))));
    table.finish(at(1), true);

    table.begin();
    assert!(table.finish(at(2), true).is_empty());
    table.begin();
    let ended = table.finish(at(3), true);

    assert!(matches!(&ended[..], [News { open: false, past }] if past.carried.sent == 10));
}

#[test]
fn nobody_is_waited_for_who_says_nothing() {
    for (protocol, waited_for) in [(Protocol::Tcp, false), (Protocol::Udp, true)] {
        let mut table = following(protocol);
        table.begin();
        assert_eq!(table.finish(at(1), waited_for).len(), 1);
    }
}

#[test]
fn a_look_that_failed_ends_nothing() {
    let mut table = following(Protocol::Tcp);
    for _ in 0..5 {
        table.begin();
        table.abandon();
    }
    table.begin();

    assert!(table.finish(at(5), true).is_empty());
    assert!(!table.is_empty());
}

#[test]
fn a_long_connection_is_told_again_when_it_carried_more() {
    let mut table = following(Protocol::Tcp);
    let mut look = |seconds, sent| {
        table.begin();
        table.see(&flow(1, Some((sent, 0))));
        table.finish(at(seconds), true).len()
    };

    assert_eq!(look(59, 10), 0);
    assert_eq!(look(60, 10), 1);
    assert_eq!(look(121, 10), 0, "nothing is new");
    assert_eq!(look(122, 11), 1);
}

#[test]
fn others_are_remembered_from_one_look_to_the_next() {
    let mut table = Table::default();
    table.begin();
    assert_eq!(table.see(&flow(7, None)), Sight::New);
    table.pass_over(7);
    assert!(!table.passed_over(7), "in this very look");
    table.finish(at(0), true);

    table.begin();
    assert_eq!(table.see(&flow(7, None)), Sight::Other);
    assert!(table.passed_over(7));
    table.finish(at(1), true);
    table.begin();
    assert_eq!(table.see(&flow(7, None)), Sight::New, "it was not in the table once");
}

#[test]
fn there_is_an_end_to_what_is_followed() {
    let mut table = Table::default();
    table.begin();
    for cookie in 0..MOST as u64 {
        assert!(table.follow(past(cookie, Protocol::Tcp)).is_some());
    }

    assert!(table.follow(past(u64::MAX, Protocol::Tcp)).is_none());
    assert_eq!(table.rest(at(1)).len(), MOST);
}
