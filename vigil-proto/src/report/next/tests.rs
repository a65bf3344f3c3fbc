use super::{Next, next};
use crate::{
    Timestamp, Witness,
    event::ProcessRef,
    report::{
        AgentStatus, BrowserRow, DaemonState, DaemonStatus, Gaps, ProxyStatus, ServiceState,
        StartedBy, Status,
    },
    surface::{self, ClientEvidence, Evidence, Route, Surface},
};

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// Everything as it should be, and nothing missing.
fn complete() -> Status {
    let mut status = Status {
        agent: AgentStatus {
            running: true,
            started_by: StartedBy::Service,
            ..AgentStatus::default()
        },
        proxy: ProxyStatus { running: true, ..ProxyStatus::default() },
        daemon: DaemonStatus::without(DaemonState::Running, None),
        service: ServiceState::Installed,
        ..Status::default()
    };
    status.intel.oldest = Some(NOW);
    status
}

fn codex(witness: Witness, route: &Route) -> Surface {
    let seen = Evidence { count: 3, last: Some(NOW) };
    let client = ClientEvidence {
        client: "codex".to_owned(),
        witnesses: [(witness, seen)].into(),
        ..ClientEvidence::default()
    };
    surface::matrix(vec![client], NOW, |_| route.clone())
        .into_iter()
        .find(|surface| surface.client == "codex")
        .unwrap()
}

fn commands(status: &Status) -> Vec<String> {
    next(status, NOW).into_iter().map(|Next { command, .. }| command.unwrap_or_default()).collect()
}

#[test]
fn where_nothing_is_missing_nothing_is_to_be_done() {
    assert!(next(&complete(), NOW).is_empty());
}

#[test]
fn a_machine_that_vigil_was_just_put_on_is_set_up_first() {
    let mut status = Status::default();
    assert_eq!(commands(&status), ["vigil setup", "vigil intel update"]);

    status.store.events = 1;
    assert_eq!(commands(&status), ["vigil up", "vigil intel update"]);

    status.service = ServiceState::Installed;
    assert_eq!(commands(&status), ["vigil service status", "vigil intel update"]);

    status.agent.pid = Some(7);
    assert_eq!(commands(&status), ["vigil logs", "vigil intel update"]);
}

#[test]
fn an_agent_that_was_started_by_hand_is_offered_what_is_missing() {
    let mut status = complete();
    status.service = ServiceState::Absent;
    status.agent.started_by = StartedBy::Terminal;
    status.surfaces =
        vec![codex(Witness::Transcript, &Route::Command("vigil route on codex".into()))];

    assert_eq!(commands(&status), ["vigil setup", "vigil route on codex", "vigil service install"]);

    status.service = ServiceState::NoManager;
    let here = commands(&status);
    assert_eq!(here, ["vigil setup", "vigil route on codex"], "no service can be had here");
}

#[test]
fn a_client_that_runs_since_before_it_was_led_is_to_be_started_anew() {
    let mut status = complete();
    let mut codex = codex(Witness::Transcript, &Route::Led);
    codex.restart = vec![
        ProcessRef { pid: 41, started: NOW },
        ProcessRef { pid: 42, started: NOW },
        ProcessRef { pid: 43, started: NOW },
    ];
    status.surfaces = vec![codex];

    let next = next(&status, NOW);

    let [Next { command: None, words, client }] = next.as_slice() else { panic!("{next:?}") };
    assert_eq!(client.as_deref(), Some("codex"));
    assert!(words.starts_with("start Codex anew: process 41 and 2 others were begun"), "{words}");
}

#[test]
fn a_client_that_is_led_and_does_not_come_through_is_for_the_doctor() {
    let mut status = complete();
    status.surfaces = vec![codex(Witness::Transcript, &Route::Led)];
    assert_eq!(commands(&status), ["vigil doctor"]);

    status.surfaces = vec![codex(Witness::Proxy, &Route::Led)];
    assert!(commands(&status).is_empty());
}

#[test]
fn lists_are_fetched_once_they_are_a_week_old() {
    let mut status = complete();
    let days = |n: i64| Timestamp::from_micros(NOW.as_micros() - n * 24 * 3600 * 1_000_000);
    status.intel.oldest = Some(days(6));
    assert!(commands(&status).is_empty());

    status.intel.oldest = Some(days(9));
    let next = next(&status, NOW);

    let [Next { command, words, .. }] = next.as_slice() else { panic!("{next:?}") };
    assert_eq!(command.as_deref(), Some("vigil intel update"));
    assert!(words.contains("9 days old"), "{words}");
}

#[test]
fn what_else_is_missing_has_its_command_and_none_is_told_twice() {
    let mut status = complete();
    status.agent.paused_since = Some(NOW);
    let row = |browser: &str, routed| BrowserRow {
        browser: browser.to_owned(),
        title: browser.to_owned(),
        routed,
    };
    status.browsers = vec![row("firefox", false), row("chromium", true)];
    status.daemon.state = DaemonState::Silent;
    status.surfaces = vec![codex(Witness::Transcript, &Route::Led)];
    status.gaps = Gaps { n: 2, last: Some(NOW), by: [("pause".to_owned(), 2)].into() };
    status.store.findings.insert("high".to_owned(), 1);

    assert_eq!(
        commands(&status),
        [
            "vigil resume",
            "vigil doctor",
            "vigil route on firefox",
            "vigil events --kind gap --since 24h",
            "vigil findings"
        ]
    );
}
