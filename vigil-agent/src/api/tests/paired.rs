//! Browsers that are paired: who gets a code, who a token, and what that opens.

use super::{Server, body_of, serve, status_of};

const CHROMIUM: &str = "Origin: chrome-extension://khmpilkhmlnhajjdofgnmahganakmlae";
const FIREFOX: &str = "Origin: moz-extension://0a1b2c3d-0000-4000-8000-0123456789ab";
const STRANGER: &str = "Origin: chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SITE: &str = "Origin: https://claude.ai";
const TURN: &str = r#"{"kind":"turn","n":7,"site":"claude.ai","at":1,
    "turn":{"conversation":"c","id":"i","role":"user","text":"x"}}"#;

impl Server {
    async fn post(&self, path: &str, headers: &[&str], body: &str) -> String {
        let path = format!("/api/v1/browser{path}");
        let mut all = vec!["Host: HOST", "Content-Type: application/json"];
        all.extend(headers);
        self.send("POST", &path, &all, body).await
    }

    async fn code(&self) -> String {
        let answer = self.post("/code", &[&self.bearer()], r#"{"browser":"chromium"}"#).await;
        body_of(&answer)["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn pair(&self, code: &str, origin: &str) -> String {
        let body = format!(r#"{{"kind":"pair","code":"{code}","profile":"one"}}"#);
        self.post("/pair", &[origin], &body).await
    }

    async fn token(&self, origin: &str) -> String {
        let answer = self.pair(&self.code().await, origin).await;
        let token =
            body_of(&answer)["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        format!("Authorization: Bearer {token}")
    }
}

#[tokio::test]
async fn a_paired_extension_tells_and_does_nothing_else() {
    let server = serve().await;
    let token = server.token(CHROMIUM).await;

    let told = server.post("", &[CHROMIUM, &token], TURN).await;
    assert_eq!(body_of(&told)["kind"], "taken", "{told}");
    let told = server.post("", &[CHROMIUM, &token], "{}").await;
    assert_eq!(status_of(&told), "400");
    // Neither with its origin nor without it does its token open anything else.
    for (method, path) in [
        ("GET", "/api/v1/status"),
        ("GET", "/api/v1/sessions"),
        ("GET", "/api/v1/browser/paired"),
        ("POST", "/api/v1/browser/code"),
        ("POST", "/api/v1/browser/unpair"),
        ("POST", "/api/v1/pause"),
        ("POST", "/api/v1/down"),
        ("POST", "/api/v1/doctor"),
        ("POST", "/api/v1/doctor/begin"),
    ] {
        let with = server.ask(method, path, &["Host: HOST", CHROMIUM, &token]).await;
        assert_eq!(status_of(&with), "421", "{path}");
        let without = server.ask(method, path, &["Host: HOST", &token]).await;
        assert_eq!(status_of(&without), "401", "{path}");
    }
    let refused = server.pairings.refused();
    assert_eq!(refused["browser.refused_words"], 1, "{refused:?}");
}

#[tokio::test]
async fn whoever_else_tries_is_refused_and_counted() {
    let server = serve().await;
    let token = server.token(CHROMIUM).await;
    let bearer = server.bearer();
    for (headers, status) in [
        (vec![SITE, token.as_str()], "421"),
        (vec!["Origin: null", &token], "421"),
        (vec![STRANGER, &token], "421"),
        (vec![CHROMIUM, STRANGER, &token], "421"),
        (vec![FIREFOX, &token], "401"),
        (vec![CHROMIUM], "401"),
        (vec![CHROMIUM, "Authorization: Bearer x"], "401"),
        // The command line's token is not for browsers.
        (vec![CHROMIUM, &bearer], "401"),
        (vec![&token], "401"),
    ] {
        let answer = server.post("", &headers, TURN).await;
        assert_eq!(status_of(&answer), status, "{headers:?}");
    }
    let elsewhere = ["Host: elsewhere.test:80", CHROMIUM, &token];
    let rebound = server.send("POST", "/api/v1/browser", &elsewhere, TURN).await;
    assert_eq!(status_of(&rebound), "421");
    let refused = server.pairings.refused();
    assert_eq!(refused["browser.refused_origin"], 6, "{refused:?}");
    assert_eq!(refused["browser.refused_token"], 3, "{refused:?}");
}

#[tokio::test]
async fn a_code_is_for_who_has_it_and_for_the_extension_alone() {
    let server = serve().await;
    let code = server.code().await;
    assert!(code.starts_with(&format!("{}-", server.addr.port())), "{code}");

    assert_eq!(status_of(&server.post("/code", &[], r#"{"browser":"chromium"}"#).await), "401");
    let odd = server.post("/code", &[&server.bearer()], r#"{"browser":"netscape"}"#).await;
    assert_eq!(status_of(&odd), "400");
    for (origin, status) in [(SITE, "421"), (STRANGER, "421"), ("X-Nothing: 1", "403")] {
        assert_eq!(status_of(&server.pair(&code, origin).await), status, "{origin}");
    }
    assert_eq!(status_of(&server.pair("1-AAAA-AAAA-AAAA", CHROMIUM).await), "403");
    assert_eq!(status_of(&server.pair(&code, CHROMIUM).await), "200");
    assert_eq!(status_of(&server.pair(&code, CHROMIUM).await), "403");
    for odd in ["", "{}", r#"{"kind":"greet"}"#, &"x".repeat(5000)] {
        assert_eq!(status_of(&server.post("/pair", &[CHROMIUM], odd).await), "400");
    }
}

#[tokio::test]
async fn the_agent_is_known_again_by_its_word_alone() {
    let server = serve().await;
    let given = body_of(&server.pair(&server.code().await, FIREFOX).await);
    let greet = |id: &str| format!(r#"{{"kind":"greet","id":"{id}"}}"#);
    let id = given["id"].as_str().unwrap();

    let greeted = server.post("/pair", &[FIREFOX], &greet(id)).await;
    assert_eq!(body_of(&greeted)["word"], given["word"]);
    assert_eq!(status_of(&server.post("/pair", &[CHROMIUM], &greet(id)).await), "401");
    assert_eq!(status_of(&server.post("/pair", &[FIREFOX], &greet("x")).await), "401");
}

#[tokio::test]
async fn pairings_are_listed_ended_and_on_record() {
    let server = serve().await;
    let bearer = server.bearer();
    let token = server.token(CHROMIUM).await;
    let list = server.ask("GET", "/api/v1/browser/paired", &["Host: HOST", &bearer]).await;
    assert_eq!(body_of(&list)["pairings"][0]["browser"], "chromium", "{list}");
    assert!(!list.contains("hash") && !list.contains("word"), "{list}");

    for ended in [1, 0] {
        let answer = server.post("/unpair", &[&bearer], r#"{"browser":"chromium"}"#).await;
        assert_eq!(body_of(&answer)["ended"], ended, "{answer}");
    }
    assert_eq!(status_of(&server.post("", &[CHROMIUM, &token], TURN).await), "401");
    let inlet = server.inlet.clone();
    tokio::task::spawn_blocking(move || inlet.flush().unwrap()).await.unwrap();
    let recorded = server.ask("GET", "/api/v1/events", &["Host: HOST", &bearer]).await;
    let events = body_of(&recorded)["events"].clone();
    let names: Vec<_> = events.as_array().unwrap().iter().map(|event| &event["name"]).collect();
    assert_eq!(names, ["browser paired", "browser unpaired"]);
}

#[tokio::test]
async fn a_pairing_that_another_ends_is_on_record_too() {
    let server = serve().await;
    let first = server.token(CHROMIUM).await;
    let second = server.token(CHROMIUM).await;
    assert_eq!(status_of(&server.post("", &[CHROMIUM, &first], TURN).await), "401");
    assert_eq!(status_of(&server.post("", &[CHROMIUM, &second], TURN).await), "200");

    let inlet = server.inlet.clone();
    tokio::task::spawn_blocking(move || inlet.flush().unwrap()).await.unwrap();
    let headers = ["Host: HOST", &server.bearer()];
    let recorded = server.ask("GET", "/api/v1/events", &headers).await;
    let events = body_of(&recorded)["events"].clone();
    let ended = events.as_array().unwrap().iter();
    assert_eq!(ended.filter(|event| event["name"] == "browser unpaired").count(), 1, "{recorded}");
}
