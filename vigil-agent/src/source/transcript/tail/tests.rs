use std::{
    fs,
    os::unix::fs::symlink,
    time::{Duration, SystemTime},
};

use proptest::prelude::*;
use rusqlite::Connection;
use vigil_proto::config;

use super::{
    discover,
    file::{self, Reach, Tracked},
    pause::Marks,
};
use crate::source::transcript::{
    opencode,
    rig::{Committed, Rig, SESSION, answer, prompt, record, set_mode},
};

fn main_file() -> String {
    format!("-home-me-work-app/{SESSION}.jsonl")
}

/// A short conversation, one line each.
fn conversation() -> Vec<String> {
    vec![
        prompt(1, "say hello"),
        answer(2, "msg_1", "hello"),
        prompt(3, "and again"),
        answer(4, "msg_2", "hello again"),
    ]
}

#[test]
fn reading_twice_adds_nothing() {
    let rig = Rig::new();
    rig.write(&main_file(), conversation().concat());
    let first = rig.ingest();
    let known = rig.seen(Committed::distinct);

    let second = rig.ingest();

    assert_eq!((first.files, first.lines), (1, 4));
    assert_eq!((second.files, second.lines, second.bytes), (1, 0, 0));
    assert_eq!(rig.seen(Committed::distinct), known);
}

#[test]
fn a_half_written_last_line_waits_for_its_newline() {
    let rig = Rig::new();
    let lines = conversation();
    let (half, rest) = lines[1].split_at(40);
    rig.write(&main_file(), [lines[0].as_str(), half].concat());
    rig.ingest();
    assert_eq!(rig.seen(Committed::texts), ["say hello"]);

    rig.append(&main_file(), rest);
    rig.ingest();

    assert_eq!(rig.seen(Committed::texts), ["say hello", "hello"]);
    assert!(rig.seen(Committed::gaps).is_empty());
}

#[test]
fn a_truncated_file_is_read_again_from_its_start() {
    let rig = Rig::new();
    let lines = conversation();
    let path = rig.write(&main_file(), lines.concat());
    rig.ingest();

    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
    rig.append(&main_file(), prompt(9, "a new beginning"));
    rig.ingest();

    assert_eq!(rig.seen(Committed::texts).last().unwrap(), "a new beginning");
    assert_eq!(rig.seen(|seen| seen.count("read.restarted-file")), 1);
}

#[test]
fn a_replaced_file_is_another_file() {
    let rig = Rig::new();
    let path = rig.write(&main_file(), conversation().concat());
    rig.ingest();
    let known = rig.seen(|seen| seen.distinct().len());

    let new = path.with_extension("new");
    fs::write(&new, [conversation().concat(), prompt(9, "later")].concat()).unwrap();
    fs::rename(&new, &path).unwrap();
    rig.ingest();

    assert_eq!(rig.seen(|seen| seen.count("read.restarted-file")), 1);
    assert_eq!(rig.seen(|seen| seen.distinct().len()), known + 1, "only the new prompt is new");
}

#[test]
fn a_file_rewritten_in_place_is_read_again() {
    let rig = Rig::new();
    rig.write(&main_file(), conversation().concat());
    rig.ingest();

    let longer = format!("{}{}", prompt(20, "other words"), conversation().concat());
    rig.write(&main_file(), longer);
    rig.ingest();

    assert!(rig.seen(Committed::texts).contains(&"other words".to_owned()));
    assert_eq!(rig.seen(|seen| seen.count("read.restarted-file")), 1);
}

#[test]
fn a_deleted_file_is_no_error() {
    let rig = Rig::new();
    let path = rig.write(&main_file(), conversation().concat());
    rig.ingest();

    fs::remove_file(path).unwrap();
    let counts = rig.ingest();

    assert_eq!(counts.files, 0);
    assert!(rig.seen(Committed::gaps).is_empty());
}

#[test]
fn a_line_beyond_the_cap_is_a_gap_and_the_next_one_is_read() {
    let rig = Rig::new();
    let long = prompt(2, &"x".repeat(17 * 1024 * 1024));
    rig.write(&main_file(), [prompt(1, "before"), long.clone(), prompt(3, "after")].concat());

    rig.ingest();

    assert_eq!(rig.seen(Committed::texts), ["before", "after"]);
    let bytes = long.len() as u64 - 1;
    assert_eq!(rig.seen(Committed::gaps), [("line-too-long", Some(bytes))]);
    assert_eq!(rig.seen(|seen| seen.count("gap.line-too-long")), 1);
}

