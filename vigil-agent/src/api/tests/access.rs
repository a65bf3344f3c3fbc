use super::{Server, body_of, serve, status_of};

/// Both halves that the page of a login link gives, as header lines.
async fn log_in(server: &Server) -> (String, String) {
    let login = format!("/login?once={}", server.access.login_link());
    let answer = server.ask("GET", &login, &["Host: HOST"]).await;
    assert_eq!(status_of(&answer), "200");
    let line = answer.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Strict"), "weak cookie");
    let cookie = line["set-cookie: ".len()..].split(';').next().unwrap();
    let (_, key) = answer.split_once("<meta name=vigil-key content=").unwrap();
    let key = key.split('>').next().unwrap();
    (format!("Cookie: {cookie}"), format!("X-Vigil-Key: {key}"))
}

#[tokio::test]
async fn the_token_opens_the_api_and_half_a_login_does_not() {
    let server = serve().await;
    let with_token = server.ask("GET", "/api/v1/status", &["Host: HOST", &server.bearer()]).await;
    assert_eq!(status_of(&with_token), "200");
    assert_eq!(body_of(&with_token)["schema"], "vigil.status/1");

    let (cookie, key) = log_in(&server).await;
    let both = server.ask("GET", "/api/v1/status", &["Host: HOST", &cookie, &key]).await;
    assert_eq!(status_of(&both), "200");
    let nonsense = "Authorization: Bearer nonsense";
    for header in ["X: y", nonsense, "X-Vigil-Key: nonsense", &cookie, &key] {
        let answer = server.ask("GET", "/api/v1/status", &["Host: HOST", header]).await;
        assert_eq!(status_of(&answer), "401", "{}", header.split(':').next().unwrap());
        assert!(body_of(&answer)["hint"].as_str().unwrap().contains("vigil open"));
    }
}

#[tokio::test]
async fn a_page_can_neither_end_the_agent_nor_let_others_in() {
    let server = serve().await;
    let (cookie, key) = log_in(&server).await;
    for path in ["/api/v1/down", "/api/v1/login-link", "/api/v1/vault/on", "/api/v1/vault/reveal"] {
        let answer = server.ask("POST", path, &["Host: HOST", &cookie, &key]).await;
        assert_eq!(status_of(&answer), "401", "{path}");
    }
    assert!(!server.shutdown.is_requested());
}

#[tokio::test]
async fn the_login_link_works_once_and_a_new_one_can_be_had() {
    let server = serve().await;
    let login = format!("/login?once={}", server.access.login_link());
    let looked_at = server.ask("HEAD", &login, &["Host: HOST"]).await;
    assert_eq!(status_of(&looked_at), "405");
    log_in(&server).await;
    let again = server.ask("GET", &login, &["Host: HOST"]).await;
    assert_eq!(status_of(&again), "403");
    assert!(!again.contains("vigil-key"));
    assert!(again.contains("<a href=/>"), "whoever is in already finds the way back");

    let token = server.bearer();
    let made = server.ask("POST", "/api/v1/login-link", &["Host: HOST", &token]).await;
    let url = body_of(&made)["url"].as_str().unwrap().to_owned();
    let (_, path) = url.split_once("/login").unwrap();
    let look = format!("/api/v1/login-link{path}");
    let waiting = server.ask("GET", &look, &["Host: HOST", &token]).await;
    assert_eq!(body_of(&waiting)["waiting"], true);
    let opened = server.ask("GET", &format!("/login{path}"), &["Host: HOST"]).await;
    assert_eq!(status_of(&opened), "200");
    let waiting = server.ask("GET", &look, &["Host: HOST", &token]).await;
    assert_eq!(body_of(&waiting)["waiting"], false);
}

#[tokio::test]
async fn another_host_origin_or_page_is_refused() {
    let server = serve().await;
    let token = server.bearer();
    for headers in [
        ["Host: evil.example", token.as_str(), "X: y"],
        ["Host: HOST", token.as_str(), "Origin: http://evil.example"],
        ["Host: HOST", token.as_str(), "Origin: null"],
        ["Host: HOST", token.as_str(), "Sec-Fetch-Site: same-site"],
        ["X: y", token.as_str(), "X: y"],
        ["Host: HOST", token.as_str(), "Host: evil.example"],
    ] {
        let answer = server.ask("GET", "/api/v1/status", &headers).await;
        assert!(matches!(status_of(&answer), "421" | "400"), "{}", status_of(&answer));
    }
    let elsewhere = server.ask("GET", "/", &["Host: evil.example"]).await;
    assert!(body_of(&elsewhere)["hint"].as_str().unwrap().contains("vigil open"));
}
