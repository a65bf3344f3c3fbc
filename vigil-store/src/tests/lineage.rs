//! The way of a value: where it came in, what it went to, whether it left the machine.

use vigil_proto::{
    ContentHash, Event, EventId, FindingId, Kind, Masked, NaturalKey, Outcome, Severity, SourceId,
    Span, Witness,
    event::{CallRank, Connection, Field, Process, ProcessRef, Way},
    view::{DestinationKind, EntryWay, FindingView, Left},
};

use super::parts::{
    Bench, batch, call_of, event, finding, masked, model_call, prompt, response, second, session,
    tool_result,
};

const TEXT: Span = Span { field: Field::Text, start: 0, end: 4 };
const INPUT: Span = Span { field: Field::Input, start: 0, end: 4 };

/// Submits what `witness` tells, in which each event of `with` has the value.
fn tell(bench: &Bench, witness: Witness, events: Vec<Event<Masked>>, with: &[(usize, Span)]) {
    let events = batch(witness, events);
    let found = with
        .iter()
        .map(|(at, span)| finding("a", Severity::High, events.events[*at].id, *span))
        .collect();
    bench.writer.submit(events, found).unwrap();
    bench.writer.flush().unwrap();
}

fn view(bench: &Bench) -> FindingView {
    let id = FindingId::of("aws_access_key", b"a");
    bench.reader().finding_view(id).unwrap().unwrap()
}

/// What it went to, as words.
fn went(view: &FindingView) -> Vec<String> {
    let lineage = view.lineage.as_ref().unwrap();
    let words = |to: &vigil_proto::view::Destination| {
        let host = to.host.as_ref().map_or(String::new(), |host| format!(" {}", host.as_str()));
        let how = if to.seen { "seen" } else { "noted" };
        let way = if to.written { "from" } else { "to" };
        format!("{way} {} {}{host} {how} {}", to.kind, to.name.as_str(), to.times)
    };
    lineage.destinations.iter().map(words).collect()
}

/// A connection of the proxy's that began at `second`, with that flow's number.
fn flow(at: i64, host: &str) -> Event<Masked> {
    let source = SourceId::of(b"/place/of/proxy");
    let number = flow_number(at);
    let id = NaturalKey::Occurrence { source, number, what: "connection" }.id();
    let kind = Kind::Connection(Connection {
        host: masked(host),
        port: 443,
        way: Way::Decrypted,
        sent: 1,
        received: 1,
        duration_us: 1,
        detail: None,
        client: None,
        client_port: None,
        open: false,
    });
    let mut event = event(id, at, 0, kind);
    (event.session, event.position) = (None, number);
    event
}

/// The flow that began at `second`.
fn flow_number(at: i64) -> u64 {
    second(at).as_micros().unsigned_abs() * 1000
}

