use vigil_proto::{
    ContentHasher, Kind, KindName, SessionId, Timestamp, Witness,
    browser::{Ended, Role, Seen, Tool, Turn},
};

use super::{Refused, Told, pasted, turn};

fn hasher() -> ContentHasher {
    ContentHasher::new([7; 32])
}

fn told(site: &str) -> Told<'_> {
    let at = Timestamp::from_micros(1_000_000);
    Told { site, profile: "p1", by: Seen::Network, at, now: Timestamp::from_micros(2_000_000) }
}

fn said(role: Role, id: &str, parent: Option<&str>, text: &str) -> Turn {
    Turn {
        conversation: "c1".to_owned(),
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        role,
        text: text.to_owned(),
        thinking: None,
        model: (role == Role::Assistant).then(|| "model-1".to_owned()),
        status: Ended::Done,
        how: None,
        attachments: Vec::new(),
        tools: Vec::new(),
        citations: Vec::new(),
    }
}

#[test]
fn an_answer_belongs_to_the_turn_that_its_prompt_began() {
    let asked = turn(&said(Role::User, "m1", None, "a question"), &told("claude.ai"), &hasher());
    let answer = said(Role::Assistant, "m2", Some("m1"), "an answer");
    let answered = turn(&answer, &told("claude.ai"), &hasher()).unwrap();
    let asked = asked.unwrap();
    let prompt = &asked.events[0];
    assert_eq!(prompt.turn, Some(prompt.id));
    assert!(answered.events.iter().all(|event| event.turn == Some(prompt.id)));
    let session = Some(SessionId::of("claude-web", "c1"));
    let all = asked.events.iter().chain(&answered.events);
    assert!(all.clone().all(|event| event.session == session));
    assert!(all.clone().all(|event| event.witness == Witness::Browser));
    let kinds: Vec<_> = all.map(|event| event.kind.name()).collect();
    assert_eq!(kinds, [KindName::Prompt, KindName::Response, KindName::ModelCall]);
}

#[test]
fn told_again_it_is_the_same() {
    let answer = said(Role::Assistant, "m2", Some("m1"), "an answer");
    let ids = |now| {
        let told = Told { now: Timestamp::from_micros(now), ..told("chatgpt.com") };
        let batch = turn(&answer, &told, &hasher()).unwrap();
        batch.events.iter().map(|event| event.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(5), ids(6));
}

#[test]
fn the_same_ids_on_another_site_are_another_session() {
    let said = said(Role::User, "m1", None, "a question");
    let one = turn(&said, &told("claude.ai"), &hasher()).unwrap();
    let other = turn(&said, &told("chatgpt.com"), &hasher()).unwrap();
    assert_ne!(one.events[0].session, other.events[0].session);
    assert_ne!(one.events[0].id, other.events[0].id);
}

#[test]
fn thoughts_tools_and_sources_are_told_beside_the_answer() {
    let mut answer = said(Role::Assistant, "m2", Some("m1"), "an answer");
    answer.thinking = Some("hm".to_owned());
    answer.tools = vec![Tool { name: "search".to_owned(), input: Some("{}".to_owned()) }];
    answer.citations = vec!["https://example.com/one".to_owned()];
    answer.status = Ended::Stopped;
    let batch = turn(&answer, &told("perplexity.ai"), &hasher()).unwrap();
    let kinds: Vec<_> = batch.events.iter().map(|event| event.kind.name()).collect();
    let [thinking, response, tool, note, call] = <[KindName; 5]>::try_from(kinds).unwrap();
    assert_eq!([thinking, response], [KindName::Thinking, KindName::Response]);
    assert_eq!([tool, note, call], [KindName::ToolCall, KindName::System, KindName::ModelCall]);
    let Some(Kind::ModelCall(call)) = batch.events.last().map(|event| &event.kind) else {
        panic!("no call");
    };
    assert_eq!(call.stop_reason.as_ref().map(vigil_proto::Sensitive::expose), Some("stopped"));
    assert_eq!(call.usage.output, 0);
}

#[test]
fn an_answer_that_was_made_anew_says_so() {
    for (how, notes) in [("regenerate", 1), ("edit", 1), ("new", 0), ("a word of a page", 0)] {
        let mut answer = said(Role::Assistant, "m3", Some("m1"), "another answer");
        answer.how = Some(how.to_owned());
        let batch = turn(&answer, &told("claude.ai"), &hasher()).unwrap();
        let named = |event: &&vigil_proto::Event<_>| event.kind.name() == KindName::System;
        assert_eq!(batch.events.iter().filter(named).count(), notes, "{how}");
    }
}

#[test]
fn what_is_no_turn_of_a_known_site_is_refused() {
    let good = said(Role::User, "m1", None, "a question");
    assert_eq!(turn(&good, &told("evil.example"), &hasher()).err(), Some(Refused::Site));
    let nameless = said(Role::User, "", None, "a question");
    assert_eq!(turn(&nameless, &told("claude.ai"), &hasher()).err(), Some(Refused::Id));
    let long = said(Role::User, &"m".repeat(1000), None, "a question");
    assert_eq!(turn(&long, &told("claude.ai"), &hasher()).err(), Some(Refused::Id));
    let refused = pasted("evil.example", "x", Timestamp::from_micros(1), &hasher()).err();
    assert_eq!(refused, Some(Refused::Site));
}
