use super::*;

#[test]
fn the_fast_way_agrees_with_the_calendar() {
    for text in [
        "1970-01-01T00:00:00.000Z",
        "2000-02-29T23:59:59.999Z",
        "2024-02-29T12:00:00.001Z",
        "2025-11-20T12:00:00.000Z",
        "2025-12-31T23:59:59.999Z",
        "2026-01-01T00:00:00.000Z",
        "2026-03-01T07:08:09.010Z",
        "2100-03-01T00:00:00.000Z",
        "0001-01-01T00:00:00.000Z",
    ] {
        let slow: Timestamp = text.parse().unwrap();

        assert_eq!(usual(text.as_bytes()), Some(slow), "{text}");
    }
}

#[test]
fn other_forms_go_the_slow_way() {
    assert_eq!(usual(b"2026-11-22T20:25:46Z"), None);
    assert_eq!(
        parse("2026-11-22T21:25:46.5+01:00"),
        parse("2026-11-22T20:25:46.500Z"),
        "an offset is taken into account"
    );
}

#[test]
fn what_is_no_time_has_none() {
    for text in [
        "",
        "yesterday",
        "2026-02-30T00:00:00.000Z",
        "2026-13-01T00:00:00.000Z",
        "2026-11-22T2x:25:46.562Z",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}
