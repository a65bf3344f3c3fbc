use vigil_platform::{private, routes};
use vigil_proto::Timestamp;

use super::{astray, paused};

const THERE: &str = "http://127.0.0.1:9080";

#[test]
fn a_client_that_is_led_where_no_proxy_is_is_told_with_the_remedy() {
    let state = tempfile::tempdir().unwrap();
    assert!(astray(state.path(), Some(THERE)).is_empty());
    let journal = br#"{
        "codex": {"entries": [{"name": "HTTPS_PROXY", "value": "http://127.0.0.1:9080"}]},
        "claude-code": {"entries": [{"name": "OTEL_LOGS_EXPORTER", "value": "otlp"}]}
    }"#;
    private::write(&state.path().join(routes::NAME), journal).unwrap();

    let there = astray(state.path(), Some(THERE));
    let moved = astray(state.path(), Some("http://127.0.0.1:9999"));
    let off = astray(state.path(), None);

    assert!(there.is_empty(), "{there:?}");
    let [moved] = moved.as_slice() else { panic!("{moved:?}") };
    assert!(moved.contains(THERE) && moved.contains("http://127.0.0.1:9999"), "{moved}");
    assert!(moved.contains("`vigil route on codex`"), "{moved}");
    let [off] = off.as_slice() else { panic!("{off:?}") };
    assert!(off.contains("the proxy does not run"), "{off}");
}

#[test]
fn a_pause_says_since_when_and_whether_it_outlasts_the_agent() {
    let since = Timestamp::from_micros(1_700_000_000_123_456);

    let (noted, unnoted) = (paused(since, false), paused(since, true));

    assert!(noted.contains("since 2023-11-14T22:13:20Z"), "{noted}");
    assert!(noted.contains("`vigil resume`") && unnoted.contains("`vigil resume`"));
    assert_ne!(noted, unnoted);
}
