use vigil_proto::{
    Coverage, Timestamp, Witness,
    event::ProcessRef,
    report::{AgentStatus, Gaps, Next, SiteRow, SiteState, Status},
    surface::{self, ClientEvidence, Evidence, Flows, Route},
};

use super::{coverage, show};
use crate::terminal::Console;

/// All of `status`, as a terminal of 80 columns shows it.
fn shown(status: &Status) -> String {
    let (mut console, said) = Console::kept(80);
    show(status, &["codex".to_owned()], &mut console).unwrap();
    console.flush().unwrap();
    said.lines().join("\n")
}

fn of(client: &str, witness: Witness, route: &Route) -> surface::Surface {
    let seen = Evidence { count: 3, last: Some(Timestamp::from_micros(1_700_000_000_000_000)) };
    let evidence = ClientEvidence {
        client: client.to_owned(),
        witnesses: [(witness, seen)].into(),
        ..ClientEvidence::default()
    };
    let now = Timestamp::from_micros(1_700_000_000_000_000);
    let matrix = surface::matrix(vec![evidence], now, |_| route.clone());
    matrix.into_iter().find(|surface| surface.client == client).unwrap()
}

#[test]
fn eighty_columns_hold_all_of_it_and_no_command_is_broken() {
    let mut claude = of("claude-code", Witness::Transcript, &Route::Led);
    let started = Timestamp::from_micros(1_700_000_000_000_000);
    claude.restart = vec![ProcessRef { pid: 4711, started }];
    let status = Status {
        agent: AgentStatus {
            running: true,
            kept: Some("not installed; this agent was started in a terminal, and ends with it".into()),
            ..AgentStatus::default()
        },
        surfaces: vec![claude],
        warnings: vec![
            "a warning that is far too long for one line of eighty columns says `vigil ingest --once`".into(),
        ],
        gaps: Gaps { n: 3, last: None, by: [("pause".into(), 2), ("absence".into(), 1)].into() },
        next: vec![
            Next::by_hand("start Claude Code anew: process 4711 was begun before its settings led to the proxy"),
            Next::run("vigil route env copilot-cli", "has the variables that lead Copilot CLI through the proxy"),
            Next::run("vigil events --kind gap --since 24h", "lists gaps in the record of the last day"),
        ],
        ..Status::default()
    };

    let words = shown(&status);

    let wide: Vec<&str> = words.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:?}");
    for whole in [
        "`vigil ingest --once`",
        "  vigil route env copilot-cli  has the variables",
        "\n  vigil events --kind gap --since 24h\n",
        "lead to the proxy; begun before that, needs a new start",
        "3 in the last day: absence 1, pause 2",
        "  service   not installed; this agent",
        "\n  codex  led to the proxy; never seen yet",
        "  start Claude Code anew: process 4711",
    ] {
        assert!(words.contains(whole), "{whole} is not in {words}");
    }
}

#[test]
fn sites_say_how_well_they_are_read_and_their_rows_claim_no_coverage() {
    let status = Status {
        surfaces: vec![of("claude-web", Witness::Browser, &Route::None)],
        sites: vec![SiteRow {
            site: "claude.ai".into(),
            client: "claude-web".into(),
            state: SiteState::Stale,
            words: "it has changed".into(),
            told: None,
            last: None,
            health: None,
        }],
        ..Status::default()
    };

    let words = shown(&status);

    assert!(words.contains("  claude.ai  stale\n    it has changed\n"), "{words}");
    assert!(words.contains("last on record never"), "{words}");
    let (_, row) = words.split_once("claude-web").unwrap();
    let (row, _) = row.split_once("Web sites").unwrap();
    assert!(!row.contains("coverage"), "{row}");
}

#[test]
fn nothing_to_do_is_no_heading() {
    assert!(!shown(&Status::default()).contains("Next"));
}

fn words(captured: u64, direct: u64, tunnelled: u64, unknown: u64) -> String {
    coverage(&Coverage::from(Flows { captured, tunnelled, direct, unknown }))
}

#[test]
fn a_share_is_never_rounded_up_to_all_of_it() {
    let words = words(999, 1, 0, 0);

    assert_eq!(words, "99 % of the last 24h (999 decrypted, 1 past the proxy; by kernel)");
}

#[test]
fn what_counts_neither_for_nor_against_it_is_told() {
    let words = words(7, 4, 2, 3);

    assert!(words.contains(", 2 passed on unread, 3 past it to addresses"), "{words}");
}

#[test]
fn connections_to_nameless_addresses_are_not_told_as_none_at_all() {
    assert!(words(0, 0, 0, 0).contains("no connection to an AI host"));

    let words = words(0, 0, 0, 2);

    assert!(!words.contains("no connection") && words.contains("2 past it"), "{words}");
}

#[test]
fn without_a_count_nothing_is_guessed() {
    assert!(coverage(&Coverage::unknown()).starts_with("unknown: nothing independent"));
}
