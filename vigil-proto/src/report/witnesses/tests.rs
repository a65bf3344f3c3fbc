use super::*;

fn told(by: &[Witness], model_calls: [u64; 3], tool_calls: [u64; 3]) -> String {
    let calls = |[both, proxy, client]: [u64; 3]| ToldBy { both, proxy, client };
    let witnesses = SessionWitnesses {
        by: by.to_vec(),
        model_calls: calls(model_calls),
        tool_calls: calls(tool_calls),
    };
    witnesses.to_string()
}

#[test]
fn what_one_side_alone_saw_is_said_where_both_saw_something() {
    use Witness::{Proxy, Telemetry, Transcript};
    let cases = [
        (told(&[], [0, 0, 0], [0, 0, 0]), ""),
        (told(&[Transcript], [0, 0, 3], [0, 0, 1]), "seen by the transcript only"),
        (told(&[Transcript, Proxy], [3, 0, 0], [1, 0, 0]), "seen by transcript and proxy"),
        (
            told(&[Transcript, Proxy], [3, 2, 0], [1, 0, 1]),
            "seen by transcript and proxy; 2 model calls by the proxy only; 1 tool call by the \
             transcript only",
        ),
        (
            told(&[Transcript, Proxy, Telemetry], [3, 1, 1], [0, 2, 0]),
            "seen by transcript, proxy and telemetry; 1 model call and 2 tool calls by the proxy \
             only; 1 model call by the client only",
        ),
    ];
    for (said, expected) in cases {
        assert_eq!(said, expected);
    }
}

#[test]
fn a_call_counts_on_the_side_that_told_of_it() {
    let mut told = ToldBy::default();
    let by = |witnesses: &[Witness]| {
        witnesses.iter().fold(Witnesses::default(), |all, witness| all.with(*witness))
    };

    told.add(by(&[Witness::Proxy]), 1);
    told.add(by(&[Witness::Proxy, Witness::Hook]), 2);
    told.add(by(&[Witness::Transcript, Witness::Hook]), 4);

    assert_eq!(told, ToldBy { proxy: 1, both: 2, client: 4 });
}
