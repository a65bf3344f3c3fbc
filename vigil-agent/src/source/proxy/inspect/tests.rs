//! The inspector alone, told by hand.

use std::sync::Arc;

use vigil_proto::ContentHasher;

use super::*;
use crate::{
    pipeline::{Exclusions, Message as Handed, Pause, Shared},
    source::proxy::{
        Counters,
        tee::{Direction, Mailbox},
    },
};

#[test]
fn what_a_connection_loses_in_a_rush_is_one_gap_with_all_its_bytes() {
    let shared = Shared {
        hasher: ContentHasher::new([1; 32]),
        checkpoints: Box::new(|_| None),
        exclusions: Exclusions::default(),
        pause: Pause::default(),
    };
    let (inlet, handed) = Inlet::new(Arc::new(shared));
    let (mailbox, inbox) = Mailbox::new(&Counters::default());
    let too_much = vec![0; 5_000_000];
    for flow in [1, 2] {
        let tee = mailbox.open(flow, "api.example".into());
        for _ in 0..3 {
            tee.begin();
            tee.data(Direction::Request, &too_much);
        }
    }
    drop(mailbox);

    run("127.0.0.1:9080".parse().unwrap(), &inlet, &Families::default(), inbox);

    drop(inlet);
    let batches: Vec<_> = handed
        .iter()
        .map(|handed| match handed {
            Handed::Batch(batch) => *batch,
            Handed::Flush(_) => unreachable!("nobody waits"),
        })
        .collect();
    let gaps = batches.iter().flat_map(|batch| &batch.events).map(|event| match &event.kind {
        Kind::Gap(gap) => (gap.reason, gap.bytes),
        other => unreachable!("{other:?}"),
    });
    assert_eq!(gaps.collect::<Vec<_>>(), [(BEHIND, Some(15_000_000)); 2]);
    // Each loss is counted.
    let counts = batches.iter().map(|batch| batch.counts.get("drop.inspect-queue").copied());
    assert_eq!(counts.flatten().sum::<u64>(), 6);
}
