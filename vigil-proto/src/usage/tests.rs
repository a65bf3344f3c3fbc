use super::*;

#[test]
fn what_is_no_count_counts_nothing_and_loses_nothing() {
    for odd in ["null", "-5", "1.5", "true", "\"7\"", "[1,[2]]", "{\"a\":{}}"] {
        let json = format!(r#"{{"input_tokens":{odd},"output_tokens":7}}"#);

        let usage: AnthropicUsage = serde_json::from_str(&json).unwrap();

        assert_eq!((usage.input_tokens, usage.output_tokens), (0, 7), "{odd}");
    }
}

#[test]
fn cache_writes_are_split_by_lifetime_and_never_counted_twice() {
    let json = r#"{"input_tokens":1,"cache_creation_input_tokens":10,
        "cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":6}}"#;

    let usage: Usage = serde_json::from_str::<AnthropicUsage>(json).unwrap().into();

    assert_eq!((usage.cache_write_5m, usage.cache_write_1h, usage.total()), (4, 6, 11));
}
