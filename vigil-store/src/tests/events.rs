//! One event in full, and the beginnings of many.

use vigil_proto::{
    EventId, Kind, Outcome, Severity, Span, Witness,
    event::{Field, Gap},
    view::EventView,
};

use super::parts::{
    Bench, batch, event, finding, masked, prompt, response, tool_call, tool_result,
};
use crate::EventAt;

const MASK: &str = "[[vigil:aws_access_key:AKIA****WXYZ:0011223344556677]]";

fn view(bench: &Bench, at: EventAt, from: u64) -> EventView {
    bench.reader().event_view(at, from).unwrap().unwrap()
}

#[test]
fn a_part_that_was_not_searched_is_counted_once_whoever_tells_it_again() {
    let bench = Bench::new();
    let gap = |id: u8, reason| {
        let detail = masked("not searched for secrets");
        let kind = Kind::Gap(Gap { reason, detail, bytes: Some(9) });
        event(EventId::from_bytes([id; 16]), 1, 0, kind)
    };
    let told = batch(
        Witness::Transcript,
        vec![gap(1, "compressed"), gap(2, "compressed"), gap(3, "encoded-too-deep")],
    );

    bench.put(told.clone());
    bench.put(told);

    let drops = bench.reader().status().unwrap().drops;
    assert_eq!((drops["gap.compressed"], drops["gap.encoded-too-deep"]), (2, 1));
}

#[test]
fn a_browser_finds_the_mask_where_it_is_told_to_be() {
    let bench = Bench::new();
    let text = format!("naïve 😀 {MASK} — und weiter");
    let event = prompt(1, &text);
    let start = text.find(MASK).unwrap();
    let span = Span {
        field: Field::Text,
        start: u32::try_from(start).unwrap(),
        end: u32::try_from(start + MASK.len()).unwrap(),
    };
    let found = finding("v", Severity::Critical, event.id, span);
    bench.writer.submit(batch(Witness::Transcript, vec![event.clone()]), vec![found]).unwrap();
    bench.writer.flush().unwrap();

    let view = view(&bench, EventAt::Id(event.id), 0);

    let units: Vec<u16> = view.event.text.unwrap().as_str().encode_utf16().collect();
    let span = &view.spans[0];
    let shown = &units[usize::try_from(span.start).unwrap()..usize::try_from(span.end).unwrap()];
    assert_eq!(String::from_utf16(shown).unwrap(), MASK);
    assert_eq!((span.severity, span.rule.as_str()), (Severity::Critical, "aws_access_key"));
    assert_eq!(view.session_key, event.session);
}

#[test]
fn a_long_text_comes_in_pieces_that_cut_no_mask_and_lose_nothing() {
    let bench = Bench::new();
    let text = format!("{}{MASK}{}", "é".repeat(32 * 1024 - 10), " and so on".repeat(20_000));
    bench.put(batch(Witness::Transcript, vec![response(1, "m1", &text)]));

    let mut told = String::new();
    let mut from = Some(0);
    let mut pieces = 0;
    while let Some(at) = from {
        let view = view(&bench, EventAt::Seq(1), at);
        assert_eq!((view.from, view.bytes), (at, text.len() as u64));
        let piece = view.event.text.unwrap().into_string();
        assert!(piece.len() <= 64 * 1024);
        assert_eq!(piece.matches("[[vigil:").count(), piece.matches("]]").count());
        told.push_str(&piece);
        from = view.next;
        pieces += 1;
    }

    assert!(told == text, "the pieces are not the text");
    assert!(pieces > 3);
    let beyond = view(&bench, EventAt::Seq(1), u64::MAX);
    assert_eq!((beyond.event.text.unwrap().as_str(), beyond.next), ("", None));
}

#[test]
fn a_span_in_a_later_piece_counts_from_its_beginning() {
    let bench = Bench::new();
    let text = format!("{} {MASK} tail", "é".repeat(40 * 1024));
    let event = prompt(1, &text);
    let start = text.find(MASK).unwrap();
    let [start, end] = [start, start + MASK.len()].map(|at| u32::try_from(at).unwrap());
    let span = Span { field: Field::Text, start, end };
    let found = finding("v", Severity::High, event.id, span);
    bench.writer.submit(batch(Witness::Transcript, vec![event]), vec![found]).unwrap();
    bench.writer.flush().unwrap();

    let first = view(&bench, EventAt::Seq(1), 0);
    let second = view(&bench, EventAt::Seq(1), first.next.unwrap());

    assert!(first.spans.is_empty());
    let units: Vec<u16> = second.event.text.unwrap().as_str().encode_utf16().collect();
    let span = &second.spans[0];
    let shown = &units[usize::try_from(span.start).unwrap()..usize::try_from(span.end).unwrap()];
    assert_eq!(String::from_utf16(shown).unwrap(), MASK);
}

#[test]
fn an_event_says_who_saw_it_where_and_what_belongs_to_it() {
    let bench = Bench::new();
    let (call, result) = (tool_call(1, "t1", "{}"), tool_result(2, "t1", "ok", Outcome::Executed));
    bench.put(batch(Witness::Transcript, vec![call.clone(), result.clone()]));
    bench.put(batch(Witness::Proxy, vec![call.clone()]));
    bench.put(batch(Witness::Hook, vec![tool_result(2, "t1", "no", Outcome::Executed)]));

    let seen = view(&bench, EventAt::Id(call.id), 0);
    let answered = view(&bench, EventAt::Id(result.id), 0);

    let who: Vec<(&str, bool, &str)> = seen
        .sightings
        .iter()
        .map(|row| (row.witness.as_str(), row.independent, row.place.as_str()))
        .collect();
    assert_eq!(
        who,
        [("transcript", false, "/place/of/transcript"), ("proxy", true, "/place/of/proxy")]
    );
    assert_eq!(seen.pair, Some(answered.event.seq));
    assert_eq!(answered.pair, Some(seen.event.seq));
    let other = answered.contradicted_by.unwrap();
    assert_eq!(view(&bench, EventAt::Id(other), 0).event.conflicts_with, Some(result.id));
    assert!(seen.contradicted_by.is_none());
    assert!(bench.reader().event_view(EventAt::Seq(99), 0).unwrap().is_none());
}

#[test]
fn excerpts_are_beginnings_with_the_results_of_calls() {
    let bench = Bench::new();
    let long = format!("{}{MASK}{}", "x".repeat(390), "y".repeat(500));
    let answer = "z".repeat(1000);
    bench.put(batch(
        Witness::Transcript,
        vec![
            response(1, "m1", &long),
            tool_call(2, "t1", r#"{"command":"ls"}"#),
            tool_result(3, "t1", &answer, Outcome::Executed),
            tool_call(4, "t2", "{}"),
            event(vigil_proto::EventId::from_bytes([9; 16]), 5, 0, prompt(5, "").kind),
        ],
    ));

    let excerpts = bench.reader().excerpts(&[4, 1, 77, 2, 5]).unwrap().excerpts;

    let shown: Vec<(i64, &str, Option<usize>)> = excerpts
        .iter()
        .map(|one| (one.seq, one.text.as_str(), one.result.as_ref().map(|r| r.as_str().len())))
        .collect();
    assert_eq!(
        shown,
        [
            (4, "{}", None),
            (1, &*"x".repeat(390), None),
            (2, r#"{"command":"ls"}"#, Some(200)),
            (5, "", None),
        ]
    );
}
