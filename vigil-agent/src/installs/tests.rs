//! On a real store, without an agent around it.

use std::{path::Path, sync::Arc};

use tempfile::TempDir;
use vigil_detect::intel::{Affected, Builder, Intel, Table};
use vigil_proto::{
    Batch, ContentHash, Event, EventId, Kind, Masked, NaturalKey, Outcome, SessionFacts, SessionId,
    Severity, Source, SourceId, Timestamp, Witness,
    event::{Process, ProcessRef, ToolCall},
    package::InstallWay,
    view::{InstallPage, InstallQuery},
};
use vigil_store::{Options, Reader, Store, Writer};

use super::Follow;
use crate::intel::Current;

/// Where times count their seconds from.
const EPOCH: i64 = 1_763_000_000_000_000;

fn second(n: i64) -> Timestamp {
    Timestamp::from_micros(EPOCH + n * 1_000_000)
}

fn masked(text: &str) -> Masked {
    Judge::text(text)
}

/// Stands for the masking stage, which alone makes masked text.
struct Judge;

impl Judge {
    fn text(text: &str) -> Masked {
        let engine = vigil_detect::Engine::new(vigil_detect::FingerprintKey::from_bytes([7; 32]));
        engine.mask(text.into()).0
    }
}

struct Bench {
    dir: TempDir,
    store: Store,
    writer: Writer,
    follow: Follow,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path(), Options::default(), Box::new(|_| {})).unwrap();
        let writer = store.writer();
        let follow = Follow {
            data: dir.path().to_owned(),
            writer: writer.clone(),
            mask: Arc::new(|text| Judge::text(&text)),
            intel: Current::default(),
            committed: tokio::sync::watch::channel(0).1,
        };
        Self { dir, store, writer, follow }
    }

    fn put(&self, witness: Witness, cwd: Option<&Path>, events: Vec<Event<Masked>>) {
        let place = format!("/place/of/{witness}");
        let id = SourceId::of(place.as_bytes());
        let mut batch = Batch::new(Source { id, witness, place: masked(&place) });
        let mut facts = SessionFacts::new("claude-code", masked("s1"), session());
        facts.cwd = cwd.map(|cwd| masked(cwd.to_str().unwrap()));
        batch.sessions.push(facts);
        batch.events = events;
        for event in &mut batch.events {
            event.witness = witness;
        }
        self.writer.submit(batch, Vec::new()).unwrap();
        self.writer.flush().unwrap();
    }

    fn look(&self, now: Timestamp) {
        self.follow.look(now, &|| false).unwrap();
    }

    fn reader(&self) -> Reader {
        Reader::open(self.dir.path()).unwrap()
    }

    fn installs(&self) -> InstallPage {
        self.reader().install_page(&InstallQuery::default()).unwrap()
    }

    /// Rule and evidence of every finding.
    fn findings(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self
            .reader()
            .findings()
            .unwrap()
            .findings
            .into_iter()
            .map(|row| (row.rule, row.masked.to_string()))
            .collect();
        all.sort();
        all
    }
}

fn session() -> SessionId {
    SessionId::of("claude-code", "s1")
}

fn event(id: EventId, at: i64, kind: Kind<Masked>) -> Event<Masked> {
    let mut event = Event::own(id, second(at), kind);
    event.session = Some(session());
    event
}

fn call(at: i64, id: &str, command: &str) -> Event<Masked> {
    let key = NaturalKey::ToolCall { session: session(), message: "m", call: id };
    let input = serde_json::json!({ "command": command }).to_string();
    let kind = Kind::ToolCall(ToolCall {
        name: masked("Bash"),
        input: masked(&input),
        outcome: Outcome::Executed,
    });
    let mut event = event(key.id(), at, kind);
    event.content = ContentHash(7);
    event.tool_call = Some(masked(id));
    event
}

fn process(pid: u32, at: i64, argv: &str) -> Event<Masked> {
    let own = ProcessRef { pid, started: second(at) };
    let id = EventId::from_bytes(u128::from(pid).to_be_bytes());
    let kind = Kind::Process(Process {
        client: "claude-code".into(),
        root: ProcessRef { pid: 1, started: second(0) },
        parent: None,
        exe: None,
        argv: masked(argv),
        argv_cut: false,
        cwd: None,
        earlier: Vec::new(),
        ended: None,
        exit: None,
        cpu_us: None,
        peak_rss: None,
    });
    let mut event = event(id, at, kind);
    event.process = Some(own);
    event
}

/// Later than anything is waited for.
fn later() -> Timestamp {
    second(24 * 3600 / 2)
}

#[test]
fn what_was_recorded_before_installs_were_told_is_read_once() {
    let bench = Bench::new();
    bench.put(
        Witness::Transcript,
        None,
        vec![call(1, "t1", "npm install left-pad"), call(2, "t2", "ls")],
    );
    assert_eq!(bench.installs().total, 0);

    bench.look(later());
    bench.look(later());

    let page = bench.installs();
    assert_eq!(page.total, 1);
    assert_eq!(page.installs[0].package.name.as_ref().unwrap().as_str(), "left-pad");
    assert_eq!((page.installs[0].way, page.installs[0].at), (InstallWay::Command, second(1)));
    bench.store.close().unwrap();
}

