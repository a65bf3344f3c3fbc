use jiff::tz::{TimeZone, offset};

use super::Clock;

fn clock() -> Clock {
    let now = "2026-11-22T20:00:00Z".parse().unwrap();
    Clock::at(now, TimeZone::fixed(offset(2)))
}

#[test]
fn a_time_is_shown_relative_and_exact_in_the_users_zone() {
    let shown = clock().both("2026-11-22T19:57:10Z".parse().unwrap());
    assert_eq!(shown, "2 min ago (2026-11-22 21:57)");
}

#[test]
fn each_unit_has_its_word() {
    for (at, words) in [
        ("2026-11-22T20:00:00Z", "now"),
        ("2026-11-22T19:59:30Z", "30 s ago"),
        ("2026-11-22T15:00:00Z", "5 h ago"),
        ("2026-11-01T20:00:00Z", "21 d ago"),
        ("2026-11-22T20:02:00Z", "in 2 min"),
    ] {
        assert_eq!(clock().ago(at.parse().unwrap()), words);
    }
}

#[test]
fn since_takes_a_time_a_day_or_a_time_ago() {
    for (text, at) in [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22", "2026-11-21T22:00:00Z"),
        ("2026-11-22T10:00:00+05:00", "2026-11-22T05:00:00Z"),
        ("2h", "2026-11-22T18:00:00Z"),
        ("7d", "2026-11-15T20:00:00Z"),
    ] {
        assert_eq!(clock().since(text), at.parse().ok(), "{text}");
    }
}

#[test]
fn until_takes_a_day_to_its_end() {
    for (text, at) in [
        ("2026-11-22", "2026-11-22T22:00:00Z"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("2h", "2026-11-22T18:00:00Z"),
    ] {
        assert_eq!(clock().until(text), at.parse().ok(), "{text}");
    }
    assert_eq!(clock().until("tomorrow"), None);
}

#[test]
fn a_time_without_a_zone_is_in_the_users() {
    for (text, at) in [
        ("2026-11-22T10:30", "2026-11-22T08:30:00Z"),
        ("2026-11-22 10:30", "2026-11-22T08:30:00Z"),
        ("2026-11-22t10:30:05", "2026-11-22T08:30:05Z"),
    ] {
        assert_eq!(clock().since(text), at.parse().ok(), "{text}");
        assert_eq!(clock().until(text), at.parse().ok(), "{text}");
    }
    for text in
        ["2026-11-22T25:00", "2026-11-22T", "2026-11-22 noon", "2026-11-22T10:30[Asia/Tokyo]"]
    {
        assert_eq!((clock().since(text), clock().until(text)), (None, None), "{text}");
    }
}

#[test]
fn since_refuses_what_it_does_not_understand() {
    for text in ["", "h", "yesterday", "-1h", "2y", "2026-13-01", "1ü"] {
        assert_eq!(clock().since(text), None, "{text}");
    }
}

#[test]
fn a_zone_without_a_name_is_named_by_its_offset() {
    assert_eq!(clock().zone_name(), "+02");
}
