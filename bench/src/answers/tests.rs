use super::*;

const SHAPE: Shape = Shape { events: 9, every_ms: 10, text: 20 };

fn events() -> Vec<String> {
    (0..SHAPE.events).map(|n| event(7, SHAPE, n)).collect()
}

fn read(pieces: &[&[u8]]) -> Result<Vec<f64>> {
    let mut reading = Reading::new(SHAPE);
    pieces.iter().try_for_each(|piece| reading.take(piece))?;
    reading.end()
}

#[test]
fn a_shape_comes_back_as_it_was_written() {
    assert_eq!(Shape::read(&SHAPE.write()), Some(SHAPE));
    assert_eq!(Shape::read("4,10,20"), None, "no room for the frame");
    assert_eq!(Shape::read("9,10"), None);
    assert_eq!(Shape::read("9,10,20,1"), None);
}

#[test]
fn a_message_is_known_by_all_but_its_id() {
    let known = Known::new();

    assert!(known.is_message(message(0).as_bytes()));
    assert!(known.is_message(message(u64::from(u32::MAX)).as_bytes()));
    assert!(!known.is_message(message(1).replace("buffer", "puffer").as_bytes()));
    assert!(!known.is_message(message(1).trim_end_matches('}').as_bytes()));
    assert!(!known.is_message(b""));
    serde_json::from_str::<serde_json::Value>(&message(1)).unwrap();
    serde_json::from_str::<serde_json::Value>(&prompt(true)).unwrap();
}

#[test]
fn events_are_an_answer_of_the_model() {
    let events = events();

    let names: Vec<&str> =
        events.iter().map(|event| &event[7..event.find('\n').unwrap()]).collect();
    assert_eq!(names[..3], ["message_start", "content_block_start", "content_block_delta"]);
    assert_eq!(names[6..], ["content_block_stop", "message_delta", "message_stop"]);
    for event in &events {
        let (_, data) = event.trim_end().split_once("\ndata: ").unwrap();
        serde_json::from_str::<serde_json::Value>(data).unwrap();
    }
}

#[test]
fn events_are_read_however_they_are_cut() {
    let all = events().concat().into_bytes();

    assert_eq!(read(&[&all]).unwrap().len(), 9);
    let bytes: Vec<&[u8]> = all.chunks(1).collect();
    assert_eq!(read(&bytes).unwrap().len(), 9);
}

#[test]
fn an_answer_that_is_not_whole_is_an_error() {
    let events = events();
    let said = |events: &[String]| read(&[events.concat().as_bytes()]).unwrap_err().to_string();

    assert_eq!(said(&events[..8]), "8 events arrived of 9");
    assert_eq!(said(&events[1..]), "event 1 arrived in the place of 0");
    let twice = [&events[..1], &events[..]].concat();
    assert_eq!(said(&twice), "event 0 arrived in the place of 1");
    let all = events.concat();
    assert_eq!(
        read(&[&all.as_bytes()[..all.len() - 1]]).unwrap_err().to_string(),
        "an event was cut"
    );
}
