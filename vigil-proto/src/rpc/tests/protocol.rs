//! docs/PROTOCOL.md says what the code does: its tables and its example are held against it.

use std::{collections::BTreeSet, fmt::Debug};

use super::{
    hex,
    samples::{all, requests, responses},
};
use crate::rpc::{
    BadCa, Refusal, Request, Unsupported, Verb, authority,
    frame::{self, MAJOR, REQUEST_CAP, RESPONSE_CAP},
    limits,
};

const DOCUMENT: &str = include_str!("../../../../docs/PROTOCOL.md");

/// The cells of the rows below the heading `## heading`, without the table's own head.
fn table(heading: &str) -> Vec<Vec<String>> {
    let after = DOCUMENT.split(&format!("## {heading}\n")).nth(1).unwrap();
    let section = after.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// The fields that a message shows of itself, at the top.
fn fields(message: &impl Debug) -> Vec<String> {
    let shown = format!("{message:#?}");
    let at_the_top = |line: &&str| line.starts_with("    ") && !line.starts_with("     ");
    let name = |line: &str| Some(line.trim().split_once(": ")?.0.to_owned());
    shown.lines().filter(at_the_top).filter_map(name).collect()
}

#[test]
fn every_verb_stands_in_the_table_in_the_order_of_the_wire() {
    let rows = table("Verbs");

    let written: Vec<_> = rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let built: Vec<_> =
        Verb::ALL.iter().map(|verb| ((*verb as usize).to_string(), format!("`{verb}`"))).collect();
    assert_eq!(written, built);
}

#[test]
fn the_table_names_what_a_verb_carries() {
    let rows = table("Verbs");

    for request in requests() {
        let carries = &rows[request.verb() as usize][2];
        let shown = match &request {
            Request::Anchor(anchor) => fields(anchor),
            other => fields(other),
        };
        assert_eq!(carries.is_empty(), shown.is_empty(), "{request:?}");
        for field in shown {
            assert!(carries.contains(&format!("`{field}`")), "{request:?} carries {field}");
        }
    }
}

#[test]
fn the_table_says_who_may_ask() {
    let rows = table("Verbs");

    for verb in Verb::ALL {
        let of_verb = requests().into_iter().filter(|request| request.verb() == *verb);
        let needed: BTreeSet<_> = of_verb.map(|request| authority(&request)).collect();
        let needed: Vec<_> = needed.iter().map(ToString::to_string).collect();
        assert_eq!(rows[*verb as usize][3], needed.join("; "), "{verb}");
    }
}

#[test]
fn the_table_marks_what_changes_something() {
    let rows = table("Verbs");

    for verb in Verb::ALL {
        let marked = rows[*verb as usize][4] == "change";
        assert_eq!(marked, verb.is_change(), "{verb}");
    }
}

#[test]
fn every_answer_is_told() {
    let told = table("Answers").into_iter().map(|row| row[0].clone()).collect::<String>();

    for response in responses() {
        let shown = format!("{response:?}");
        let name = shown.split([' ', '(']).next().unwrap();
        assert!(told.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_refusal_stands_in_the_table_in_the_order_of_the_wire() {
    let name = |refusal: &dyn Debug| {
        let shown = format!("{refusal:?}");
        shown.split('(').next().unwrap().to_owned()
    };
    let rows = |heading| -> Vec<_> {
        table(heading).iter().map(|row| row[1].trim_matches('`').to_owned()).collect()
    };

    let refusals = all::<Refusal>();
    assert_eq!(rows("Refusals"), refusals.iter().map(|r| name(r)).collect::<Vec<_>>());
    let unsupported = all::<Unsupported>();
    assert_eq!(rows("Not supported"), unsupported.iter().map(|r| name(r)).collect::<Vec<_>>());
    let certificates = all::<BadCa>();
    assert_eq!(
        rows("Certificates refused"),
        certificates.iter().map(|r| name(r)).collect::<Vec<_>>()
    );
}

#[test]
fn the_example_is_what_is_sent() {
    let request = Request::ProxyEnable {
        mode: crate::rpc::ProxyMode::Pac,
        port: super::samples::port(),
        lease_s: super::samples::lease_s(),
    };

    for (id, request) in [(1, Request::hello()), (2, request)] {
        let bytes = hex(&frame::encode(id, &request).unwrap());
        let document: String = DOCUMENT.split_whitespace().collect();
        assert!(document.contains(&bytes), "{request:?} is {bytes}");
    }
}

#[test]
fn the_limits_are_those_that_are_built_in() {
    let limits = [
        format!("major version {MAJOR}"),
        format!("a request at most {REQUEST_CAP}"),
        format!("an answer at most {RESPONSE_CAP}"),
        format!("{} s | from the beginning", limits::GREETING.as_secs()),
        format!("{} s | from a frame's first byte", limits::FRAME.as_secs()),
        format!("{} s | without a frame", limits::IDLE.as_secs()),
        format!("{} s | after which a watching", limits::WATCH_SILENCE.as_secs()),
        format!("{} | connections of one uid", limits::CONNECTIONS_PER_UID),
        format!("{} | connections in all", limits::CONNECTIONS),
        format!("{} | requests of one uid in a second", limits::REQUESTS_PER_SECOND),
        format!("{} | changes of one uid in a minute", limits::CHANGES_PER_MINUTE),
        format!("{} | renewals of one uid in a minute", limits::RENEWALS_PER_MINUTE),
        format!("{} | rows of the journal of one uid in a day", limits::JOURNAL_ROWS_PER_DAY),
    ];

    for limit in limits {
        assert!(DOCUMENT.contains(&limit), "{limit}");
    }
}