#[test]
fn an_install_that_no_tool_call_named_is_found_and_one_that_was_named_is_not() {
    let bench = Bench::new();
    bench.put(
        Witness::Transcript,
        None,
        vec![call(1, "t1", "npm install left-pad"), call(60, "t2", "npm run setup")],
    );
    bench.put(
        Witness::Kernel,
        None,
        vec![
            process(10, 2, "bash -c 'npm install left-pad'"),
            process(11, 2, "'npm install left-pad'"),
            process(12, 61, "'npm run setup'"),
            process(13, 62, "sh -c 'npm install hidden-one'"),
            process(14, 63, "node /usr/lib/node_modules/npm/bin/npm-cli.js install hidden-one"),
        ],
    );

    // Its tool call may yet be told of.
    bench.look(second(65));
    let early = bench.findings();
    bench.look(later());
    bench.look(later());

    assert!(!early.iter().any(|(rule, _)| rule == "install-unnamed"), "{early:?}");
    let unnamed: Vec<_> =
        bench.findings().into_iter().filter(|(rule, _)| rule == "install-unnamed").collect();
    assert_eq!(unnamed, [("install-unnamed".to_owned(), "hidden-one".to_owned())]);
    let page = bench.installs();
    let ways: Vec<_> = page.installs.iter().map(|row| row.way).collect();
    assert_eq!(ways, [InstallWay::Process, InstallWay::Command]);
    bench.store.close().unwrap();
}

/// A list that was brought in later than everything, with this npm package.
fn listing(name: &str) -> Intel {
    let mut builder = Builder::default();
    builder.package("npm", name, "MAL-2026-1", &Affected::All);
    let mut bytes = Vec::new();
    builder.write(&mut bytes).unwrap();
    let length = bytes.len() as u64;
    let read = move |from: u64, to: &mut [u8]| {
        let from = usize::try_from(from).unwrap();
        let piece = bytes.get(from..from + to.len()).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        to.copy_from_slice(piece);
        Ok(())
    };
    let table = Table::open("made-up", length, Box::new(read)).unwrap();
    Intel::new(vec![table]).made_at(Some(Timestamp::from_micros(i64::MAX / 2)))
}

#[test]
fn what_becomes_known_later_is_found_at_the_time_of_then() {
    let bench = Bench::new();
    let events = vec![call(1, "t1", "npm install lodash"), call(2, "t2", "npm install axios")];
    bench.put(Witness::Transcript, None, events);
    bench.look(later());
    assert_eq!(bench.findings(), []);

    bench.follow.intel.set(listing("lodash"));
    bench.look(later());
    bench.look(later());

    assert_eq!(bench.findings(), [("package-malicious".to_owned(), "lodash".to_owned())]);
    let findings = bench.reader().findings().unwrap().findings;
    assert_eq!((findings[0].at, findings[0].sightings), (second(1), 1));
    let page = bench.installs();
    let severities: Vec<_> = page.installs.iter().map(|row| row.severity).collect();
    assert_eq!(severities, [None, Some(Severity::Critical)]);
    assert_eq!(page.installs[1].findings, [findings[0].id]);
    bench.store.close().unwrap();
}

#[test]
fn a_lock_file_with_what_is_listed_is_found() {
    let bench = Bench::new();
    let project = tempfile::tempdir().unwrap();
    let lock = r#"{"packages":{"node_modules/lodash":{"version":"4.0.0"},"node_modules/deep-one":{"version":"1.0.0"}}}"#;
    std::fs::write(project.path().join("package-lock.json"), lock).unwrap();
    bench.follow.intel.set(listing("deep-one"));
    let events = vec![call(1, "t1", "npm install lodash")];
    bench.put(Witness::Transcript, Some(project.path()), events);

    bench.look(later());

    assert_eq!(bench.findings(), [("package-malicious".to_owned(), "deep-one".to_owned())]);
    let page = bench.installs();
    let ways: Vec<_> = page.installs.iter().map(|row| row.way).collect();
    assert_eq!(ways, [InstallWay::Command, InstallWay::Disk]);
    assert_eq!(page.installs[1].package.version.as_ref().unwrap().as_str(), "1.0.0");
    bench.store.close().unwrap();
}

#[test]
fn a_lock_file_is_told_of_one_of_many_commands_and_not_when_the_agent_ends() {
    let bench = Bench::new();
    let project = tempfile::tempdir().unwrap();
    let lock = r#"{"packages":{"node_modules/deep-one":{"version":"1.0.0"}}}"#;
    std::fs::write(project.path().join("package-lock.json"), lock).unwrap();
    bench.follow.intel.set(listing("deep-one"));
    // More than a page of them.
    let events = (1..=230).map(|n| call(n, &format!("t{n}"), "npm install lodash")).collect();
    bench.put(Witness::Transcript, Some(project.path()), events);
    let on_disk = || {
        let all = bench.reader().installs_after(0, 1000).unwrap();
        all.iter().filter(|row| row.installed.way == InstallWay::Disk).count()
    };

    bench.follow.look(later(), &|| true).unwrap();
    assert_eq!(on_disk(), 0, "it was ending");
    bench.look(later());

    assert_eq!(on_disk(), 1);
    bench.store.close().unwrap();
}

#[test]
fn a_script_of_a_package_on_the_disk_is_noted() {
    let bench = Bench::new();
    let project = tempfile::tempdir().unwrap();
    let package = project.path().join("node_modules/left-pad");
    std::fs::create_dir_all(&package).unwrap();
    let manifest = r#"{"name":"left-pad","scripts":{"postinstall":"node x.js"}}"#;
    std::fs::write(package.join("package.json"), manifest).unwrap();
    let events = vec![
        call(1, "t1", "npm install left-pad"),
        call(2, "t2", "npm install ../../etc"),
        call(3, "t3", "npm install lodash"),
    ];
    bench.put(Witness::Transcript, Some(project.path()), events);

    bench.look(later());
    bench.look(later());

    let page = bench.installs();
    let noted: Vec<_> = page.installs.iter().filter(|row| row.way == InstallWay::Disk).collect();
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0].package.name.as_ref().unwrap().as_str(), "left-pad");
    assert_eq!(noted[0].reasons[0].rule, "install-script");
    bench.store.close().unwrap();
}
