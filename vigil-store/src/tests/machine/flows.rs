//! A connection through the proxy is seen from both sides, and is one row; coverage counts them.

use std::time::SystemTime;

use serde_json::json;
use vigil_proto::{
    Event, Kind, Masked, Timestamp, Witness,
    event::{Gap, Way},
    surface::{Coverage, Flows},
};

use super::{
    super::parts::{Bench, batch, masked, second},
    by_proxy, called, flow, flow_knows, kernel, process, with_session,
};

fn proxy(events: Vec<Event<Masked>>) -> vigil_proto::Batch<Masked> {
    let mut batch = batch(Witness::Proxy, events);
    batch.sessions.clear();
    batch
}

#[test]
fn both_sides_of_the_proxy_are_one_connection_in_either_order() {
    let seen = |open| flow_knows(flow(5001, 10, "127.0.0.1", Way::Tunnelled), |f| f.open = open);
    for kernel_first in [true, false] {
        let bench = Bench::new();
        let kernel_tells = || bench.put(with_session(kernel(vec![called(seen(true), "t1")])));
        if kernel_first {
            kernel_tells();
        }
        bench.put(proxy(vec![by_proxy(1, flow(5001, 11, "", Way::Past))]));
        kernel_tells();
        bench.put(kernel(vec![seen(false)]));

        let events = bench.events();
        assert_eq!(events.len(), 1, "{events:#?}");
        let row = &events[0];
        assert_eq!(row.witnesses, ["proxy", "kernel"]);
        assert_eq!(row.name, Some(masked("api.anthropic.com")));
        assert_eq!((&row.detail["way"], &row.detail["sent"]), (&json!("decrypted"), &json!(70)));
        assert_eq!(row.detail.get("open"), None);
        assert_eq!(row.text, Some(masked("closed by the client")));
        assert_eq!(row.session, Some(masked("s1")));
        assert_eq!(row.process.map(|process| process.pid), Some(100));
    }
}

#[test]
fn a_port_that_is_used_again_later_is_another_connection() {
    let bench = Bench::new();
    bench.put(proxy(vec![by_proxy(1, flow(5001, 10, "", Way::Past))]));
    bench.put(kernel(vec![flow(5001, 600, "127.0.0.1", Way::Tunnelled)]));
    bench.put(kernel(vec![flow(5001, 10, "192.0.2.7", Way::Past)]));

    assert_eq!(bench.events().len(), 3);
}

#[test]
fn a_name_is_worth_more_than_an_address_and_the_end_is_known_once() {
    let bench = Bench::new();
    let opened = flow_knows(flow(5002, 1, "192.0.2.7", Way::Past), |flow| flow.open = true);
    bench.put(kernel(vec![opened.clone()]));
    bench.put(kernel(vec![flow_knows(flow(5002, 1, "api.anthropic.com", Way::Past), |flow| {
        (flow.sent, flow.received, flow.duration_us) = (500, 600, 9_000_000);
    })]));
    bench.put(kernel(vec![opened]));

    let row = bench.events().remove(0);
    assert_eq!(row.name, Some(masked("api.anthropic.com")));
    assert_eq!((&row.detail["sent"], row.detail.get("open")), (&json!(500), None));
    let machine = bench.reader().machine(second(0)).unwrap();
    let rows = &machine.connections.rows;
    assert_eq!((rows.len(), rows[0].way, rows[0].open), (1, Way::Past, 0));
    assert_eq!(rows[0].client.as_deref(), Some("claude-code"));
    assert_eq!(machine.connections.by, "kernel");
}

#[test]
fn a_forged_figure_of_any_size_is_added_up() {
    let bench = Bench::new();
    let huge = |port| {
        flow_knows(flow(port, 1, "192.0.2.7", Way::Past), |flow| {
            (flow.sent, flow.received, flow.duration_us) = (u64::MAX, u64::MAX, u64::MAX);
        })
    };
    bench.put(kernel(vec![huge(1), huge(2), huge(3)]));

    let machine = bench.reader().machine(second(0)).unwrap();
    assert!(machine.connections.rows[0].sent > 1 << 63);
}

/// Now, since coverage is about the day before this one.
fn today(mut event: Event<Masked>) -> Event<Masked> {
    event.at = Timestamp::from_micros(Timestamp::from(SystemTime::now()).as_micros() - 60_000_000);
    event
}

