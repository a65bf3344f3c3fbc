use std::path::Path;

use vigil_platform::process::Details;
use vigil_proto::{
    Batch, Event, Kind, Sensitive, Source, SourceId, Timestamp, Witness, config,
    event::{Exit, Process, ProcessRef},
};

use super::{
    super::seen::{Row, Seen, What},
    Book,
};
use crate::{pipeline::Exclusions, source::family::Families};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn named() -> Batch<Sensitive> {
    Batch::new(Source {
        id: SourceId::of(b"test"),
        witness: Witness::Kernel,
        place: Sensitive::from("test"),
    })
}

fn details(line: &str, cwd: &str) -> Details {
    let argv: Vec<u8> = line.split(' ').flat_map(|word| [word.as_bytes(), &[0]].concat()).collect();
    let file = line.split(' ').next().unwrap().rsplit('/').next().unwrap();
    Details {
        exe: Some(format!("/bin/{file}").into_bytes()),
        argv: Some(argv),
        argv_cut: false,
        cwd: Some(cwd.as_bytes().to_vec()),
    }
}

struct Story {
    book: Book,
}

impl Story {
    fn new() -> Self {
        Self::excluding(&config::Exclude::default())
    }

    fn excluding(exclude: &config::Exclude) -> Self {
        let exclusions = Exclusions::new(exclude, Path::new("/home/u"));
        Self { book: Book::new(Families::default(), exclusions, "boot".to_owned()) }
    }

    fn saw(&mut self, seconds: i64, pid: u32, ppid: u32, what: What) {
        let started = Some(at(i64::from(pid)));
        self.book.saw(&Seen { at: at(seconds), pid, ppid: Some(ppid), started, what });
    }

    fn runs(&mut self, pid: u32, ppid: u32, line: &str) {
        self.runs_in(pid, ppid, line, "/work");
    }

    fn runs_in(&mut self, pid: u32, ppid: u32, line: &str, cwd: &str) {
        self.saw(i64::from(pid), pid, ppid, What::Fork);
        self.saw(i64::from(pid), pid, ppid, What::Exec(details(line, cwd)));
    }

    fn exits(&mut self, seconds: i64, pid: u32, code: u8) {
        self.saw(seconds, pid, 0, What::Exit(Some(Exit::Code(code))));
    }

    fn take(&mut self, seconds: i64) -> Vec<Event<Sensitive>> {
        let batches = self.book.take(at(seconds), named);
        batches.into_iter().flat_map(|batch| batch.events).collect()
    }

    /// What is taken, as `pid line ended exit`.
    fn lines(&mut self, seconds: i64) -> Vec<String> {
        self.take(seconds).iter().map(line).collect()
    }
}

fn payload(event: &Event<Sensitive>) -> &Process<Sensitive> {
    match &event.kind {
        Kind::Process(process) => process,
        other => panic!("{other:?}"),
    }
}

fn line(event: &Event<Sensitive>) -> String {
    let process = payload(event);
    let seconds = |at: Timestamp| format!(" ended {}", at.as_micros() / 1_000_000);
    let ended = process.ended.map(seconds).unwrap_or_default();
    let exit = process.exit.map(|exit| format!(" {exit:?}")).unwrap_or_default();
    format!("{} {}{ended}{exit}", event.process.unwrap().pid, process.argv.expose())
}

fn row(pid: u32, ppid: u32, line: &str) -> Row {
    Row {
        pid,
        ppid: Some(ppid),
        started: at(i64::from(pid)),
        cpu_us: 5,
        rss: 4096,
        details: Some(details(line, "/work")),
    }
}

#[test]
fn a_program_of_an_agent_is_told_when_it_begins_and_when_it_ends() {
    let mut story = Story::new();
    story.runs(5, 1, "bash");
    story.runs(10, 5, "claude -p x");
    story.runs(11, 10, "git status");
    assert_eq!(story.lines(20), ["10 claude -p x", "11 git status"]);

    story.exits(21, 11, 128);
    story.exits(21, 5, 0);

    assert_eq!(story.lines(22), ["11 git status ended 21 Code(128)"]);
    assert_eq!(story.lines(23), Vec::<String>::new());
}

