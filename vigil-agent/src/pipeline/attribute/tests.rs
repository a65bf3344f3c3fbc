use std::borrow::Cow;

use vigil_proto::{
    Batch, ContentHash, Event, EventId, Kind, NaturalKey, Outcome, Sensitive, SessionFacts,
    SessionId, Source, SourceId, Timestamp, Witness,
    event::{Connection, Process, ProcessRef, Prompt, ToolCall, ToolResult, Way},
};

use super::Attribution;

const CLIENT: &str = "claude-code";
const WORK: &str = "/home/u/work";

fn at(millis: i64) -> Timestamp {
    Timestamp::from_micros(1_000_000_000_000 + millis * 1000)
}

fn process(pid: u32) -> ProcessRef {
    ProcessRef { pid, started: at(i64::from(pid)) }
}

fn session(native: &str) -> SessionId {
    SessionId::of(CLIENT, native)
}

fn batch(events: Vec<Event<Sensitive>>) -> Batch<Sensitive> {
    let source = Source {
        id: SourceId::of(b"test"),
        witness: Witness::Transcript,
        place: Sensitive::from("test"),
    };
    Batch { events, ..Batch::new(source) }
}

fn event(millis: i64, kind: Kind<Sensitive>) -> Event<Sensitive> {
    let number = millis.cast_unsigned();
    Event {
        id: NaturalKey::Occurrence { source: SourceId::of(b"test"), number, what: "x" }.id(),
        incomplete_key: false,
        at: at(millis),
        seen_at: at(millis),
        witness: Witness::Transcript,
        position: 0,
        session: None,
        thread: None,
        turn: None,
        tool_call: None,
        process: None,
        content: ContentHash(0),
        kind,
    }
}

/// Claude's own words around a command.
fn wrapped(command: &str) -> String {
    format!(r"/bin/bash -c 'source /s && eval '\''{command}'\'' < /dev/null && pwd -P'")
}

/// What a process is told to be.
struct Told<'a> {
    pid: u32,
    parent: u32,
    root: u32,
    line: &'a str,
    cwd: &'a str,
}

const fn agent(pid: u32) -> Told<'static> {
    Told { pid, parent: 1, root: pid, line: "claude -p x", cwd: WORK }
}

/// Whose a process is: its session by number, and its tool call.
type Whose = Option<(SessionId, Option<String>)>;

fn whose(event: &Event<Sensitive>) -> Whose {
    let call = event.tool_call.as_ref().map(|call| call.expose().to_owned());
    event.session.map(|session| (session, call))
}

/// An attribution to which things are told, and what was told last of each process.
#[derive(Default)]
struct Story {
    attribution: Attribution,
    last: std::collections::HashMap<u32, Whose>,
    turns: Vec<Option<EventId>>,
    /// What was told last of each connection, and how many sightings there were.
    flows: std::collections::HashMap<EventId, Event<Sensitive>>,
    flow_count: usize,
}

impl Story {
    fn tell(&mut self, mut told: Batch<Sensitive>) {
        let again = self.attribution.attribute(&mut told);
        for batch in std::iter::once(told).chain(again) {
            let named: Vec<SessionId> = batch.sessions.iter().map(|facts| facts.id).collect();
            for event in batch.events.iter().filter(|event| event.process.is_some()) {
                assert!(event.session.is_none_or(|session| named.contains(&session)));
                if matches!(event.kind, Kind::Connection(_)) {
                    self.flows.insert(event.id, event.clone());
                    self.flow_count += 1;
                }
                self.last.insert(event.process.unwrap().pid, whose(event));
                self.turns.push(event.turn);
            }
        }
    }

    fn starts(&mut self, told: &Told<'_>) {
        self.sees(told, None);
    }

    fn sees(&mut self, told: &Told<'_>, ended: Option<i64>) {
        let kind = Kind::Process(Process {
            client: Cow::Borrowed(CLIENT),
            root: process(told.root),
            parent: Some(process(told.parent)),
            exe: None,
            argv: told.line.into(),
            argv_cut: false,
            cwd: Some(told.cwd.into()),
            earlier: Vec::new(),
            ended: ended.map(at),
            exit: None,
            cpu_us: None,
            peak_rss: None,
        });
        let process = Some(process(told.pid));
        self.tell(batch(vec![Event { process, ..event(i64::from(told.pid), kind) }]));
    }

    fn runs(&mut self, pid: u32, parent: u32, root: u32, line: &str) {
        self.starts(&Told { pid, parent, root, line, cwd: WORK });
    }

    fn says(
        &mut self,
        native: &str,
        cwd: Option<&str>,
        millis: i64,
        kind: Kind<Sensitive>,
        call: Option<&str>,
    ) {
        let id = session(native);
        let mut facts = SessionFacts::new(CLIENT, native.into(), id);
        facts.cwd = cwd.map(Into::into);
        let turn = NaturalKey::Prompt { session: id, after: "", text: ContentHash(1) }.id();
        let mut told = batch(vec![Event {
            session: Some(id),
            turn: Some(turn),
            tool_call: call.map(Into::into),
            ..event(millis, kind)
        }]);
        told.sessions.push(facts);
        self.tell(told);
    }