fn coverage(bench: &Bench) -> Option<Flows> {
    bench.reader().status().unwrap().clients.into_iter().find_map(|client| client.flows)
}

#[test]
fn coverage_counts_what_went_past_the_proxy() {
    let bench = Bench::new();
    let captured = |port: u16| {
        flow_knows(today(flow(port, 1, "api.anthropic.com", Way::Decrypted)), |flow| {
            flow.client_port = None;
        })
    };
    let mut by_proxy: Vec<_> = (1..=3).map(captured).collect();
    for (n, event) in (1..).zip(&mut by_proxy) {
        event.id = vigil_proto::EventId::from_bytes([n; 16]);
    }
    bench.put(proxy(by_proxy));
    assert_eq!(coverage(&bench), None, "nobody looked for those that went past");
    let mut alone = today(process(300, 0, "claude"));
    alone.id = vigil_proto::EventId::from_bytes([9; 16]);
    bench.put(kernel(vec![alone]));
    let all = Flows { captured: 3, ..Flows::default() };
    assert_eq!(coverage(&bench), Some(all), "the kernel looked, and told of none");

    let elsewhere = |port, host| flow_knows(today(flow(port, 1, host, Way::Past)), |_| ());
    let not_https = flow_knows(today(flow(14, 1, "api.anthropic.com", Way::Past)), |f| f.port = 80);
    let mut of_a_child = elsewhere(15, "192.0.2.9");
    of_a_child.process = Some(super::process_ref(9, 9));
    bench.put(kernel(vec![
        process(100, 0, "claude"),
        elsewhere(10, "api.anthropic.com"),
        elsewhere(11, "192.0.2.9"),
        elsewhere(12, "example.org"),
        today(flow(13, 1, "api.openai.com", Way::Tunnelled)),
        not_https,
        of_a_child,
    ]));

    let flows = coverage(&bench).unwrap();
    assert_eq!(flows, Flows { captured: 3, tunnelled: 1, direct: 1, unknown: 1 });
    assert_eq!(Coverage::from(flows).ratio, Some(0.75));
}

#[test]
fn the_processes_that_the_proxy_read_are_told() {
    let bench = Bench::new();
    bench.put(kernel(vec![
        process(100, 0, "claude"),
        today(flow(10, 1, "api.anthropic.com", Way::Decrypted)),
        today(flow(11, 1, "api.anthropic.com", Way::Past)),
    ]));

    let through = bench.reader().status().unwrap().through;

    assert_eq!(through.len(), 1, "{through:?}");
    assert_eq!(Some(through[0]), flow(10, 1, "", Way::Decrypted).process);
}

#[test]
fn the_gaps_of_the_last_day_are_counted_by_reason() {
    let bench = Bench::new();
    let gap = |n: u8, reason, at| {
        let kind = Kind::Gap(Gap { reason, detail: masked("so"), bytes: None });
        Event::own(vigil_proto::EventId::from_bytes([n; 16]), at, kind)
    };
    let now = Timestamp::from(SystemTime::now());
    let before = Timestamp::from_micros(now.as_micros() - 25 * 3600 * 1_000_000);
    let events = vec![
        gap(1, "paused", now),
        gap(2, "paused", now),
        gap(3, "absent", now),
        gap(4, "paused", before),
    ];
    bench.put(proxy(events));

    let gaps = bench.reader().status().unwrap().gaps;

    assert_eq!((gaps.n, gaps.last), (3, Some(now)));
    assert_eq!(gaps.by, [("absent".to_owned(), 1), ("paused".to_owned(), 2)].into());
}

#[test]
fn a_client_that_is_only_seen_by_the_kernel_is_listed() {
    let bench = Bench::new();
    bench.put(kernel(vec![process(100, 0, "claude"), today(flow(1, 1, "192.0.2.1", Way::Past))]));

    let clients = bench.reader().status().unwrap().clients;
    assert_eq!(clients.len(), 1);
    assert_eq!(
        (&*clients[0].client, clients[0].witnesses[&Witness::Kernel].count),
        ("claude-code", 2)
    );
    assert!(matches!(process(1, 1, "").kind, Kind::Process(_)));
}
