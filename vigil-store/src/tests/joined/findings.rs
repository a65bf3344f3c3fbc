//! Findings of a session that is joined: their place, and the suppressions that cover them then.

use super::*;

#[test]
fn a_finding_has_one_place_in_the_session_that_is_left() {
    for client_first in [true, false] {
        let bench = Bench::new();
        let span = Span { field: Field::Text, start: 0, end: 2 };
        let put = |batch: Batch<Masked>| {
            let found = batch.events.iter().filter(|event| matches!(event.kind, Kind::Prompt(_)));
            let found = found.map(|event| finding("a", Severity::High, event.id, span)).collect();
            bench.writer.submit(batch, found).unwrap();
            bench.writer.flush().unwrap();
        };

        let (told, seen) = (told(Ids::Own), seen());
        let (first, second) = if client_first { (told, seen) } else { (seen, told) };
        first.into_iter().chain(second).for_each(put);

        is_one(&bench);
        let findings = bench.reader().findings().unwrap().findings;
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].session.as_ref().unwrap().as_str(), "s1");
        assert_eq!(findings[0].sightings, 2, "two prompts say it: {client_first}");
        let row = bench.reader().sessions().unwrap().sessions.remove(0);
        assert_eq!(row.findings, 1);
        let event = bench.reader().event_view(EventAt::Id(findings[0].event), 0).unwrap();
        assert!(event.is_some(), "the finding leads to its event");
    }
}

#[test]
fn what_was_found_before_it_was_joined_is_suppressed_in_the_project_it_turns_out_to_be_of() {
    for client_first in [true, false] {
        let bench = Bench::new();
        let rule = "aws_access_key".to_owned();
        let of = crate::SuppressionOf::Project { rule, project: masked("/code/demo") };
        let order = crate::Suppression { of, reason: masked("a demo"), expires: None };
        bench.writer.suppress(order, second(50)).unwrap();
        let span = Span { field: Field::Text, start: 0, end: 2 };
        let mut told = told(Ids::Own);
        for batch in &mut told {
            batch.sessions[0].cwd = Some(masked("/code/demo"));
        }
        let seen = seen();

        // Only in what the proxy saw the value is found.
        let found = finding("a", Severity::High, seen[0].events[0].id, span);
        let key = found.id;
        let put_seen = || {
            let mut found = Some(found.clone());
            for batch in seen.clone() {
                bench.writer.submit(batch, found.take().into_iter().collect()).unwrap();
                bench.writer.flush().unwrap();
            }
        };
        if client_first {
            tell(&bench, told);
            put_seen();
        } else {
            put_seen();
            assert_eq!(bench.reader().finding(key).unwrap().unwrap().state, Triage::Open);
            tell(&bench, told);
        }

        is_one(&bench);
        let state = bench.reader().finding(key).unwrap().unwrap().state;
        assert_eq!(state, Triage::Suppressed, "{client_first}");
    }
}