    fn prompt(&mut self, native: &str, millis: i64) {
        let kind = Kind::Prompt(Prompt { text: "x".into() });
        self.says(native, Some(WORK), millis, kind, None);
    }

    fn asks(&mut self, native: &str, millis: i64, call: &str, command: &str) {
        let kind = Kind::ToolCall(ToolCall {
            name: "Bash".into(),
            input: format!("{{\"command\":\"{command}\"}}").into(),
            outcome: Outcome::Requested,
        });
        self.says(native, Some(WORK), millis, kind, Some(call));
    }

    fn answers(&mut self, native: &str, millis: i64, call: &str) {
        let kind = Kind::ToolResult(ToolResult {
            call: None,
            text: "x".into(),
            outcome: Outcome::Executed,
            denied_by: None,
        });
        self.says(native, Some(WORK), millis, kind, Some(call));
    }

    #[track_caller]
    fn is(&self, pid: u32, native: Option<&str>, call: Option<&str>) {
        let expected = native.map(|native| (session(native), call.map(ToOwned::to_owned)));
        assert_eq!(self.last[&pid], expected, "{pid}");
    }
}

#[test]
fn a_process_that_comes_after_its_tool_call_has_it_and_its_children_too() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.prompt("one", 1500);
    story.asks("one", 2000, "call-1", "ls -la");

    story.runs(2100, 1000, 1000, &wrapped("ls -la"));
    story.runs(2101, 2100, 1000, "ls -la");
    story.runs(2102, 1000, 1000, "git status");

    story.is(1000, Some("one"), None);
    story.is(2100, Some("one"), Some("call-1"));
    story.is(2101, Some("one"), Some("call-1"));
    story.is(2102, Some("one"), None);
    assert!(story.turns.iter().any(Option::is_some));
}

#[test]
fn a_process_that_came_before_its_transcript_is_told_again() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.runs(2100, 1000, 1000, &wrapped("ls -la"));
    story
        .sees(&Told { pid: 2101, parent: 2100, root: 1000, line: "ls -la", cwd: WORK }, Some(2150));
    story.is(1000, None, None);
    story.is(2101, None, None);

    story.prompt("one", 1500);
    story.is(1000, Some("one"), None);
    story.is(2101, Some("one"), None);

    story.asks("one", 2000, "call-1", "ls -la");
    story.is(2100, Some("one"), Some("call-1"));
    story.is(2101, Some("one"), Some("call-1"));
}

#[test]
fn what_is_told_again_later_keeps_its_owner() {
    let mut story = Story::default();
    let told = Told { pid: 2100, parent: 1000, root: 1000, line: "bash -lc ls", cwd: WORK };
    story.starts(&agent(1000));
    story.prompt("one", 1500);
    story.asks("one", 2000, "call-1", "ls");
    story.starts(&told);
    story.answers("one", 2200, "call-1");

    story.sees(&told, Some(2150));

    story.is(2100, Some("one"), Some("call-1"));
}

#[test]
fn the_same_command_again_is_another_call() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.prompt("one", 1500);
    for (call, from) in [("call-1", 2000), ("call-2", 3000), ("call-3", 3300)] {
        story.asks("one", from, call, "cargo test");
        let pid = u32::try_from(from).unwrap() + 10;
        story.runs(pid, 1000, 1000, &wrapped("cargo test"));
        story.answers("one", from + 100, call);
    }

    for (pid, call) in [(2010, "call-1"), (3010, "call-2"), (3310, "call-3")] {
        story.is(pid, Some("one"), Some(call));
    }
}

#[test]
fn two_calls_of_one_command_at_once_leave_their_processes_without_one() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.prompt("one", 1500);
    story.asks("one", 2000, "call-1", "ls");
    story.asks("one", 2000, "call-2", "ls");

    story.runs(2100, 1000, 1000, &wrapped("ls"));

    story.is(2100, Some("one"), None);
}

#[test]
fn a_command_within_another_is_not_taken_for_it() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.prompt("one", 1500);
    story.asks("one", 2000, "short", "ls");
    story.asks("one", 2000, "long", "cd x && ls");

    story.runs(2100, 1000, 1000, "bash -c '{ cd x && ls; }; exit'");

    story.is(2100, Some("one"), Some("long"));
}

#[test]
fn a_process_outside_of_a_calls_time_is_not_its() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.prompt("one", 1500);
    story.asks("one", 5000, "call-1", "ls");
    story.answers("one", 6000, "call-1");

    story.runs(2100, 1000, 1000, &wrapped("ls"));
    story.runs(9000, 1000, 1000, &wrapped("ls"));

    story.is(2100, Some("one"), None);
    story.is(9000, Some("one"), None);
}

