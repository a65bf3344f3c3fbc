use super::*;

fn past() -> Past {
    Past {
        cookie: 7,
        protocol: Protocol::Tcp,
        local: ([192, 0, 2, 1], 50_000).into(),
        remote: ([192, 0, 2, 2], TLS_PORT).into(),
        client: "codex",
        process: None,
        is_routed: false,
        began: Timestamp::from_micros(1_000_000),
        carried: Carried { sent: 10, received: 20 },
    }
}

fn detail(past: &Past) -> Option<String> {
    let event = past.event("boot", None, past.began, true);
    let Kind::Connection(flow) = event.kind else { panic!("{event:?}") };
    flow.detail.map(|text| text.expose().to_owned())
}

#[test]
fn one_connection_is_one_event_however_often_it_is_told() {
    let now = Timestamp::from_micros(3_000_000);
    let first = past().event("boot", None, past().began, true);
    let last = past().event("boot", Some("api.example.com"), now, false);
    let later = Past { cookie: 8, ..past() }.event("boot", None, now, true);
    let other_boot = past().event("another", None, now, true);

    assert_eq!((first.id, first.at), (last.id, last.at));
    assert_ne!(first.id, later.id);
    assert_ne!(first.id, other_boot.id);
    let Kind::Connection(flow) = last.kind else { panic!() };
    assert_eq!((flow.duration_us, flow.open), (2_000_000, false));
    assert_eq!(flow.host.expose(), "api.example.com");
}

#[test]
fn the_way_past_the_proxy_stands_out_where_the_agent_uses_it_otherwise() {
    let routed = Past { is_routed: true, ..past() };

    assert_eq!(detail(&past()), None);
    assert_eq!(detail(&routed).as_deref(), Some("bypasses-proxy"));
    let elsewhere = Past { remote: ([192, 0, 2, 2], 22).into(), ..routed.clone() };
    assert_eq!(detail(&elsewhere), None);
    let quic = Past { protocol: Protocol::Udp, ..routed };
    assert_eq!(detail(&quic).as_deref(), Some("quic bypasses-proxy"));
    assert_eq!(detail(&Past { is_routed: false, ..quic }).as_deref(), Some("quic"));
}

#[test]
fn a_stall_is_a_gap_of_its_length() {
    let gap = gap(SourceId::of(b"x"), Timestamp::from_micros(60_000_000), Duration::from_secs(20));

    assert_eq!(gap.at, Timestamp::from_micros(40_000_000));
    assert!(matches!(&gap.kind, Kind::Gap(gap) if gap.detail.expose().contains("20 s")));
}
