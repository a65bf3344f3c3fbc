//! What events install: one row however many witnesses tell of it, with the outcome of its tool call.

use rusqlite::Connection;
use vigil_proto::{
    Batch, ContentHash, Event, Kind, Masked, Outcome, SessionFacts, SessionId, Severity, Timestamp,
    Witness,
    config::Retention,
    event::CallRank,
    package::{Assessment, InstallWay, Installed, Package, PackageSource, Reason},
    view::{InstallPage, InstallQuery},
};

use super::{
    machine::{kernel, process},
    parts::{
        Bench, batch, in_session, in_turn, masked, model_call, open, prompt, second, session,
        tool_call, tool_result,
    },
};
use crate::{Error, Reader};

const COMMAND: &str = r#"{"command":"pip install requets"}"#;

fn similar() -> Assessment {
    let reasons = vec![Reason::like("similar-name", "requests"), Reason::of("unknown-name")];
    Assessment { severity: Some(Severity::High), reasons }
}

fn installed(event: &Event<Masked>, place: u32, name: &str, verdict: Assessment) -> Installed {
    Installed {
        event: event.id,
        place,
        way: InstallWay::Command,
        package: Package {
            manager: "pip".into(),
            ecosystem: "pypi".into(),
            name: Some(masked(name)),
            version: Some(masked("1.0")),
            source: PackageSource::Index,
            url: Some(masked("https://index.test")),
            flags: vec!["exec".into()],
        },
        verdict,
        judged_by: second(0),
    }
}

/// The batch with what its tool calls install.
fn with_installs(mut batch: Batch<Masked>) -> Batch<Masked> {
    for event in &batch.events {
        if let Kind::ToolCall(_) = &event.kind {
            batch.installs.push(installed(event, 0, "requets", similar()));
        }
    }
    batch
}

fn call() -> Event<Masked> {
    tool_call(2, "t1", COMMAND)
}

fn page(reader: &Reader, q: &InstallQuery) -> InstallPage {
    reader.install_page(q).unwrap()
}

fn all(bench: &Bench) -> InstallPage {
    // Reading all events verifies the chain.
    bench.events();
    page(&bench.reader(), &InstallQuery::default())
}

#[test]
fn what_two_witnesses_tell_is_one_install_with_the_outcome_of_its_call() {
    let bench = Bench::new();
    bench.put(with_installs(batch(Witness::Proxy, vec![call()])));
    bench.put(with_installs(batch(Witness::Transcript, vec![call()])));
    let denied = tool_result(3, "t1", "refused", Outcome::Denied);
    bench.put(batch(Witness::Transcript, vec![denied]));

    let page = all(&bench);

    assert_eq!((page.total, page.installs.len()), (1, 1));
    let row = &page.installs[0];
    assert_eq!(row.witnesses, ["transcript", "proxy"]);
    assert_eq!(row.outcome, Some(Outcome::Denied));
    assert_eq!((row.severity, &row.reasons), (Some(Severity::High), &similar().reasons));
    assert_eq!(row.package, installed(&call(), 0, "requets", similar()).package);
    assert_eq!(row.command.as_str(), "pip install requets");
    assert_eq!((row.client.as_deref(), row.at), (Some("claude-code"), second(2)));
    assert_eq!((row.session_key, row.tool.as_ref().unwrap().as_str()), (Some(session()), "Bash"));
}

#[test]
fn a_call_of_a_session_that_turns_out_to_be_another_installs_once() {
    let made_up = SessionId::of("claude-code", "flow-7-651");
    let other = |id: vigil_proto::EventId| id.conflicting(ContentHash(77));
    let conversation = || {
        let first = prompt(1, "install it");
        vec![
            first.clone(),
            in_turn(&first, tool_call(2, "t1", COMMAND)),
            in_turn(&first, model_call(3, "m1", 50, CallRank::Stopped)),
        ]
    };
    let told = || batch(Witness::Transcript, conversation());
    let seen = || {
        let mut events = conversation();
        for event in &mut events {
            event.session = Some(made_up);
            event.turn = event.turn.map(other);
            if !matches!(event.kind, Kind::ModelCall(_)) {
                event.id = other(event.id);
            }
        }
        let mut batch = batch(Witness::Proxy, events);
        batch.sessions = vec![SessionFacts::new("claude-code", masked("flow-7-651"), made_up)];
        batch
    };
    for order in [[told(), seen()], [seen(), told()]] {
        let bench = Bench::new();
        for batch in order {
            bench.put(with_installs(batch));
        }

        let page = all(&bench);

        assert_eq!(page.total, 1);
        assert_eq!(page.installs[0].witnesses, ["transcript", "proxy"]);
        assert_eq!(page.installs[0].session_key, Some(session()));
        assert_eq!(page.installs[0].turn, Some(1));
    }
}

