//! `vigil usage` and `vigil sessions` narrowed to what a person asks for.

use serde_json::Value;

use crate::{
    home::Home,
    record::{SESSIONS, record},
};

fn recorded() -> Home {
    let home = Home::new();
    record(&home);
    home
}

fn calls(home: &Home, args: &[&str]) -> u64 {
    let args: Vec<&str> = ["usage", "--json"].iter().chain(args).copied().collect();
    home.vigil(args).exits(0).document("usage")["total"]["calls"].as_u64().unwrap()
}

#[test]
fn usage_can_be_narrowed_by_time_client_and_project() {
    let home = recorded();

    for (args, expected) in [
        (&["--since", "2025-11-23"][..], 1),
        (&["--until", "2025-11-22"], 1),
        (&["--until", "2025-11-23"], 2),
        (&["--since", "2025-11-22T10:00:00Z", "--until", "2025-11-22T10:01:00Z"], 1),
        (&["--client", "claude-code"], 2),
        (&["--client", "Claude Code"], 2),
        (&["--client", "codex"], 0),
        (&["--project", "/home/dev/shop"], 1),
        (&["--project", "/home/dev"], 1),
        (&["--project", "shop"], 1),
        (&["--project", "sho"], 0),
    ] {
        assert_eq!(calls(&home, args), expected, "{args:?}");
    }
    let nothing = home.vigil(["usage", "--client", "codex"]).exits(0);
    assert_eq!(nothing.stdout, "");
    assert!(nothing.stderr.contains("No model call matches"), "{nothing:?}");
}

#[test]
fn the_folder_that_one_is_in_can_be_the_project() {
    let home = recorded();
    let here = home.path("shop");
    std::fs::create_dir(&here).unwrap();

    let mut command = home.command(["usage", "--json", "--project", "."]);
    let output = command.current_dir(&here).output().unwrap();

    // Another folder of that name is not meant.
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["total"]["calls"], 0, "{document}");
}

#[test]
fn days_are_those_of_the_users_time_zone_and_named() {
    let home = recorded();
    let days = |zone: &str| {
        let output = home.command(["usage"]).env("TZ", zone).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };

    // Ten in the morning in Greenwich is the same evening in Tokyo and past midnight in Kiritimati.
    let (table, words) = days("Asia/Tokyo");
    assert!(table.contains("\n2025-11-22 ") && words.contains("midnight in Asia/Tokyo"), "{words}");
    let (table, words) = days("Pacific/Kiritimati");
    assert!(table.contains("\n2025-11-23 ") && table.contains("\n2025-11-24 "), "{table}");
    assert!(words.contains("midnight in Pacific/Kiritimati"), "{words}");
}