#[test]
fn invalid_utf8_is_a_gap_and_what_can_be_read_is_kept() {
    let rig = Rig::new();
    let mut bytes = prompt(1, "caf\u{e9} key").into_bytes();
    let at = bytes.iter().position(|byte| *byte == 0xc3).unwrap();
    bytes[at + 1] = b'!';
    rig.write(&main_file(), [bytes, prompt(2, "next").into_bytes()].concat());

    rig.ingest();

    assert_eq!(rig.seen(Committed::texts), ["caf\u{fffd}! key", "next"]);
    assert_eq!(rig.seen(|seen| seen.count("gap.invalid-utf8")), 1);
}

#[test]
fn a_line_that_is_no_json_is_a_gap() {
    let rig = Rig::new();
    let broken = "{\"type\":\"user\",\"message\":{\"role\"\n";
    rig.write(&main_file(), [prompt(1, "before").as_str(), broken, &prompt(2, "after")].concat());

    rig.ingest();

    assert_eq!(rig.seen(Committed::texts), ["before", "after"]);
    let bytes = broken.len() as u64 - 1;
    assert_eq!(rig.seen(Committed::gaps), [("invalid-json", Some(bytes))]);
}

#[test]
fn a_tail_of_zeros_after_a_crash_does_not_hide_what_follows() {
    let rig = Rig::new();
    rig.write(&main_file(), [prompt(1, "before").as_bytes(), &[0; 4096]].concat());
    rig.ingest();

    rig.append(&main_file(), prompt(2, "after"));
    rig.ingest();

    assert_eq!(rig.seen(Committed::texts), ["before", "after"]);
    assert_eq!(rig.seen(Committed::gaps), [("nul-filled", Some(4096))]);
}

#[test]
fn an_unreadable_file_is_counted_once_a_run_and_tried_again() {
    let rig = Rig::new();
    let path = rig.write(&main_file(), conversation().concat());
    set_mode(&path, 0o000);
    if fs::File::open(&path).is_ok() {
        // Root reads everything; a folder in the file's place is unreadable to everyone, but is
        // no transcript. Nothing to see here as root.
        return;
    }
    rig.ingest();
    assert_eq!(rig.seen(|seen| seen.count("gap.unreadable-file")), 1);

    set_mode(&path, 0o600);
    rig.ingest();

    assert_eq!(rig.seen(Committed::texts).len(), 4);
}

#[test]
fn links_out_of_the_clients_folder_are_not_followed() {
    let rig = Rig::new();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("secret.jsonl"), prompt(1, "not yours")).unwrap();
    fs::create_dir_all(rig.path("-p")).unwrap();
    symlink(elsewhere.path(), rig.path("-linked")).unwrap();
    symlink(elsewhere.path().join("secret.jsonl"), rig.path("-p/secret.jsonl")).unwrap();
    rig.write("-p/own.jsonl", prompt(2, "mine"));

    rig.ingest();

    assert_eq!(rig.seen(Committed::texts), ["mine"]);
}

#[test]
fn an_excluded_project_is_never_parsed() {
    let exclude =
        config::Exclude { projects: vec!["/home/me/work".into()], ..config::Exclude::default() };
    let rig = Rig::excluding(&exclude);
    let title = r#"{"type":"summary","summary":"Secret plans","leafUuid":"x"}"#;
    rig.write(&main_file(), format!("{title}\n{}", conversation().concat()));

    rig.ingest();

    assert!(rig.seen(|seen| seen.events.is_empty() && seen.sessions.is_empty()));
    assert_eq!(rig.seen(|seen| seen.count("skip.excluded")), 5);
}

#[test]
fn an_excluded_client_is_not_even_opened() {
    let exclude =
        config::Exclude { clients: vec!["claude-code".into()], ..config::Exclude::default() };
    let rig = Rig::excluding(&exclude);
    rig.write(&main_file(), conversation().concat());

    assert_eq!(rig.ingest().files, 0);
}