#[test]
fn one_that_is_over_at_once_is_told_once() {
    let mut story = Story::new();
    story.runs(10, 1, "claude");
    story.runs(11, 10, "true");
    story.exits(12, 11, 0);

    let events = story.take(13);

    assert_eq!(line(&events[1]), "11 true ended 12 Code(0)");
    let process = payload(&events[1]);
    assert_eq!(process.parent, Some(ProcessRef { pid: 10, started: at(10) }));
    assert_eq!(process.root, ProcessRef { pid: 10, started: at(10) });
    assert_eq!(
        (process.client.as_ref(), process.exe.as_ref().unwrap().expose()),
        ("claude-code", "/bin/true")
    );
    assert_eq!(process.cwd.as_ref().unwrap().expose(), "/work");
    assert_eq!(events[1].at, at(11));
}

#[test]
fn what_it_was_before_is_kept_up_to_a_number() {
    let mut story = Story::new();
    story.runs(10, 1, "claude");
    story.runs(11, 10, "program 0");
    for number in 1..=10 {
        let what = What::Exec(details(&format!("program {number}"), "/work"));
        story.saw(20, 11, 10, what);
    }
    // The same again is nothing new.
    story.saw(20, 11, 10, What::Exec(details("program 10", "/work")));

    let events = story.take(21);

    let earlier: Vec<&str> = payload(&events[1]).earlier.iter().map(Sensitive::expose).collect();
    assert_eq!(payload(&events[1]).argv.expose(), "program 10");
    assert_eq!(earlier.len(), 8);
    assert_eq!((earlier[0], earlier[7]), ("program 2", "program 9"));
}

#[test]
fn the_table_tells_of_those_that_began_before() {
    let mut story = Story::new();
    // A child before its parent: numbers were used up and began anew.
    let rows =
        [row(9, 12, "sleep 9"), row(12, 10, "bash"), row(5, 1, "bash"), row(10, 5, "claude")];
    let rows = rows.map(|row| Row { started: at(50), ..row });

    story.book.table(&rows, at(60), true, |_| false);

    let mut lines = story.lines(61);
    lines.sort();
    assert_eq!(lines, ["10 claude", "12 bash", "9 sleep 9"]);
}

#[test]
fn what_is_gone_from_the_table_has_ended_and_its_code_may_come_late() {
    let mut story = Story::new();
    story.book.table(
        &[row(10, 1, "claude"), row(11, 10, "a"), row(12, 10, "b")],
        at(60),
        true,
        |_| false,
    );
    assert_eq!(story.lines(60).len(), 3);

    story.book.table(&[row(10, 1, "claude")], at(61), true, |_| false);
    assert_eq!(story.lines(61), Vec::<String>::new());
    story.exits(61, 12, 7);
    assert_eq!(story.lines(62), ["12 b ended 61 Code(7)"]);
    assert_eq!(story.lines(64), ["11 a ended 61"]);

    // Where nobody tells of ends, it is told at once.
    story.book.table(&[], at(65), false, |_| false);
    assert_eq!(story.lines(65), ["10 claude ended 65"]);
}

#[test]
fn a_number_that_is_used_again_ends_nobody_elses_record() {
    let mut story = Story::new();
    story.runs(10, 1, "claude");
    story.runs(11, 10, "first");
    story.exits(12, 11, 0);
    let again = |what| Seen { at: at(500), pid: 11, ppid: Some(10), started: Some(at(500)), what };
    story.book.saw(&again(What::Fork));
    story.book.saw(&again(What::Exec(details("second", "/work"))));

    assert_eq!(story.lines(501), ["10 claude", "11 first ended 12 Code(0)", "11 second"]);
}

