use super::*;

fn engine() -> Engine {
    Engine::new([7; 32].into())
}

/// A token of a fixed shape, put together when the test runs.
fn token() -> String {
    ["gh", "p_", "k3J9xQ7mZ2vB8nT5wR1yL6dF4hS0aGcUeK", "pX"].concat()
}

#[test]
fn a_memory_keeps_no_secret_and_stays_a_memory() {
    let clear = format!(r#"{{"cwd":"/home/dev/{0}","m":[{{"i":"msg_1","c":"{0}"}}]}}"#, token());
    let mut state = clear.into_bytes();

    mask(&engine(), &mut state);

    let text = String::from_utf8(state).unwrap();
    assert!(!text.contains(&token()), "{}", text.len());
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["m"][0]["i"], "msg_1");
}

#[test]
fn a_memory_without_secrets_is_left_alone() {
    let mut state = br#"{ "at": 1 }"#.to_vec();

    mask(&engine(), &mut state);

    assert_eq!(state, br#"{ "at": 1 }"#);
}

#[test]
fn a_memory_that_cannot_be_read_is_not_kept() {
    let mut state = format!("{{ {}", token()).into_bytes();

    mask(&engine(), &mut state);

    assert_eq!(state, b"");
}