#[test]
fn unknown_records_are_kept_and_counted() {
    let rig = Rig::new();
    let unknown = record(1, "brand-new", r#""payload":{"a":[1,2]}"#);
    rig.write(&main_file(), [unknown.as_str(), "[1,2]\n", "{\"no\":\"type\"}\n"].concat());

    rig.ingest();

    assert_eq!(rig.seen(|seen| seen.count("read.unknown-record.brand-new")), 1);
    assert_eq!(rig.seen(|seen| seen.count("read.odd-shape")), 2);
    let lines = rig.seen(Committed::lines);
    assert!(lines[0].contains("unknown:brand-new") && lines[0].contains("payload"), "{lines:?}");
    assert_eq!(lines.len(), 3);
}

#[test]
fn folders_and_files_that_appear_later_are_followed() {
    let rig = Rig::new();
    let _follow = rig.follow();

    for project in 0..20 {
        for file in 0..5 {
            rig.write(
                &format!("-p{project}/f{file}.jsonl"),
                prompt(project * 10 + file, &format!("hello {project} {file}")),
            );
        }
    }
    rig.wait_for("every new file", |seen| seen.texts().len() == 100);
    rig.write("-p3/5e55/subagents/agent-a1.jsonl", prompt(999, "from a sub-agent"));
    rig.wait_for("a sub-agent's file", |seen| seen.texts().len() == 101);

    assert_eq!(rig.seen(|seen| seen.distinct().len()), 101);
}

#[test]
fn a_burst_into_many_files_loses_nothing() {
    const FILES: usize = 50;
    const LINES: usize = 80;
    let rig = Rig::new();
    let _follow = rig.follow();

    for line in 0..LINES {
        for file in 0..FILES {
            fs::create_dir_all(rig.path(&format!("-p{}", file % 7))).unwrap();
            let text = format!("line {line} of {file}");
            rig.append(&format!("-p{}/{file}.jsonl", file % 7), prompt(0, &text));
        }
    }

    rig.wait_for("every line", |seen| seen.count("read.lines") == (FILES * LINES) as u64);
    let mut texts = rig.seen(Committed::texts);
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), FILES * LINES);
}

