use jiff::tz::TimeZone;
use vigil_proto::{
    Masked, Surface, Timestamp, Witness,
    report::{AgentStatus, ProxyStatus, Status, StoreStatus},
    surface::{ClientEvidence, Evidence, matrix},
};

use super::{Clock, bytes, count, counted, escape, refused, status};

const ROUTE: &str = "HTTPS_PROXY=http://127.0.0.1:9080 NODE_EXTRA_CA_CERTS=/ca.pem claude";
const HOUR: i64 = 3600 * 1_000_000;

fn clock() -> Clock {
    Clock { now: Timestamp::from_micros(48 * HOUR), zone: TimeZone::UTC }
}

fn report() -> Status {
    Status {
        version: "0".to_owned(),
        agent: AgentStatus {
            running: true,
            started: Some(Timestamp::from_micros(47 * HOUR)),
            ..AgentStatus::default()
        },
        proxy: ProxyStatus {
            running: true,
            url: Some("http://127.0.0.1:9080".to_owned()),
            ca: Some("/home/ada/ca.pem".to_owned()),
            hosts: vec!["api.anthropic.com".to_owned()],
            ..ProxyStatus::default()
        },
        daemon: "not-installed".to_owned(),
        surfaces: Vec::new(),
        drops: [("drop.<script>".to_owned(), 1)].into(),
        store: StoreStatus {
            events: 1_234_567,
            findings: [("low".to_owned(), 2), ("critical".to_owned(), 3), ("info".to_owned(), 1)]
                .into(),
            ..StoreStatus::default()
        },
        warnings: Vec::new(),
    }
}

fn claude(witnesses: &[(Witness, i64)]) -> Vec<Surface> {
    let evidence = |last: &i64| Evidence { count: 7, last: Some(Timestamp::from_micros(*last)) };
    let client = ClientEvidence {
        client: "claude-code".to_owned(),
        version: Some(Masked::literal("2.1.197")),
        witnesses: witnesses.iter().map(|(witness, last)| (*witness, evidence(last))).collect(),
    };
    let client = if witnesses.is_empty() { Vec::new() } else { vec![client] };
    matrix(client, clock().now, |_| Some(ROUTE.to_owned()))
}

#[test]
fn hostile_text_stays_text() {
    assert_eq!(
        escape("<img src=x onerror='a()'>\"&"),
        "&lt;img src=x onerror=&#39;a()&#39;&gt;&quot;&amp;"
    );
    assert!(!refused("</p><script>").contains("<script>"));
    assert!(!status(&report(), &clock()).contains("<script>"));
}

#[test]
fn with_nothing_seen_the_page_says_how_to_begin() {
    let mut report = report();
    report.surfaces = claude(&[]);

    let page = status(&report, &clock());

    assert!(page.contains("Nothing yet"));
    assert!(page.contains(&format!("<pre>{ROUTE}</pre>")));
}

#[test]
fn findings_stand_worst_first() {
    let page = status(&report(), &clock());

    let place = |word: &str| page.find(&format!("<th scope=row>{word}")).unwrap();
    assert!(place("critical") < place("low"));
    assert!(place("low") < place("info"));
}

#[test]
fn each_witness_is_named_with_its_time_and_its_kind() {
    let mut report = report();
    report.surfaces =
        claude(&[(Witness::Transcript, 46 * HOUR), (Witness::Proxy, 48 * HOUR - 5_000_000)]);

    let page = status(&report, &clock());

    assert!(page.contains("transcript <span class=soft>self-reported</span>"));
    assert!(page.contains("2 h ago (1970-01-02 22:00)"));
    assert!(page.contains("proxy <span class=soft>independent</span>"));
    assert!(page.contains("5 s ago (1970-01-02 23:59)"));
    assert!(page.contains("Coverage: unknown"), "no coverage is claimed that nobody measured");
}

#[test]
fn a_pause_is_the_first_thing_the_page_says() {
    let mut report = report();
    report.agent.paused_since = Some(Timestamp::from_micros(47 * HOUR));

    let page = status(&report, &clock());

    assert!(page.contains("Paused 1 h ago (1970-01-02 23:00)"));
    assert!(!page.contains("Recording"));
}

#[test]
fn amounts_are_readable() {
    assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!(counted(1, "event"), "1 event");
    assert_eq!(counted(0, "event"), "0 events");
    assert_eq!(bytes(12), "12 B");
    assert_eq!(bytes(1536), "1.5 KiB");
    assert_eq!(bytes(43 * 1024 * 1024), "43.0 MiB");
}
