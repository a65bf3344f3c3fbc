//! What changes the certificate authority is for programs alone, and refused without a proxy.

use super::serve;

const CALLS: &[(&str, &str)] = &[
    ("POST", "/api/v1/ca/rotate"),
    ("GET", "/api/v1/ca/trust"),
    ("POST", "/api/v1/ca/trust?on=true"),
    ("POST", "/api/v1/ca/remove"),
];

#[tokio::test]
async fn the_authority_is_for_programs_with_the_token_alone() {
    let server = serve().await;
    for (method, path) in CALLS {
        let answer = server.ask(method, path, &["Host: HOST"]).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{path}: {answer}");
    }
}

#[tokio::test]
async fn without_a_proxy_there_is_no_authority_to_change() {
    let server = serve().await;
    for (method, path) in CALLS {
        let answer = server.ask(method, path, &["Host: HOST", &server.bearer()]).await;
        assert!(answer.starts_with("HTTP/1.1 409 "), "{path}: {answer}");
        assert!(answer.contains("without its proxy"), "{path}: {answer}");
    }
    let bearer = server.bearer();
    let odd = server.ask("POST", "/api/v1/ca/trust?on=maybe", &["Host: HOST", &bearer]).await;
    assert!(odd.starts_with("HTTP/1.1 400 "), "{odd}");
}