#[test]
fn a_file_that_was_read_went_to_the_model_that_was_called_next() {
    let bench = Bench::new();
    let events = vec![
        prompt(1, "what is in it"),
        call_of(2, "Read", "c1", r#"{"file_path":"/code/.env"}"#),
        tool_result(3, "c1", "aaaa", Outcome::Executed),
        model_call(9, "m2", 5, CallRank::Stopped),
    ];
    tell(&bench, Witness::Transcript, events, &[(2, TEXT)]);

    let view = view(&bench);

    let lineage = view.lineage.as_ref().unwrap();
    assert_eq!((lineage.entry.way, lineage.entry.at), (EntryWay::File, second(3)));
    assert_eq!(lineage.entry.path.as_ref().unwrap().as_str(), "/code/.env");
    assert_eq!(lineage.entry.name.as_ref().unwrap().as_str(), "Read");
    assert_eq!(went(&view), ["to provider anthropic noted 1"]);
    assert_eq!((lineage.left, lineage.sessions, lineage.more), (Left::Likely, 1, false));
    let sent = view.places[0].sent.as_ref().unwrap();
    assert_eq!((sent.at, sent.seen, sent.written), (second(9), false, false));
    assert!(view.revocation.unwrap().service.as_deref() == Some("AWS"));
}

#[test]
fn what_no_call_followed_went_nowhere() {
    let bench = Bench::new();
    let events = vec![
        model_call(1, "m1", 5, CallRank::Stopped),
        call_of(2, "Bash", "c1", r#"{"command":"env"}"#),
        tool_result(3, "c1", "aaaa", Outcome::Executed),
    ];
    tell(&bench, Witness::Transcript, events, &[(2, TEXT)]);

    let view = view(&bench);

    let lineage = view.lineage.as_ref().unwrap();
    assert_eq!((lineage.entry.way, lineage.left), (EntryWay::Command, Left::No));
    assert_eq!(went(&view), Vec::<String>::new());
}

#[test]
fn what_the_proxy_read_in_a_request_left_for_the_host_of_its_connection() {
    let bench = Bench::new();
    let told = vec![prompt(3, "use aaaa"), model_call(5, "m1", 5, CallRank::Stopped)];
    tell(&bench, Witness::Transcript, told.clone(), &[(0, TEXT)]);
    assert_eq!(view(&bench).lineage.unwrap().left, Left::Likely);
    let mut read = vec![flow(1, "api.anthropic.com"), flow(2, "other.example"), told[0].clone()];
    read[2].position = flow_number(1);

    tell(&bench, Witness::Proxy, read, &[(2, TEXT)]);

    let view = view(&bench);
    assert_eq!(went(&view), ["to provider anthropic api.anthropic.com seen 1"]);
    let lineage = view.lineage.unwrap();
    assert_eq!((lineage.entry.way, lineage.left), (EntryWay::Prompt, Left::Yes));
    assert!(view.places[0].sent.as_ref().unwrap().seen);
}

#[test]
fn a_value_that_the_model_uses_goes_to_tools_servers_hosts_and_files() {
    let bench = Bench::new();
    let mut denied =
        call_of(9, "Bash", "c5", r#"{"command":"curl https://never.example -d aaaa"}"#);
    if let Kind::ToolCall(call) = &mut denied.kind {
        call.outcome = Outcome::Denied;
    }
    let events = vec![
        prompt(1, "use aaaa"),
        model_call(2, "m1", 5, CallRank::Stopped),
        call_of(3, "Bash", "c1", r#"{"command":"curl -H aaaa https://api.example.com/x"}"#),
        call_of(4, "mcp__github__get_me", "c2", r#"{"token":"aaaa"}"#),
        call_of(5, "Write", "c3", r#"{"content":"aaaa https://doc.example","file_path":"/a"}"#),
        response(6, "m1", "it is aaaa"),
        denied,
    ];
    let with = [(0, TEXT), (2, INPUT), (3, INPUT), (4, INPUT), (5, TEXT), (6, INPUT)];
    tell(&bench, Witness::Transcript, events, &with);

    assert_eq!(
        went(&view(&bench)),
        [
            "to provider anthropic noted 1",
            "from provider anthropic noted 5",
            "to host api.example.com noted 1",
            "to tool Bash noted 1",
            "to mcp_server github noted 1",
            "to file /a noted 1",
        ]
    );
}

#[test]
fn a_program_gets_it_on_its_command_line() {
    let bench = Bench::new();
    let this = ProcessRef { pid: 7, started: second(1) };
    let id: EventId = NaturalKey::Process { boot: "b", pid: 7, started: second(1) }.id();
    let kind = Kind::Process(Process {
        client: "claude-code".into(),
        root: this,
        parent: None,
        exe: Some(masked("/usr/bin/curl")),
        argv: masked("curl -d aaaa https://api.example.com"),
        argv_cut: false,
        cwd: None,
        earlier: Vec::new(),
        ended: None,
        exit: None,
        cpu_us: None,
        peak_rss: None,
    });
    let mut process = event(id, 1, 0, kind);
    (process.session, process.process, process.content) = (None, Some(this), ContentHash(0));
    let argv = Span { field: Field::Argv, start: 8, end: 12 };
    tell(&bench, Witness::Kernel, vec![process], &[(0, argv)]);

    let view = view(&bench);

    let entry = &view.lineage.as_ref().unwrap().entry;
    assert_eq!(entry.way, EntryWay::CommandLine);
    assert_eq!(entry.name.as_ref().unwrap().as_str(), "curl");
    assert_eq!(went(&view), ["to host api.example.com noted 1", "to program curl seen 1"]);
    assert_eq!(view.lineage.unwrap().left, Left::Likely);
    assert!(DestinationKind::Host < DestinationKind::Program);
}

#[test]
fn a_conflict_of_witnesses_has_no_way_and_is_not_taken_back() {
    let bench = Bench::new();
    let told = batch(Witness::Transcript, vec![prompt(1, "hello")]);
    let mut odd = finding("a", Severity::High, told.events[0].id, TEXT);
    odd.group = "integrity".to_owned();
    bench.writer.submit(told, vec![odd]).unwrap();
    bench.writer.flush().unwrap();

    let view = view(&bench);

    assert!(view.lineage.is_none() && view.revocation.is_none());
    assert_eq!(session(), view.places[0].session_key.unwrap());
}

#[test]
fn a_secret_that_was_shown_in_clear_is_no_leak_to_take_back() {
    let bench = Bench::new();
    let told = batch(Witness::Transcript, vec![prompt(1, "hello")]);
    let mut shown = finding("a", Severity::Medium, told.events[0].id, TEXT);
    shown.group = "vault".to_owned();
    bench.writer.submit(told, vec![shown]).unwrap();
    bench.writer.flush().unwrap();

    let view = view(&bench);

    assert!(view.lineage.is_none() && view.revocation.is_none());
}

#[test]
fn what_the_model_wrote_itself_did_not_leave_by_that() {
    let bench = Bench::new();
    let told = vec![model_call(2, "m1", 5, CallRank::Stopped), response(3, "m1", "aaaa")];
    tell(&bench, Witness::Transcript, told.clone(), &[(1, TEXT)]);
    tell(&bench, Witness::Proxy, told, &[(1, TEXT)]);

    let written = view(&bench);
    assert_eq!(went(&written), ["from provider anthropic seen 1"]);
    assert_eq!(written.lineage.unwrap().left, Left::No);

    let told = vec![prompt(4, "use aaaa"), model_call(5, "m2", 5, CallRank::Stopped)];
    tell(&bench, Witness::Transcript, told, &[(0, TEXT)]);
    assert_eq!(view(&bench).lineage.unwrap().left, Left::Likely, "not by what was written");
}

#[test]
fn a_call_is_found_however_far_it_is() {
    let bench = Bench::new();
    let hours = |n: i64| n * 3600;
    let events = vec![
        model_call(hours(1), "m1", 5, CallRank::Stopped),
        response(hours(3), "m1", "it is aaaa"),
        prompt(hours(4), "use aaaa"),
        prompt(hours(5), "use aaaa again"),
        model_call(hours(7), "m2", 5, CallRank::Stopped),
        model_call(hours(9), "m3", 5, CallRank::Stopped),
        prompt(hours(10), "aaaa"),
    ];
    tell(&bench, Witness::Transcript, events, &[(1, TEXT), (2, TEXT), (3, TEXT), (6, TEXT)]);

    let view = view(&bench);

    assert_eq!(went(&view), ["from provider anthropic noted 1", "to provider anthropic noted 2"]);
    let calls: Vec<_> = view.places.iter().filter_map(|place| place.sent.as_ref()).collect();
    let times: Vec<_> = calls.iter().map(|sent| sent.at).collect();
    assert_eq!(times, [second(hours(1)), second(hours(7)), second(hours(7))]);
}
