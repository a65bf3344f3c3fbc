use super::{bytes, cost, count};

#[test]
fn counts_are_grouped_from_the_right() {
    assert_eq!(count(0), "0");
    assert_eq!(count(999), "999");
    assert_eq!(count(1000), "1\u{202f}000");
    assert_eq!(count(12_345_678), "12\u{202f}345\u{202f}678");
}

#[test]
fn an_estimate_says_so() {
    assert_eq!(cost(0.0, false), "-");
    assert_eq!(cost(0.00213, true), "$0.0021 estimated");
    assert_eq!(cost(12.345, false), "$12.35");
}

#[test]
fn bytes_are_in_binary_units() {
    assert_eq!(bytes(1023), "1023 B");
    assert_eq!(bytes(1024), "1.0 KiB");
    assert_eq!(bytes(38_535_168), "36.7 MiB");
    assert_eq!(bytes(u64::MAX), "16777215.9 TiB");
}
