use std::path::Path;

use jiff::tz::TimeZone;
use vigil_proto::{
    Batch, ContentHasher, Kind, Sensitive, Source, SourceId, Timestamp, Witness, config,
};

use super::{CLIENT, Parser, Place, locate};
use crate::{
    pipeline::Exclusions,
    source::transcript::{
        Options,
        parser::{Parser as _, Rules},
        rig::Committed,
    },
};

const HASHER: ContentHasher = ContentHasher::new([3; 32]);

/// Two chats as the client writes them: trailing spaces and empty lines are its own.
const HISTORY: &str = "
# aider chat started at 2026-11-26 10:11:12

> Aider v0.86.2  
> Main model: openai/gpt-4o with diff edit format  

#### add a line  
#### to the summary  

One line goes in.

> a quoted word
```
> and more of it
```

> Tokens: 1.2k sent, 300 received. Cost: $0.01 message, $0.01 session.  
> Applied edit to summary.txt  

#### <blank>  

# aider chat started at 2026-11-27 08:00:00

#### and again  

Nothing to do.

> Tokens: 900 sent, 12 received.  
";

fn place() -> Place {
    let zone = TimeZone::fixed(jiff::tz::offset(1));
    locate::place(Path::new("/home/me/shop/.aider.chat.history.md"), Timestamp::default(), zone)
}

fn parse(history: &str, exclude: &[&str], restarts: bool) -> Committed {
    let exclude = config::Exclude {
        projects: exclude.iter().map(|project| (*project).to_owned()).collect(),
        ..config::Exclude::default()
    };
    let exclusions = Exclusions::new(&exclude, Path::new("/home/me"));
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let now = Timestamp::default();
    let mut parser = Parser::new(rules, place(), b"", now);
    let mut committed = Committed::default();
    let mut position = 0;
    for line in history.split_inclusive('\n') {
        if restarts {
            let state = parser.state();
            parser = Parser::new(rules, place(), &state, now);
        }
        let id = SourceId::of(b"test");
        let source = Source { id, witness: Witness::Transcript, place: "test".into() };
        let mut batch: Batch<Sensitive> = Batch::new(source);
        parser.line(line.trim_end_matches('\n').as_bytes(), position, &mut batch);
        position += line.len() as u64;
        committed.add(batch);
    }
    committed
}

#[test]
fn a_chat_is_told_as_far_as_its_file_tells_it() {
    let committed = parse(HISTORY, &[], false);

    let told: Vec<(&str, String)> = committed
        .events
        .iter()
        .map(|event| match &event.kind {
            Kind::Prompt(prompt) => ("prompt", prompt.text.expose().to_owned()),
            Kind::Response(answer) => ("response", answer.text.expose().to_owned()),
            Kind::System(system) => (system.name.expose(), system.text.expose().to_owned()),
            kind => panic!("{kind:?}"),
        })
        .collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(a, b)| (*a, b.as_str())).collect();

    assert_eq!(
        told,
        [
            ("notice", "Aider v0.86.2"),
            ("notice", "Main model: openai/gpt-4o with diff edit format"),
            ("prompt", "add a line\nto the summary"),
            ("response", "One line goes in.\n\n> a quoted word\n```\n> and more of it\n```"),
            ("usage", "Tokens: 1.2k sent, 300 received. Cost: $0.01 message, $0.01 session."),
            ("edit", "Applied edit to summary.txt"),
            ("prompt", "and again"),
            ("response", "Nothing to do."),
            ("usage", "Tokens: 900 sent, 12 received."),
        ]
    );
    let sessions: Vec<_> = committed.events.iter().map(|event| event.session).collect();
    assert_eq!(sessions[0], sessions[5]);
    assert_ne!(sessions[0], sessions[6], "a chat is a session");
    // 10:11:12 on a clock that is an hour ahead, and in their order.
    let began: Timestamp = "2026-11-26T09:11:12Z".parse().unwrap();
    let at: Vec<_> = committed.events.iter().map(|event| event.at.as_micros()).collect();
    assert_eq!(at[0] - began.as_micros(), 1);
    assert!(at.is_sorted(), "{at:?}");
}

#[test]
fn a_restart_between_any_two_lines_changes_nothing() {
    assert_eq!(parse(HISTORY, &[], true).events, parse(HISTORY, &[], false).events);
}

#[test]
fn a_long_answer_is_kept_in_pieces_and_loses_nothing() {
    let long = "a line of the answer\n".repeat(10_000);
    let history = format!(
        "# aider chat started at 2026-11-26 10:11:12\n#### go\n{long}> Tokens: 1 sent, 2 received.\n"
    );
    let committed = parse(&history, &[], false);
    let pieces: Vec<&str> = committed
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::Response(answer) => Some(answer.text.expose()),
            _ => None,
        })
        .collect();
    assert!(pieces.len() > 1);
    assert_eq!(pieces.join("\n"), long.trim_end());
}

#[test]
fn an_excluded_project_leaves_nothing() {
    assert!(parse(HISTORY, &["/home/me/shop"], false).events.is_empty());
}

#[test]
fn only_folders_that_are_known_and_have_a_history_are_looked_at() {
    let home = tempfile::tempdir().unwrap();
    let [shop, other] = ["shop", "other"].map(|name| home.path().join(name));
    for folder in [&shop, &other] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::write(shop.join(".aider.chat.history.md"), HISTORY).unwrap();
    let options = Options { projects: vec![other, shop.clone()], ..Options::from_env(home.path()) };
    assert_eq!(locate::roots(&options), [shop]);
    assert!(locate::is_transcript(Path::new(".aider.chat.history.md")));
    assert!(!locate::is_transcript(Path::new("docs/.aider.chat.history.md")));
    assert_eq!(CLIENT, super::FILES.name);
}
