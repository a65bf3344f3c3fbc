//! Suppressions over the API.

use super::{body_of, serve, status_of};

#[tokio::test]
async fn a_suppression_is_made_listed_and_taken_back() {
    let server = serve().await;
    let bearer = server.bearer();
    let order = async |path: &str, body: &str| {
        server.send("POST", path, &["Host: HOST", &bearer], body).await
    };
    let list = async || server.ask("GET", "/api/v1/suppressions", &["Host: HOST", &bearer]).await;

    let body = r#"{"rule":"aws_access_key","path":"tests/**","reason":"made up","expires":"2999-01-01T00:00:00Z"}"#;
    let made = body_of(&order("/api/v1/suppress", body).await);

    assert_eq!((made["schema"].as_str(), &made["findings"]), (Some("vigil.suppress/1"), &0.into()));
    let listed = body_of(&list().await);
    let row = &listed["suppressions"][0];
    assert_eq!((row["path"].as_str(), row["reason"].as_str()), (Some("tests/**"), Some("made up")));
    let body = format!("{{\"id\":{}}}", made["id"]);
    let back = body_of(&order("/api/v1/unsuppress", &body).await);
    assert_eq!(back["schema"], "vigil.unsuppress/1");
    assert_eq!(body_of(&list().await)["suppressions"].as_array().unwrap().len(), 0);
    assert_eq!(status_of(&order("/api/v1/unsuppress", &body).await), "404");
}

#[tokio::test]
async fn a_suppression_that_says_too_little_is_refused() {
    let server = serve().await;
    let bearer = server.bearer();
    let id = "00".repeat(16);
    for (body, status) in [
        (r#"{"rule":"x","reason":"r"}"#.to_owned(), "400"),
        (r#"{"rule":"x","path":"a","project":"/b","reason":"r"}"#.to_owned(), "400"),
        (r#"{"rule":"x","project":"b","reason":"r"}"#.to_owned(), "400"),
        (r#"{"rule":"x","path":"","reason":"r"}"#.to_owned(), "400"),
        (format!(r#"{{"rule":"x","path":"{}","reason":"r"}}"#, "*a".repeat(129)), "400"),
        (r#"{"rule":"x y","path":"a","reason":"r"}"#.to_owned(), "400"),
        (r#"{"rule":"x","path":"a","reason":" "}"#.to_owned(), "400"),
        (
            r#"{"rule":"x","path":"a","reason":"r","expires":"2000-01-01T00:00:00Z"}"#.to_owned(),
            "400",
        ),
        (format!(r#"{{"finding":"{id}","reason":"r"}}"#), "404"),
    ] {
        let headers = ["Host: HOST", bearer.as_str()];
        let answer = server.send("POST", "/api/v1/suppress", &headers, &body).await;
        assert_eq!(status_of(&answer), status, "{body}");
    }
    let answer = server.ask("GET", "/api/v1/suppressions", &["Host: HOST", &bearer]).await;
    assert_eq!(body_of(&answer)["suppressions"].as_array().unwrap().len(), 0, "none is left over");
    let body = format!(r#"{{"ids":["{id}"],"state":"suppressed"}}"#);
    let path = "/api/v1/findings/triage";
    let answer = server.send("POST", path, &["Host: HOST", &bearer], &body).await;
    assert_eq!(status_of(&answer), "400", "that has an address of its own");
}

#[tokio::test]
async fn an_unknown_rule_and_what_is_said_already_are_refused_with_words() {
    let server = serve().await;
    let bearer = server.bearer();
    let order = async |body: &str| {
        server.send("POST", "/api/v1/suppress", &["Host: HOST", &bearer], body).await
    };

    let unknown = order(r#"{"rule":"aws_acess_key","path":"tests/**","reason":"r"}"#).await;
    let known = r#"{"rule":"aws_access_key","path":"tests/**","reason":"r"}"#;
    let first = order(known).await;
    let again = order(known).await;
    let elsewhere = order(r#"{"rule":"aws_access_key","project":"/code","reason":"r"}"#).await;
    let events = order(r#"{"rule":"witness-conflict","project":"/code","reason":"r"}"#).await;

    assert_eq!(status_of(&unknown), "400");
    assert_eq!(body_of(&unknown)["hint"], "did you mean `aws_access_key`?");
    assert_eq!((status_of(&first), status_of(&again)), ("200", "409"));
    assert!(body_of(&again)["error"].as_str().unwrap().contains("suppression 1 says so already"));
    assert_eq!((status_of(&elsewhere), status_of(&events)), ("200", "200"));
}
