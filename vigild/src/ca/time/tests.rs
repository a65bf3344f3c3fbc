use super::*;

fn read(tag: u8, text: &str) -> Result<i64, Malformed> {
    seconds(Element { tag, content: text.as_bytes(), whole: &[] })
}

#[test]
fn times_are_what_other_people_call_them() {
    for (tag, text, expected) in [
        (UTC_TIME, "700101000000Z", 0),
        (UTC_TIME, "500101000000Z", -631_152_000),
        (UTC_TIME, "691231235959Z", -1),
        (UTC_TIME, "000229000000Z", 951_782_400),
        (UTC_TIME, "260101000000Z", 1_767_225_600),
        (UTC_TIME, "491231235959Z", 2_524_607_999),
        (GENERALIZED_TIME, "20500101000000Z", 2_524_608_000),
        (GENERALIZED_TIME, "99991231235959Z", 253_402_300_799),
    ] {
        assert_eq!(read(tag, text), Ok(expected), "{text}");
    }
}

#[test]
fn there_is_one_spelling_for_each_time() {
    for (tag, text) in [
        (GENERALIZED_TIME, "20260101000000Z"),
        (GENERALIZED_TIME, "20500101000000.5Z"),
        (GENERALIZED_TIME, "500101000000Z"),
        (UTC_TIME, "20500101000000Z"),
        (UTC_TIME, "2601010000Z"),
        (UTC_TIME, "260101000000"),
        (UTC_TIME, "260101000000+0000"),
        (UTC_TIME, "260101000000z"),
        (UTC_TIME, ""),
        (0x13, "260101000000Z"),
    ] {
        assert_eq!(read(tag, text), Err(Malformed), "{text}");
    }
}

#[test]
fn what_is_in_no_calendar_is_no_time() {
    for text in [
        "260001000000Z",
        "261301000000Z",
        "260100000000Z",
        "260132000000Z",
        "260229000000Z",
        "260431000000Z",
        "260101240000Z",
        "260101006000Z",
        "260101000060Z",
        "2601010000 0Z",
        "-10101000000Z",
    ] {
        assert_eq!(read(UTC_TIME, text), Err(Malformed), "{text}");
    }
    assert_eq!(read(GENERALIZED_TIME, "21000229000000Z"), Err(Malformed), "no leap year");
}