#[test]
fn an_old_session_that_is_resumed_is_noticed() {
    let rig = Rig::new();
    let path = rig.write(&main_file(), prompt(1, "long ago"));
    let long_ago = SystemTime::now() - Duration::from_hours(48);
    fs::File::options().append(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    let _follow = rig.follow();
    rig.wait_for("the old line", |seen| seen.texts().len() == 1);

    rig.append(&main_file(), prompt(2, "back again"));

    rig.wait_for("the new line", |seen| seen.texts().len() == 2);
}

#[test]
fn what_is_written_during_a_pause_is_a_gap() {
    let rig = Rig::new();
    rig.write(&main_file(), prompt(1, "before"));
    let _follow = rig.follow();
    rig.wait_for("the first line", |seen| seen.texts().len() == 1);

    rig.pause(true);
    std::thread::sleep(Duration::from_secs(4));
    let hidden = prompt(2, "off the record");
    rig.append(&main_file(), &hidden);
    rig.write("-home-me-work-app/new.jsonl", prompt(3, "also off"));
    std::thread::sleep(Duration::from_millis(600));
    rig.pause(false);
    rig.wait_for("both gaps", |seen| seen.count("gap.paused") == 2);
    rig.append(&main_file(), prompt(4, "after"));
    rig.wait_for("the line after", |seen| seen.texts().len() == 2);

    assert_eq!(rig.seen(Committed::texts), ["before", "after"]);
    assert!(rig.seen(Committed::gaps).contains(&("paused", Some(hidden.len() as u64))));
}

#[test]
fn what_is_written_during_a_pause_is_a_gap_though_the_agent_starts_again_meanwhile() {
    let rig = Rig::new();
    rig.write(&main_file(), prompt(1, "before"));
    let earlier = rig.follow();
    rig.wait_for("the first line", |seen| seen.texts().len() == 1);
    rig.pause(true);
    drop(earlier);
    let old = rig.write("-home-me-work-app/old.jsonl", prompt(5, "long ago"));
    let long_ago = SystemTime::now() - Duration::from_hours(1);
    fs::File::options().write(true).open(old).unwrap().set_modified(long_ago).unwrap();
    let hidden = prompt(2, "off the record");
    rig.append(&main_file(), &hidden);

    let _follow = rig.follow();
    rig.pause(false);

    rig.wait_for("the gap", |seen| seen.count("gap.paused") == 1);
    rig.wait_for("what is older than the pause", |seen| seen.texts().len() == 2);
    rig.append(&main_file(), prompt(4, "after"));
    rig.wait_for("the line after", |seen| seen.texts().len() == 3);
    let mut texts = rig.seen(Committed::texts);
    texts.sort();
    assert_eq!(texts, ["after", "before", "long ago"]);
    assert_eq!(rig.seen(Committed::gaps), [("paused", Some(hidden.len() as u64))]);
}

#[test]
fn a_pause_that_ended_with_nobody_there_to_read_is_a_gap_at_the_next_reading() {
    let rig = Rig::new();
    rig.write(&main_file(), prompt(1, "before"));
    rig.ingest();
    rig.pause(true);
    let hidden = prompt(2, "off the record");
    rig.append(&main_file(), &hidden);
    assert_eq!(rig.ingest().lines, 0, "nothing is read in a pause");
    rig.pause(false);

    rig.ingest();
    rig.append(&main_file(), prompt(4, "after"));
    rig.ingest();

    assert_eq!(rig.seen(Committed::texts), ["before", "after"]);
    assert_eq!(rig.seen(Committed::gaps), [("paused", Some(hidden.len() as u64))]);
    assert_eq!(rig.inlet.owed_pause(), None);
}

#[test]
fn what_a_pause_leaves_out_is_left_out_when_it_can_be_read_at_last() {
    let rig = Rig::new();
    let path = rig.home().join("opencode.db");
    fs::write(&path, "no database ".repeat(1000)).unwrap();
    let home = rig.home().into();
    let found = || discover::look_at(&opencode::FILES, &home, path.as_path().into()).unwrap();
    let write = |id: &str| {
        let database = Connection::open(&path).unwrap();
        let table = "CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, type TEXT, data TEXT)";
        database.execute(table, []).unwrap();
        database.execute("INSERT INTO event VALUES (?1, 'odd.1', '{}')", [id]).unwrap();
    };
    let mut tracked = Tracked::default();
    let mut read = |reach| {
        file::read(&rig.inlet, &found(), &mut tracked, reach, &(), &|| false).unwrap();
        rig.inlet.flush().unwrap();
    };

    read(Marks::default().reach(&found()));
    assert_eq!(rig.seen(|seen| seen.count("gap.unreadable-file")), 1);
    fs::remove_file(&path).unwrap();
    write("evt_hidden");
    read(Reach::End);

    assert_eq!(rig.seen(Committed::gaps), [("paused", None)]);
    assert_eq!(rig.seen(|seen| seen.count("read.unknown-record.odd")), 0);
    write("evt_after");
    read(Reach::End);
    assert_eq!(rig.seen(|seen| seen.count("read.unknown-record.odd")), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// However a file grows between two looks, the events are those of one reading.
    #[test]
    fn any_split_into_appends_gives_the_same_events(cuts in prop::collection::vec(0_usize..4000, 1..6)) {
        let bytes = conversation().concat().into_bytes();
        let whole = Rig::new();
        whole.write(&main_file(), &bytes);
        whole.ingest();

        let parts = Rig::new();
        parts.write(&main_file(), b"");
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % bytes.len()).collect();
        cuts.sort_unstable();
        let mut from = 0;
        for to in cuts.into_iter().chain([bytes.len()]) {
            parts.append(&main_file(), &bytes[from..to]);
            parts.ingest();
            from = to;
        }

        prop_assert_eq!(parts.seen(Committed::distinct), whole.seen(Committed::distinct));
    }
}

#[test]
fn what_is_no_plain_file_is_passed_over_and_odd_names_are_read() {
    use std::os::unix::{ffi::OsStrExt as _, net::UnixListener};

    let rig = Rig::new();
    rig.write("p/real.jsonl", prompt(1, "one"));
    let folder = rig.path("p");
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe.jsonl")).status();
    assert!(made.unwrap().success());
    let _socket = UnixListener::bind(folder.join("socket.jsonl")).unwrap();
    symlink("/dev/zero", folder.join("zero.jsonl")).unwrap();
    symlink(folder.join("pipe.jsonl"), folder.join("to-pipe.jsonl")).unwrap();
    symlink(&folder, folder.join("loop")).unwrap();
    symlink("self.jsonl", folder.join("self.jsonl")).unwrap();
    fs::create_dir(folder.join("folder.jsonl")).unwrap();
    let odd = folder.join(std::ffi::OsStr::from_bytes(b"new\nline\xff.jsonl"));
    fs::write(odd, prompt(2, "two")).unwrap();

    // Ends, instead of waiting for a writer of the pipe.
    let counts = rig.ingest();

    assert_eq!((counts.files, counts.lines), (2, 2));
}
