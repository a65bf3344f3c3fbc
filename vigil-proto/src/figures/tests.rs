use super::{bytes, cost, count, short};

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
    assert_eq!(cost(0.00002, true), "<$0.0001 estimated");
    assert_eq!(cost(1036.394, false), "$1\u{202f}036.39");
    assert_eq!(cost(1e30, false).matches('$').count(), 1);
}

#[test]
fn short_counts_keep_the_first_digits() {
    for (n, words) in [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (1049, "1.0k"),
        (1050, "1.1k"),
        (9_999, "10k"),
        (35_678, "36k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (1_000_000, "1.0M"),
        (2_148_527_115, "2.1B"),
        (1_234_000_000_000, "1\u{202f}234B"),
    ] {
        assert_eq!(short(n), words);
    }
    assert_eq!(short(u64::MAX), "18\u{202f}446\u{202f}744\u{202f}074B");
}

#[test]
fn bytes_are_in_binary_units() {
    assert_eq!(bytes(1023), "1023 B");
    assert_eq!(bytes(1024), "1.0 KiB");
    assert_eq!(bytes(38_535_168), "36.7 MiB");
    assert_eq!(bytes(u64::MAX), "16777215.9 TiB");
}