#[test]
fn a_verdict_by_something_newer_takes_the_place_of_an_older_one() {
    let bench = Bench::new();
    bench.put(with_installs(batch(Witness::Transcript, vec![call()])));
    let judged = |seconds: i64, severity: Severity| {
        let reasons = vec![Reason::of("malicious")];
        let mut newer =
            installed(&call(), 0, "evil-one", Assessment { severity: Some(severity), reasons });
        newer.package.manager = "uv".into();
        newer.judged_by = second(seconds);
        let mut batch = batch(Witness::Vigil, Vec::new());
        batch.installs.push(newer);
        batch
    };

    bench.put(judged(5, Severity::Critical));
    bench.put(judged(4, Severity::Low));
    bench.put(with_installs(batch(Witness::Proxy, vec![call()])));

    let page = all(&bench);
    assert_eq!(page.installs[0].severity, Some(Severity::Critical));
    assert_eq!(page.installs[0].judged_by, second(5));
    let known = bench.reader().installs_after(0, 10).unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].installed.verdict.reasons, [Reason::of("malicious")]);
    // What is judged is what stands beside the verdict.
    let package = &known[0].installed.package;
    assert_eq!(package.name.as_ref().map(Masked::as_str), Some("evil-one"));
    assert_eq!(&*package.manager, "uv");
}

#[test]
fn lists_are_filtered_and_paged() {
    let bench = Bench::new();
    let mut told = with_installs(batch(Witness::Transcript, vec![call()]));
    told.installs.push(installed(&call(), 1, "numpy", Assessment::default()));
    bench.put(told);
    let later = in_session("two", batch(Witness::Transcript, vec![tool_call(90, "t9", COMMAND)]));
    bench.put(with_installs(later));
    let reader = bench.reader();
    let names = |q: InstallQuery| {
        let page = page(&reader, &q);
        assert_eq!(page.total, page.installs.len() as u64, "{q:?}");
        let names = page.installs.iter();
        names.map(|row| row.package.name.as_ref().unwrap().to_string()).collect::<Vec<_>>()
    };
    let q = InstallQuery::default;
    let word = |text: &str| Some(text.to_owned());

    assert_eq!(names(q()), ["requets", "requets", "numpy"]);
    assert_eq!(names(InstallQuery { severity: word("none"), ..q() }), ["numpy"]);
    assert_eq!(names(InstallQuery { severity: word("high,none"), ..q() }).len(), 3);
    assert_eq!(names(InstallQuery { package: word("numpy"), ..q() }), ["numpy"]);
    assert_eq!(names(InstallQuery { ecosystem: word("npm"), ..q() }).len(), 0);
    assert_eq!(names(InstallQuery { ecosystem: word("npm, pypi"), ..q() }).len(), 3);
    assert_eq!(names(InstallQuery { client: word("codex"), ..q() }).len(), 0);
    assert_eq!(names(InstallQuery { session: Some(session()), ..q() }), ["requets", "numpy"]);
    assert_eq!(names(InstallQuery { event: Some(call().id), ..q() }), ["requets", "numpy"]);
    assert_eq!(names(InstallQuery { from: Some(second(3)), ..q() }), ["requets"]);
    assert_eq!(names(InstallQuery { to: Some(second(3)), ..q() }), ["requets", "numpy"]);
    assert_eq!(names(InstallQuery { outcome: word("requested"), ..q() }).len(), 3);
    assert_eq!(names(InstallQuery { way: word("process"), ..q() }).len(), 0);
    assert_eq!(names(InstallQuery { q: word("REQUESTS"), ..q() }), ["requets", "requets"]);
    let second_page = page(&reader, &InstallQuery { offset: Some(1), limit: Some(1), ..q() });
    assert_eq!((second_page.total, second_page.installs.len()), (3, 1));
    assert_eq!(second_page.facets["severity"]["none"], 1);
    assert_eq!(second_page.facets["ecosystem"]["pypi"], 3);
    let wrong = reader.install_page(&InstallQuery { way: word("magic"), ..q() });
    assert!(matches!(wrong, Err(Error::Question { what: "way", .. })));
}

