use jiff::{Timestamp, civil::Weekday, tz::TimeZone};

use super::Buckets;

fn second(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

#[test]
fn a_day_is_a_day_of_the_zone_and_has_23_hours_when_the_clocks_change() {
    let (from, to) = (second("2025-03-10T12:00:00Z"), second("2025-04-09T12:00:00Z"));

    let buckets = Buckets::new(from, to, &berlin());

    assert_eq!(buckets.step, 86_400);
    assert_eq!(buckets.starts[0], second("2025-03-09T23:00:00Z"));
    let lengths: Vec<i64> = buckets.starts.windows(2).map(|two| (two[1] - two[0]) / 3600).collect();
    assert_eq!(lengths.iter().filter(|hours| **hours == 23).count(), 1);
    assert_eq!(lengths.iter().filter(|hours| **hours == 24).count(), lengths.len() - 1);
    assert!(*buckets.starts.last().unwrap() < to);
}

#[test]
fn weeks_begin_on_mondays() {
    let (from, to) = (second("2024-01-03T12:00:00Z"), second("2025-06-01T00:00:00Z"));

    let buckets = Buckets::new(from, to, &berlin());

    assert_eq!(buckets.step, 7 * 86_400);
    for start in &buckets.starts {
        let day = Timestamp::from_second(*start).unwrap().to_zoned(berlin());
        assert_eq!((day.weekday(), day.hour()), (Weekday::Monday, 0));
    }
}

#[test]
fn short_times_have_short_buckets_and_there_are_never_too_many() {
    let to = second("2025-06-01T00:15:00Z");
    for (hours, step) in [(1, 900), (24, 900), (48, 900), (7 * 24, 3600), (20 * 24, 3 * 3600)] {
        let buckets = Buckets::new(to - hours * 3600, to, &TimeZone::UTC);
        assert_eq!(buckets.step, step, "{hours} h");
        assert!(buckets.starts.len() <= 200);
        assert_eq!(buckets.of(to - hours * 3600), 0);
        assert_eq!(buckets.of(to - 1), buckets.starts.len() - 1);
    }
    let all = Buckets::new(to - super::LONGEST, to, &berlin());
    assert!(all.starts.len() <= 200 && all.starts[0] <= to - super::LONGEST);
}
