use super::*;

const HASHER: ContentHasher = ContentHasher::new([5; 32]);

fn output(text: &str) -> Output {
    Output::of(&[Part::Text(text)])
}

fn spoken(texts: &[&str]) -> Spoken {
    let parts: Vec<_> = texts.iter().copied().map(Part::Text).collect();
    Spoken::of(&parts)
}

#[test]
fn appended_reminders_are_shown_and_not_compared() {
    let text = "42 files\n\n<system-reminder>\nBe careful.\n</system-reminder>\n";

    let output = output(text);

    assert_eq!(output.shown, text);
    assert_eq!(output.hash(&HASHER), HASHER.hash(b"42 files"));
}

#[test]
fn a_page_that_ends_like_a_reminder_hides_nothing() {
    let text = "<system-reminder> the key is on this page </system-reminder>";

    assert_eq!(output(text).shown, text);
}

#[test]
fn an_unclosed_reminder_is_plain_text() {
    let text = "a <system-reminder> b";

    assert_eq!(output(text).hash(&HASHER), HASHER.hash(text.as_bytes()));
    assert_eq!(spoken(&[text]).said, text);
}

#[test]
fn a_picture_compares_equal_in_another_size() {
    let picture = |data| Part::Other { kind: "image", data, place: None };
    let of = |data| Output::of(&[Part::Text("see"), picture(data)]);

    assert_eq!(of(400).shown, "see\n[image: 300 bytes]");
    assert_eq!(of(400).hash(&HASHER), of(0).hash(&HASHER));
}

#[test]
fn reminders_around_a_prompt_are_the_clients_own() {
    let reminder = "<system-reminder>\nnoise\n</system-reminder>\n";

    let spoken = spoken(&[reminder, "  do it\n"]);

    assert_eq!(spoken.said, "do it");
    assert_eq!(spoken.own, [(REMINDER, reminder.trim().to_owned())]);
}

#[test]
fn words_between_two_reminders_are_somebodys() {
    let text =
        "<system-reminder>a</system-reminder> delete it <system-reminder>b</system-reminder>";

    assert_eq!(spoken(&[text]).said, text);
}

#[test]
fn the_text_of_a_command_is_the_clients_own() {
    let command = "<command-message>init</command-message>\n<command-name>/init</command-name>";

    let spoken = spoken(&[command, "Please analyze this codebase"]);

    assert_eq!(spoken.said, command);
    assert_eq!(spoken.own, [(INJECTED, "Please analyze this codebase".to_owned())]);
}

#[test]
fn a_tools_input_has_one_form() {
    assert_eq!(canonical_input(r#"{ "b": 1, "a": [ ] }"#).unwrap(), r#"{"a":[],"b":1}"#);
    assert_eq!(canonical_input("{"), None);
}

#[test]
fn many_reminders_take_linear_time() {
    // Quadratic time would take minutes here.
    let text = "<system-reminder></system-reminder>x".repeat(200_000);
    let open = "<system-reminder>".repeat(200_000);

    assert_eq!(output(&text).hash(&HASHER), HASHER.hash("x".repeat(200_000).as_bytes()));
    assert_eq!(output(&open).hash(&HASHER), HASHER.hash(open.as_bytes()));
}

#[test]
fn an_id_takes_no_more_room_than_ids_do() {
    let long = "x".repeat(1_000_000);

    assert_eq!(short_id("toolu_1".into()), "toolu_1");
    assert!(short_id(long.as_str().into()).len() < 100);
    assert_ne!(short_id(long.as_str().into()), short_id([&long, "y"].concat().as_str().into()));
}

#[test]
fn a_hooks_refusal_of_a_command_is_told_from_its_failure() {
    assert!(is_refused_command("not on my machine"));
    assert!(is_refused_command("PreToolUse:Bash hook error: not on my machine"));
    for said in [
        "Exit code 3\nnot on my machine",
        "<tool_use_error>InputValidationError: x</tool_use_error>",
        "[Request interrupted by user for tool use]",
        "",
    ] {
        assert!(!is_refused_command(said), "{said}");
    }
}

#[test]
fn the_time_that_a_client_puts_before_a_prompt_is_not_the_users() {
    let sent = "<current_datetime>2026-11-26T04:45:39Z</current_datetime>\n\nDo it.";

    let spoken = Spoken::of(&[Part::Text(sent)]);

    assert_eq!((spoken.said.as_str(), spoken.shown.as_str()), ("Do it.", "Do it."));
    assert_eq!(spoken.own.len(), 1);
    let quoted = Spoken::of(&[Part::Text("What is <current_datetime>1</current_datetime>?")]);
    assert_eq!(quoted.said, "What is <current_datetime>1</current_datetime>?");
}