#[test]
fn a_long_lived_one_is_told_again_when_it_uses_more_and_not_too_often() {
    let mut story = Story::new();
    story.runs(10, 1, "claude");
    let agent = ProcessRef { pid: 10, started: at(10) };
    assert_eq!(story.take(100).len(), 1);

    story.book.uses(agent, 9_000_000, 1 << 20, at(110));
    assert_eq!(story.take(110).len(), 0, "it was told a moment ago");
    story.book.uses(agent, 9_000_000, 1 << 20, at(161));
    let told = story.take(161);
    assert_eq!(payload(&told[0]).cpu_us, Some(9_000_000));
    assert_eq!(payload(&told[0]).peak_rss, Some(1 << 20));
    story.book.uses(agent, 9_100_000, 1 << 20, at(300));
    assert_eq!(story.take(300).len(), 0, "that is nothing");
    story.book.uses(agent, 9_100_000, 64 << 20, at(300));
    story.book.uses(agent, 9_100_000, 1 << 20, at(301));
    assert_eq!(payload(&story.take(301)[0]).peak_rss, Some(64 << 20));
}

#[test]
fn a_child_that_goes_on_as_its_parents_program_is_told_too() {
    let mut story = Story::new();
    story.runs(10, 1, "claude");
    story.saw(11, 11, 10, What::Fork);
    story.saw(12, 12, 11, What::Fork);
    assert_eq!(story.lines(13), ["10 claude"]);
    assert_eq!(story.book.running().iter().filter(|(_, is_recorded)| !is_recorded).count(), 2);

    story.book.goes_on(ProcessRef { pid: 12, started: at(12) }, &details("claude", "/work"));

    let told = story.take(14);
    assert_eq!(line(&told[0]), "12 claude");
    assert_eq!(payload(&told[0]).parent, Some(ProcessRef { pid: 10, started: at(10) }));
}

#[test]
fn nothing_of_a_pause_is_told_and_what_was_before_goes_on() {
    let mut story = Story::new();
    story.runs(10, 1, "claude");
    story.take(11);
    story.book.pause(true);
    story.runs(12, 10, "secret");
    story.runs(13, 10, "other");
    story.exits(14, 13, 0);
    assert_eq!(story.lines(15), Vec::<String>::new());
    story.book.pause(false);
    story.exits(16, 12, 0);
    story.runs(17, 10, "after");
    story.exits(18, 10, 0);

    assert_eq!(story.lines(19), ["17 after", "10 claude ended 18 Code(0)"]);
}

#[test]
fn excluded_clients_and_projects_are_left_out_with_their_families() {
    let mut story = Story::excluding(&config::Exclude {
        projects: vec!["~/private".to_owned()],
        clients: vec!["codex".to_owned()],
        ..config::Exclude::default()
    });
    story.runs(10, 1, "codex");
    story.runs(11, 10, "true");
    story.runs_in(20, 1, "claude", "/home/u/private/x");
    story.runs(21, 20, "true");
    story.runs(30, 1, "claude");
    story.runs_in(31, 30, "ls", "/home/u/private");

    assert_eq!(story.lines(40), ["30 claude"]);
}

#[test]
fn what_could_not_be_read_is_counted_and_still_told() {
    let mut story = Story::new();
    story.runs(10, 1, "claude");
    story.take(10);
    story.saw(11, 11, 10, What::Fork);
    story.saw(11, 11, 10, What::Exec(Details::default()));
    story.exits(11, 11, 3);

    let batches = story.book.take(at(12), named);

    assert_eq!(batches[0].counts.get("drop.process.unread"), Some(&1));
    assert_eq!(line(&batches[0].events[0]), "11  ended 11 Code(3)");
}

#[test]
fn batches_have_a_size() {
    let mut story = Story::new();
    story.runs(10, 1, "claude");
    let long = "x".repeat(16 * 1024);
    for pid in 100..200 {
        story.runs(pid, 10, &format!("echo {long}"));
    }

    let batches = story.book.take(at(300), named);

    assert!(batches.len() > 2, "{}", batches.len());
    assert_eq!(batches.iter().map(|batch| batch.events.len()).sum::<usize>(), 101);
}
