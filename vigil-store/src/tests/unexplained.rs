//! What a client says that a session cost, beside the calls on record.

use vigil_proto::{
    Batch, Event, Kind, Masked, NaturalKey, Witness,
    event::{CallRank, System},
    report::UsageBy,
};

use super::parts::{Bench, batch, content, event, in_session, masked, model_call, session};

/// The client's own total, as it stands in a record.
fn told(second: i64, total: &str, models: &str) -> Event<Masked> {
    let text = format!(r#"{{"type":"cost-state","totalCostUSD":{total}{models}}}"#);
    let key = NaturalKey::Content {
        session: session(),
        what: "cost-state",
        content: vigil_proto::ContentHash(content(&text)),
    };
    let kind = Kind::System(System { name: masked("cost-state"), text: masked(text.as_str()) });
    event(key.id(), second, content(&text), kind)
}

fn put(bench: &Bench, events: Vec<Event<Masked>>) {
    let batch: Batch<Masked> = in_session("s1", batch(Witness::Transcript, events));
    bench.put(batch);
}

#[test]
fn the_part_of_a_clients_total_that_no_call_explains_is_told() {
    let bench = Bench::new();
    put(&bench, vec![model_call(1, "m1", 90, CallRank::Stopped)]);
    let reader = bench.reader();
    let own = reader.sessions().unwrap().sessions[0].clone();
    let recorded = own.usage.cost_usd;
    let unexplained = |reader: &crate::Reader| {
        (
            reader.session_view(own.key).unwrap().unwrap().unexplained,
            reader.usage(UsageBy::Day, "UTC").unwrap().unexplained,
        )
    };
    assert_eq!(unexplained(&reader), (None, None), "no total is told");

    // As much as the calls on record, then more when the session was gone on with.
    put(&bench, vec![told(2, &recorded.to_string(), "")]);
    assert_eq!(unexplained(&reader), (None, None), "the calls explain it");
    let models = r#","modelUsage":{"m":{"inputTokens":100000,"outputTokens":20}}"#;
    put(&bench, vec![told(3, &(recorded + 0.5).to_string(), models)]);

    let (of_session, of_all) = unexplained(&reader);
    assert_eq!(of_session, of_all);
    let of_session = of_session.unwrap();
    assert!((of_session.cost_usd - 0.5).abs() < 1e-6, "{of_session:?}");
    let total = &own.usage;
    let recorded = total.input + total.cache_read + total.cache_write + total.output;
    assert_eq!(of_session.tokens, Some(100_020 - i64::try_from(recorded).unwrap()));
}

#[test]
fn a_record_of_another_shape_tells_nothing() {
    let bench = Bench::new();
    put(&bench, vec![model_call(1, "m1", 90, CallRank::Stopped)]);
    for (second, total) in [(2, "\"much\""), (3, "null"), (4, "-1"), (5, "1e999")] {
        put(&bench, vec![told(second, total, "")]);
    }
    assert_eq!(bench.reader().usage(UsageBy::Day, "UTC").unwrap().unexplained, None);
}