#[test]
fn what_is_deleted_takes_its_installs_along() {
    let bench = Bench::new();
    bench.put(with_installs(batch(Witness::Transcript, vec![call()])));
    let other = in_session("two", batch(Witness::Transcript, vec![tool_call(90, "t9", COMMAND)]));
    bench.put(with_installs(other));

    bench.writer.forget(vec![SessionId::of("claude-code", "two")], second(100)).unwrap();
    assert_eq!(all(&bench).total, 1);
    let day = 24 * 3600;
    let retention = Retention { conversation_days: 1, ..Retention::default() };
    bench.writer.prune(&retention, second(100 * day)).unwrap();

    assert_eq!(all(&bench).total, 0);
    let conn = Connection::open(bench.dir.path().join("vigil.db")).unwrap();
    let left: i64 = conn.query_row("SELECT count(*) FROM installs", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn what_a_forgotten_session_installed_is_not_taken_in_again() {
    let bench = Bench::new();
    bench.put(with_installs(batch(Witness::Transcript, vec![call()])));
    bench.writer.forget(vec![session()], second(100)).unwrap();

    bench.put(with_installs(batch(Witness::Transcript, vec![call()])));

    assert_eq!(all(&bench).total, 0);
}

#[test]
fn what_happened_is_found_again_by_number_and_by_name() {
    let bench = Bench::new();
    bench.put(with_installs(batch(Witness::Transcript, vec![call()])));
    let long = format!("npm install {}", "left-pad ".repeat(60));
    bench.put(kernel(vec![process(100, 5, "bash"), process(101, 6, &long)]));
    let reader = bench.reader();

    let calls = reader.tool_calls_after(0, i64::MAX, 10).unwrap();
    let ran = reader.processes_after(0, i64::MAX, 10).unwrap();
    let number = calls[0].session;
    let names = |session, name, from, to| {
        reader.names_install(session, ("pypi", name), (second(from), second(to))).unwrap()
    };

    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].tool.as_ref().unwrap().as_str(), "Bash");
    assert_eq!(calls[0].text.as_str(), COMMAND);
    assert_eq!(ran.iter().map(|ran| ran.text.as_str()).collect::<Vec<_>>(), ["bash", &long]);
    assert!(names(number, Some("requets"), 0, 9) && names(None, None, 2, 2));
    assert!(!names(number, Some("requets"), 3, 9));
    assert!(!names(number, Some("requests"), 0, 9));
    assert!(!names(Some(number.unwrap() + 1), Some("requets"), 0, 9));
    let far = Timestamp::from_micros(i64::MAX);
    assert_eq!(reader.last_seq_before(far).unwrap(), reader.last_seq().unwrap());
    assert_eq!(reader.last_seq_before(Timestamp::from_micros(0)).unwrap(), 0);
}

#[test]
fn a_store_of_the_schema_before_goes_on() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![call()]));
    bench.put(batch(Witness::Proxy, vec![call()]));
    let Bench { dir, store, writer } = bench;
    drop(writer);
    store.close().unwrap();
    let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
    conn.execute_batch("DROP TABLE installs; PRAGMA user_version = 10;").unwrap();
    drop(conn);
    assert!(matches!(Reader::open(dir.path()), Err(Error::Older { found: 10, .. })));

    let (store, damage) = open(dir.path());
    let writer = store.writer();
    writer.submit(with_installs(batch(Witness::Telemetry, vec![call()])), Vec::new()).unwrap();
    writer.flush().unwrap();

    assert_eq!(damage, None);
    let bench = Bench { dir, store, writer };
    assert_eq!(all(&bench).total, 1);
}