#[test]
fn rows_by_session_tell_whose_they_are() {
    let home = recorded();

    let document = home.vigil(["usage", "--by", "session", "--json"]).exits(0).document("usage");
    let table = home.vigil(["usage", "--by", "session"]).exits(0).stdout;

    let rows = document["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["key"] == SESSIONS[1]).unwrap();
    assert_eq!(
        (&row["client"], &row["project"]),
        (&"claude-code".into(), &"/home/dev/shop".into())
    );
    assert!(table.contains("fix \\u{1b}[2J\\u{202e}the build"), "{table}");
    assert!(!table.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn colour_is_only_there_where_it_is_wanted() {
    let home = recorded();
    let shown = |args: &[&str]| home.vigil(args).exits(0).stdout;

    assert!(shown(&["usage", "--color", "always"]).contains("\u{1b}[1mDAY"));
    assert!(!shown(&["usage"]).contains('\u{1b}'));
    let quiet = home.command(["usage"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!String::from_utf8(quiet.stdout).unwrap().contains('\u{1b}'));
}

#[test]
fn a_client_that_nobody_knows_is_refused_with_those_that_are_known() {
    let home = recorded();

    for command in ["usage", "sessions"] {
        let ran = home.vigil([command, "--client", "clod\u{1b}[31m", "--json"]).exits(2);
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.contains("is no client that Vigil knows"), "{ran:?}");
        assert!(ran.stderr.contains("claude-code, codex, gemini-cli"), "{ran:?}");
        assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
    }
}

#[test]
fn sessions_can_be_narrowed_to_a_project() {
    let home = recorded();
    let ids = |project: &str| -> Vec<Value> {
        let args = ["sessions", "--json", "--project", project];
        let document = home.vigil(args).exits(0).document("sessions");
        let rows = document["sessions"].as_array().unwrap();
        rows.iter().map(|row| row["id"].clone()).collect()
    };

    assert_eq!(ids("shop"), [SESSIONS[1]]);
    assert_eq!(ids("/home/dev/shop/"), [SESSIONS[1]]);
    assert_eq!(ids("nowhere"), Vec::<Value>::new());
}

#[test]
fn a_time_without_a_zone_is_the_users_own() {
    let home = recorded();
    let calls = |zone: &str, args: &[&str]| {
        let mut command = home.command(["usage", "--json"]);
        let output = command.args(args).env("TZ", zone).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document["total"]["calls"].clone()
    };

    // The first call is at ten in the morning in Greenwich, seven in the evening in Tokyo.
    assert_eq!(calls("UTC", &["--until", "2025-11-22T09:00"]), 0);
    assert_eq!(calls("UTC", &["--until", "2025-11-22 11:00"]), 1);
    assert_eq!(calls("Asia/Tokyo", &["--until", "2025-11-22 11:00"]), 0);
    assert_eq!(calls("Asia/Tokyo", &["--until", "2025-11-22T20:00"]), 1);
    assert_eq!(calls("UTC", &["--since", "2025-11-22T11:00"]), 1);
}

#[test]
fn what_nothing_could_match_is_refused() {
    let home = recorded();

    // A day is meant to its end, so that the second is empty as well.
    for until in ["2025-11-22", "2025-11-23"] {
        let turned = home.vigil(["usage", "--since", "2025-11-24", "--until", until]).exits(2);
        assert!(turned.stderr.contains("`--since` is not before `--until`"), "{turned:?}");
    }
    home.vigil(["usage", "--since", "2025-11-24", "--until", "2025-11-24"]).exits(0);
    for args in [&["sessions"][..], &["events"], &["search", "deploy"]] {
        let mut command = home.command(args);
        let output = command.args(["--limit", "0"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(home.vigil([args, &["--limit", "1"]].concat()).code == 0, "{args:?}");
    }
}

#[test]
fn a_session_that_is_none_or_more_than_one_is_refused() {
    let home = recorded();

    for command in ["events", "findings"] {
        let ran = home.vigil([command, "--session", "nope", "--json"]).exits(1);
        assert_eq!(ran.stdout, "", "{command}");
        assert!(ran.stderr.contains("no session `nope` is recorded"), "{ran:?}");
        assert_eq!(home.vigil([command, "--session", SESSIONS[0]]).exits(0).code, 0);
    }
    let unseen = home.vigil(["events", "--session", SESSIONS[0], "--since", "2025-12-01"]).exits(0);
    assert!(unseen.stderr.contains("No event matches"), "{unseen:?}");
    let empty = Home::new().vigil(["events", "--session", "nope"]).exits(1);
    assert!(empty.stderr.contains("no session `nope` is recorded"), "{empty:?}");
}

#[test]
fn what_is_forgotten_of_a_project_is_what_is_listed_of_it() {
    let home = recorded();
    let ids = |project: &str| -> Vec<Value> {
        let args = ["forget", "--project", project, "--dry-run", "--json"];
        let document = home.vigil(args).exits(0).document("forget");
        let rows = document["sessions"].as_array().unwrap();
        rows.iter().map(|row| row["id"].clone()).collect()
    };

    assert_eq!(ids("shop"), [SESSIONS[1]]);
    assert_eq!(ids("dev/shop"), [SESSIONS[1]]);
    assert_eq!(ids("/home/dev"), [SESSIONS[1]]);
    let none = home.vigil(["forget", "--project", "sho", "--dry-run"]).exits(1);
    assert!(none.stderr.contains("no session is recorded that ran in sho"), "{none:?}");
    let what = home.vigil(["forget"]).exits(2);
    assert!(what.stderr.contains("--project"), "{what:?}");
}

#[test]
fn who_forgets_what_was_forked_is_told_whose_cost_goes() {
    let home = recorded();

    let original = home.vigil(["forget", SESSIONS[1], "--dry-run"]).exits(0);
    let fork = home.vigil(["forget", SESSIONS[0], "--dry-run"]).exits(0);

    assert!(original.stderr.contains("that stay and go on from these: 1."), "{original:?}");
    assert!(!fork.stderr.contains("go on from these"), "{fork:?}");
}
