//! What clients' hooks ask over the API.

use super::{body_of, serve, status_of};

const CALL: &str = r#"{"client": "codex", "session": "s", "call": "c", "tool": "shell",
    "input": "{\"command\":\"npm i x\"}", "command": "npm i x", "cwd": "/w"}"#;

#[tokio::test]
async fn a_program_with_the_token_is_answered() {
    let server = serve().await;
    let bearer = server.bearer();

    let answer = server.send("POST", "/api/v1/hook", &["Host: HOST", &bearer], CALL).await;

    let body = body_of(&answer);
    assert_eq!(body["schema"], "vigil.hook/1");
    assert_eq!((&body["mode"], &body["decision"]), (&"observe".into(), &"none".into()));
    assert_eq!(body["reason"], "npm i x");
}

#[tokio::test]
async fn nobody_else_is_and_nothing_else_is_understood() {
    let server = serve().await;
    let bearer = server.bearer();
    let post = async |headers: &[&str], body: &str| {
        status_of(&server.send("POST", "/api/v1/hook", headers, body).await).to_owned()
    };

    assert_eq!(post(&["Host: HOST"], CALL).await, "401");
    for odd in ["", "{}", "[]", "{\"command\": \"x\"}"] {
        let answer = server.send("POST", "/api/v1/hook", &["Host: HOST", &bearer], odd).await;
        assert_eq!(status_of(&answer), "400", "{odd}");
        assert!(!body_of(&answer)["error"].to_string().contains("command"), "{answer}");
    }
}

#[tokio::test]
async fn what_cannot_be_kept_now_is_told_again_and_what_is_odd_is_not() {
    let server = serve().await;
    let bearer = server.bearer();
    let turn = |n: u64, text: &str| {
        let turn =
            format!("\"conversation\":\"c\",\"id\":\"i\",\"role\":\"user\",\"text\":\"{text}\"");
        format!(
            "{{\"kind\":\"turn\",\"n\":{n},\"site\":\"claude.ai\",\"at\":1,\"turn\":{{{turn}}}}}"
        )
    };
    for (body, status) in [
        (turn(7, "x"), "200"),
        (turn(503, "x"), "503"),
        (turn(7, &"x".repeat(4 * 1024 * 1024 + 1000)), "200"),
        ("{}".to_owned(), "400"),
    ] {
        let answer = server.send("POST", "/api/v1/browser", &["Host: HOST", &bearer], &body).await;
        assert_eq!(status_of(&answer), status, "{}", body.len());
    }
}
