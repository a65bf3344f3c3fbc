//! Connections, a page at a time, with whether somebody was told of them.

use vigil_proto::{Confidence, Finding, FindingId, Severity, Witness, event::Way};

use super::{
    machine::{flow, kernel, process},
    parts::{Bench, batch, masked},
};

#[test]
fn connections_come_a_page_at_a_time_and_once_told() {
    let bench = Bench::new();
    let hosts = ["a.example", "b.example", "c.example"];
    let flows: Vec<_> =
        (1..).zip(hosts).map(|(port, host)| flow(port, 1, host, Way::Past)).collect();
    let told = flows[1].id;
    bench.put(kernel([vec![process(100, 0, "claude")], flows].concat()));
    let found = Finding {
        id: FindingId::of("intel-host", b"b.example"),
        rule: "intel-host".to_owned(),
        group: "supply".to_owned(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        event: told,
        span: None,
        evidence: masked("b.example"),
        why: masked("listed"),
        sealed: None,
    };
    for _ in 0..2 {
        let empty = batch(Witness::Vigil, Vec::new());
        bench.writer.submit(empty, vec![found.clone()]).unwrap();
        bench.writer.flush().unwrap();
    }
    let reader = bench.reader();

    let (first, next) = reader.contacts(0, 2, "intel-host").unwrap();
    let (second, end) = reader.contacts(next.unwrap(), 2, "intel-host").unwrap();

    let seen: Vec<_> = first.iter().chain(&second).map(|c| (c.host.as_str(), c.told)).collect();
    assert_eq!(seen, [("a.example", false), ("b.example", true), ("c.example", false)]);
    assert_eq!(end, None);
    assert!(first.iter().all(|contact| contact.port == 443));
}
