use vigil_proto::{Coverage, surface::Flows};

use super::coverage;

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
