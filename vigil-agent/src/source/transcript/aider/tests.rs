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

/// What the events are, and what they say.
fn told(committed: &Committed) -> Vec<(&str, &str)> {
    let told = committed.events.iter().map(|event| match &event.kind {
        Kind::Prompt(prompt) => ("prompt", prompt.text.expose()),
        Kind::Response(answer) => ("response", answer.text.expose()),
        Kind::Thinking(thinking) => ("thinking", thinking.text.expose()),
        Kind::System(system) => (system.name.expose(), system.text.expose()),
        kind => panic!("{kind:?}"),
    });
    told.map(|(name, text)| -> (&str, &str) { (name, text) }).collect()
}

/// What is written between the beginning of a chat and its end, told.
fn chat(written: &str) -> Vec<(String, String)> {
    let history = format!("\n# aider chat started at 2026-11-26 10:11:12\n\n{written}");
    let committed = parse(&history, &[], false);
    assert_eq!(committed.events, parse(&history, &[], true).events);
    let sessions: std::collections::HashSet<_> =
        committed.events.iter().map(|event| event.session).collect();
    assert_eq!(sessions.len(), 1, "one chat is one session");
    told(&committed).iter().map(|(name, text)| ((*name).into(), (*text).into())).collect()
}

/// `told` in the form that [`chat`] gives.
fn owned<const N: usize>(told: [(&str, &str); N]) -> Vec<(String, String)> {
    told.map(|(name, text)| (name.into(), text.into())).to_vec()
}

