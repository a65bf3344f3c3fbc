use super::Epoch;

#[test]
fn times_are_written_as_both_readers_take_them() {
    for (seconds, rfc3339, rfc5322) in [
        (0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 +0000"),
        (951_782_400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 +0000"),
        (1_709_251_199, "2024-02-29T23:59:59Z", "Thu, 29 Feb 2024 23:59:59 +0000"),
        (1_795_703_405, "2026-11-26T14:30:05Z", "Thu, 26 Nov 2026 14:30:05 +0000"),
        (4_107_542_400, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 +0000"),
    ] {
        assert_eq!(Epoch(seconds).rfc3339(), rfc3339);
        assert_eq!(Epoch(seconds).rfc5322(), rfc5322);
    }
}
