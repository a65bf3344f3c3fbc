use vigil_proto::package::Reason;

use super::{body_of, serve, status_of};

#[tokio::test]
async fn the_page_is_served_with_its_policy_and_only_once_unless_it_changed() {
    let server = serve().await;
    let page = server.ask("GET", "/sessions/0?event=1", &["Host: HOST"]).await;
    assert_eq!(status_of(&page), "200");
    for expected in [
        "content-type: text/html",
        "content-security-policy: default-src 'none'; script-src 'self'",
        "require-trusted-types-for 'script'; trusted-types 'none'",
        "x-content-type-options: nosniff",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    let tag = page.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();

    let known = server.ask("GET", "/", &["Host: HOST", &format!("If-None-Match: {tag}")]).await;

    assert_eq!(status_of(&known), "304");
    let script = server.ask("GET", "/login.js", &["Host: HOST"]).await;
    assert!(script.contains("content-type: text/javascript"));
}

#[tokio::test]
async fn nothing_but_the_page_is_served_from_the_folder() {
    let server = serve().await;
    for path in [
        "/types/api.d.ts",
        "/tsconfig.json",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/vendor/README.md",
        "/nothing",
    ] {
        let answer = server.ask("GET", path, &["Host: HOST"]).await;
        assert_eq!(status_of(&answer), "404", "{path}");
        assert!(answer.contains("<a href=/>"), "{path} leads nowhere");
    }
}

#[tokio::test]
async fn a_wrong_question_is_answered_in_words() {
    let server = serve().await;
    let token = server.bearer();
    for (path, status) in [
        ("/api/v1/findings?severity=terrible", "400"),
        ("/api/v1/findings?colour=red", "400"),
        ("/api/v1/installs?way=magic", "400"),
        ("/api/v1/sessions?limit=many", "400"),
        ("/api/v1/excerpts?seq=1,x", "400"),
        ("/api/v1/timeline?before=yesterday", "400"),
        ("/api/v1/sessions/nonsense", "404"),
        ("/api/v1/sessions/00000000000000000000000000000000", "404"),
        ("/api/v1/events/17", "404"),
        ("/api/v1/processes", "400"),
        ("/api/v1/processes?root=7", "400"),
        ("/api/v1/processes?root=7.x&parent=1.1", "400"),
        ("/api/v1/processes?call=first", "400"),
        ("/api/v1/nothing", "404"),
        ("/api/v1/sessions/%ff", "400"),
        ("/api/v1/pause", "405"),
    ] {
        let answer = server.ask("GET", path, &["Host: HOST", &token]).await;
        assert_eq!(status_of(&answer), status, "{path}");
        assert!(!body_of(&answer)["error"].as_str().unwrap().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn an_order_about_findings_is_checked_before_anything_is_changed() {
    let server = serve().await;
    let token = server.bearer();
    let id = "00".repeat(16);
    let too_many = vec![format!("\"{id}\""); 501].join(",");
    let long = "x".repeat(2_001);
    for body in [
        String::new(),
        "[]".to_owned(),
        r#"{"ids":[],"state":"resolved"}"#.to_owned(),
        format!(r#"{{"ids":["{id}"],"state":"forgotten"}}"#),
        format!(r#"{{"ids":["{id}"],"state":"resolved","by":"me"}}"#),
        format!(r#"{{"ids":["{id}"],"state":"resolved","note":"{long}"}}"#),
        format!(r#"{{"ids":[{too_many}],"state":"resolved"}}"#),
        " ".repeat(70_000),
    ] {
        let path = "/api/v1/findings/triage";
        let answer = server.send("POST", path, &["Host: HOST", &token], &body).await;
        assert_eq!(status_of(&answer), "400", "{}", body.get(..60).unwrap_or(&body));
    }
    let body = format!(r#"{{"ids":["{id}"],"state":"resolved"}}"#);
    let path = "/api/v1/findings/triage";
    let answer = server.send("POST", path, &["Host: HOST", &token], &body).await;
    assert_eq!(body_of(&answer)["changed"], 0, "there is no such finding");
}

#[tokio::test]
async fn the_page_calls_clients_as_everything_else_does() {
    let server = serve().await;

    let file = server.ask("GET", "/lib/clients.js", &["Host: HOST"]).await;

    let names: Vec<(&str, &str)> = file
        .lines()
        .filter_map(|line| line.trim().strip_suffix("',")?.split_once(": '"))
        .map(|(word, name)| (word.trim_matches('\''), name))
        .collect();
    assert_eq!(names, vigil_proto::client::NAMES);
}

#[tokio::test]
async fn the_page_has_words_for_reasons_that_there_are() {
    let server = serve().await;

    let file = server.ask("GET", "/lib/packages.js", &["Host: HOST"]).await;

    let table = file.split("const WORDS = {").nth(1).unwrap().split("};").next().unwrap();
    let rules = table.lines().filter_map(|line| Some(line.trim().split_once(": '")?.0));
    let rules: Vec<&str> = rules.map(|rule| rule.trim_matches('\'')).collect();
    assert!(rules.len() > 20, "{rules:?}");
    for rule in rules {
        let plain = Reason { rule: rule.to_owned().into(), target: None }.words();
        let compared =
            Reason { rule: rule.to_owned().into(), target: Some("x".to_owned()) }.words();
        let is_general =
            plain.contains("spoken against") && compared == "looks like x, which is well known";
        assert!(!is_general || rule == "similar-name", "nobody tells of {rule}");
    }
}

#[tokio::test]
async fn usage_is_asked_for_by_time_client_and_project() {
    let server = serve().await;
    let bearer = server.bearer();
    let ask = async |query: &str| {
        server.ask("GET", &format!("/api/v1/usage{query}"), &["Host: HOST", &bearer]).await
    };

    let answer = ask("?by=week&from=2026-03-29T10:07:00Z&client=codex&project=%2Fsrv").await;
    let document = body_of(&answer);
    assert_eq!(
        (document["schema"].as_str(), document["by"].as_str()),
        (Some("vigil.usage/1"), Some("week"))
    );
    assert!(document["from"].as_str().unwrap().starts_with("2026-03-29T10:00:00"), "{document}");
    assert_eq!(body_of(&ask("").await)["by"], "model");
    for wrong in ["?by=moon", "?since=2026-03-29", "?from=yesterday"] {
        assert_eq!(status_of(&ask(wrong).await), "400", "{wrong}");
    }
}