#[test]
fn a_chat_is_told_as_far_as_its_file_tells_it() {
    let committed = parse(HISTORY, &[], false);

    let told = told(&committed);
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
fn a_models_headings_quotations_and_histories_stay_in_its_answer() {
    let answer = "Look:\n\n> Running is healthy\n> Tokens: many\n\n#### First of all\n\n```md\n\n# aider \
                  chat started at 2001-01-01 00:00:00\n#### in code\n> Applied edit to a\n```\nSo it is.";
    let written = format!("#### go  \n\n{answer}\n\n> Tokens: 1 sent, 2 received.  \n");
    let expected =
        [("prompt", "go"), ("response", answer), ("usage", "Tokens: 1 sent, 2 received.")];
    assert_eq!(chat(&written), owned(expected));
}

#[test]
fn what_the_client_says_in_several_lines_is_no_answer() {
    let told = chat(
        "#### go  \n\nDone.\n\n> Tokens: 1k sent, 2k cache write, 3 received.\nCost: $0.01 message.  \n\
         > Commit 1a2b3c4 feat: add a line\n\n#### Why\n- because  \n> Running make  \n\
         > The LLM did not conform to the edit format.  \n> # 1 block failed to match!\n\n\
         ## No such lines\n<<<<<<< SEARCH\nold  \n=======\nnew\n>>>>>>> REPLACE\n\n\
         It must match  \n\nOnce more.\n\n> Tokens: 4 sent, 5 received.  \n",
    );
    let expected = [
        ("prompt", "go"),
        ("response", "Done."),
        ("usage", "Tokens: 1k sent, 2k cache write, 3 received.\nCost: $0.01 message."),
        ("commit", "Commit 1a2b3c4 feat: add a line\n\n#### Why\n- because"),
        ("command", "Running make"),
        ("error", "The LLM did not conform to the edit format."),
        // Two spaces of the model's end it too early; what follows at once is the client's still.
        ("notice", "# 1 block failed to match!\n\n## No such lines\n<<<<<<< SEARCH\nold"),
        ("notice", "======="),
        ("notice", "new"),
        ("notice", ">>>>>>> REPLACE"),
        ("response", "It must match\n\nOnce more."),
        ("usage", "Tokens: 4 sent, 5 received."),
    ];
    assert_eq!(told, owned(expected));
}

#[test]
fn errors_retries_questions_and_an_interruption_are_the_clients() {
    let told = chat(
        "#### one  \n> litellm.InternalServerError: overloaded  \n> Retrying in 0.2 seconds...  \n\
         \nYes.\n\n> Tokens: 1 sent, 2 received.  \n> a.txt  \n\
         > Create new file? (Y)es/(N)o [Yes]: n  \n> Skipping edits to a.txt  \n\
         \n#### two  \n>  \n>  \n> ^C again to exit  \n\nCut o\n\n\n#### three  \n\nYes.\n\n\
         > Tokens: 1 sent, 2 received.  \n",
    );
    let expected = [
        ("prompt", "one"),
        ("error", "litellm.InternalServerError: overloaded"),
        ("retry", "Retrying in 0.2 seconds..."),
        ("response", "Yes."),
        ("usage", "Tokens: 1 sent, 2 received."),
        ("notice", "a.txt"),
        ("confirmation", "Create new file? (Y)es/(N)o [Yes]: n"),
        ("edit", "Skipping edits to a.txt"),
        ("prompt", "two"),
        ("notice", "^C again to exit"),
        ("response", "Cut o"),
        ("prompt", "three"),
        ("response", "Yes."),
        ("usage", "Tokens: 1 sent, 2 received."),
    ];
    assert_eq!(told, owned(expected));
}

#[test]
fn each_prompt_is_told_once() {
    let told = chat(
        "#### /run make  \n\n#### two  \n####   \n####   lines  \n\n#### /ask why  \n\n#### why  \n\
         \nSo.\n\n> Tokens: 1 sent, 2 received.  \n\n#### why  \n> Nothing.  \n",
    );
    let expected = [
        ("prompt", "/run make"),
        ("prompt", "two\n\n  lines"),
        ("prompt", "/ask why"),
        ("response", "So."),
        ("usage", "Tokens: 1 sent, 2 received."),
        ("prompt", "why"),
        ("notice", "Nothing."),
    ];
    assert_eq!(told, owned(expected));
}

#[test]
fn what_a_model_thinks_is_no_answer() {
    let tag = "thinking-content-7bbeb8e1441453ad999a0bbba8a46d4b";
    let told = chat(&format!(
        "#### go  \n\n<{tag}>\n\nHm.\n\n> said so  \n\nWell.\n\n</{tag}>\n\nYes.\n\n\
         > Tokens: 1 sent, 2 received.  \n"
    ));
    let expected = [
        ("prompt", "go"),
        ("thinking", "Hm.\n\n> said so\n\nWell."),
        ("response", "Yes."),
        ("usage", "Tokens: 1 sent, 2 received."),
    ];
    assert_eq!(told, owned(expected));
}

/// What aider 0.86.2 wrote in five chats: edits and commits, commands that were run and refused, an
/// answer that quotes, one that was interrupted, thinking, failing calls, an edit that does not fit.
const RECORDED: &str = include_str!("recorded.md");

#[test]
fn five_chats_of_the_real_client_hold_what_was_asked_and_answered() {
    let committed = parse(RECORDED, &[], false);
    assert_eq!(committed.events, parse(RECORDED, &[], true).events);

    let mut counts = std::collections::BTreeMap::new();
    for (name, _) in told(&committed) {
        *counts.entry(name).or_insert(0) += 1;
    }
    counts.remove("notice");
    let expected = [
        ("command", 3),
        ("commit", 7),
        ("confirmation", 14),
        ("edit", 7),
        ("error", 4),
        // The last one, `/exit`, is told when something follows it.
        ("prompt", 25),
        ("response", 17),
        ("retry", 2),
        ("thinking", 1),
        ("usage", 16),
    ];
    assert_eq!(counts, expected.into());
    let sessions: std::collections::HashSet<_> =
        committed.events.iter().map(|event| event.session).collect();
    assert_eq!(sessions.len(), 5);
}

#[test]
fn a_restart_between_any_two_lines_changes_nothing() {
    assert_eq!(parse(HISTORY, &[], true).events, parse(HISTORY, &[], false).events);
}

#[test]
fn a_long_answer_is_kept_in_pieces_and_loses_nothing() {
    let long = "a line of the answer\n".repeat(10_000);
    let history = format!(
        "# aider chat started at 2026-11-26 10:11:12\n#### go  \n\n{long}\n> Tokens: 1 sent, 2 received.  \n"
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