#[test]
fn two_agents_in_one_folder_have_a_session_only_where_a_call_says_so() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.starts(&agent(1001));
    story.prompt("one", 1500);
    story.is(1000, None, None);
    story.is(1001, None, None);
    story.prompt("two", 1600);
    story.is(1000, None, None);

    story.asks("one", 2000, "call-1", "make one");
    story.asks("two", 2000, "call-2", "make two");
    story.runs(2100, 1001, 1001, &wrapped("make two"));
    story.runs(2101, 1000, 1000, "rg x");

    story.is(2100, Some("two"), Some("call-2"));
    story.is(2101, None, None);
}

#[test]
fn a_session_that_the_command_line_names_is_the_agents() {
    let (one, two) =
        ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222");
    let mut story = Story::default();
    let line = format!("claude --session-id {one} -p x");
    story.starts(&Told { line: &line, ..agent(1000) });
    let line = format!("claude --resume={two}");
    story.starts(&Told { line: &line, ..agent(1001) });

    story.prompt(one, 1500);
    story.prompt(two, 1500);

    story.is(1000, Some(one), None);
    story.is(1001, Some(two), None);
    // It is only a name until a session has it, and a fork gets another.
    story.starts(&Told { line: "claude --resume nothing", cwd: "/elsewhere", ..agent(1002) });
    story.is(1002, None, None);
    let line = format!("claude --resume {one} --fork-session");
    story.starts(&Told { line: &line, cwd: "/elsewhere", ..agent(1003) });
    story.is(1003, None, None);
}

#[test]
fn sessions_elsewhere_earlier_or_of_another_client_are_not_the_agents() {
    let mut story = Story::default();
    story.prompt("earlier", 100);
    story.starts(&agent(1000));
    let kind = || Kind::Prompt(Prompt { text: "x".into() });
    story.says("elsewhere", Some("/other"), 1500, kind(), None);
    story.is(1000, None, None);

    let id = SessionId::of("codex", "other");
    let mut facts = SessionFacts::new("codex", "other".into(), id);
    facts.cwd = Some(WORK.into());
    let mut told = batch(vec![Event { session: Some(id), ..event(1600, kind()) }]);
    told.sessions.push(facts);
    story.tell(told);
    story.is(1000, None, None);

    // Nobody says where it works: it may be the agent's, and may not.
    story.says("somewhere", None, 1700, kind(), None);
    story.is(1000, None, None);
    story.says("somewhere", Some(WORK), 1800, kind(), None);
    story.is(1000, Some("somewhere"), None);
}

#[test]
fn an_agent_after_an_agent_in_one_folder_has_its_own_session() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.prompt("one", 1500);
    story.sees(&agent(1000), Some(3000));
    story.prompt("one", 2900);

    story.starts(&agent(4000));
    story.is(4000, None, None);
    story.prompt("two", 4500);

    story.is(1000, Some("one"), None);
    story.is(4000, Some("two"), None);
}

fn connection(pid: u32, millis: i64) -> Event<Sensitive> {
    let kind = Kind::Connection(Connection {
        host: "api.example.com".into(),
        port: 443,
        way: Way::Past,
        sent: 0,
        received: 0,
        duration_us: 0,
        client: None,
        client_port: None,
        open: true,
        detail: None,
    });
    Event { process: Some(process(pid)), ..event(millis, kind) }
}

#[test]
fn a_connection_is_its_processes() {
    let mut story = Story::default();
    story.starts(&agent(1000));
    story.prompt("one", 1500);

    story.tell(batch(vec![connection(1000, 1600)]));

    story.is(1000, Some("one"), None);
}

#[test]
fn a_connection_that_is_told_before_its_process_and_its_session_gets_both() {
    let mut attribution = Attribution::default();
    let mut early = batch(vec![connection(1000, 1100)]);
    assert!(attribution.attribute(&mut early).is_empty());
    let client = |event: &Event<Sensitive>| match &event.kind {
        Kind::Connection(flow) => flow.client.as_deref().map(str::to_owned),
        _ => None,
    };
    assert_eq!((client(&early.events[0]), early.events[0].session), (None, None));

    let mut story = Story { attribution, ..Story::default() };
    story.starts(&agent(1000));
    let again = |story: &Story| story.flows.get(&early.events[0].id).cloned().unwrap();
    assert_eq!((client(&again(&story)), again(&story).session), (Some(CLIENT.to_owned()), None));
    story.prompt("one", 1500);

    assert_eq!(again(&story).session, Some(session("one")));
    let told = story.flow_count;
    story.prompt("one", 1700);
    assert_eq!(story.flow_count, told, "nothing more is known of it");
}

#[test]
fn what_is_remembered_has_an_end() {
    let mut story = Story::default();
    story.starts(&agent(1));
    for pid in 2..20_000 {
        story.runs(pid, 1, 1, "true");
    }
    for call in 0..4000 {
        story.asks("one", 100_000 + call, &call.to_string(), "make");
    }

    assert!(story.attribution.processes.len() <= 16_384);
    assert!(story.attribution.calls.len() <= 2048);
}
