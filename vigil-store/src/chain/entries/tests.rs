use proptest::prelude::*;

use super::*;

fn entry() -> impl Strategy<Value = Entry> {
    let hash = || prop::option::of(prop::array::uniform8(any::<u8>()));
    let of = (0..6_u8).prop_map(|code| Of::from_code(code).unwrap());
    (of, 0..1_i64 << 50, hash(), hash(), hash(), any::<bool>()).prop_map(
        |(of, number, stays, text, changes, loose)| Entry {
            of,
            number,
            stays,
            text,
            changes,
            loose,
        },
    )
}

proptest! {
    /// Whatever is written is read again, in the same order.
    #[test]
    fn what_is_written_is_read(entries in prop::collection::vec(entry(), 0..40)) {
        let mut writing = Writing::default();
        for entry in &entries {
            writing.add(entry);
        }
        let (bytes, count) = writing.finish();
        let again: Option<Vec<Entry>> = read(&bytes).collect();
        prop_assert_eq!(count, entries.len() as u64);
        prop_assert_eq!(again, Some(entries));
    }

    /// Reading ends on whatever it is given.
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).count() <= bytes.len());
    }
}

#[test]
fn an_event_takes_seventeen_bytes() {
    let mut writing = Writing::default();
    for number in 1..=100 {
        let hash = Some([7; 8]);
        writing.add(&Entry { stays: hash, changes: hash, ..Entry::gone(Of::Event, number) });
    }

    assert_eq!(writing.finish().0.len(), 2 + 100 * 17);
}
