use super::*;

#[test]
fn targets_are_split_into_host_port_and_path() {
    let cases = [
        ("http://A.example", Some(("a.example", 80, "/"))),
        ("http://a.example:8080/x?y#z", Some(("a.example", 8080, "/x?y"))),
        ("http://[::1]:81?q", Some(("::1", 81, "/?q"))),
        ("HTTP://[::1]/", Some(("::1", 80, "/"))),
        ("/x", None),
        ("https://a.example/", None),
        ("http://user@a.example/", None),
        ("http://a.example:x/", None),
    ];
    for (target, expected) in cases {
        let split = split_target(target);
        let split = split.as_ref().map(|t| (t.host.as_str(), t.port, t.path.as_str()));
        assert_eq!(split, expected, "{target}");
    }
}

#[test]
fn fields_for_the_proxy_and_this_hop_stay_here() {
    let head = head::request(
        b"GET http://a.example:81/p HTTP/1.1\r\nhOST: another.example\r\nProxy-Authorization: x\r\n\
          Proxy-Connection: keep-alive\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nAccept: */*\r\n\r\n",
    )
    .unwrap()
    .unwrap();

    let direct = rewrite(&head, "a.example:81", "/p", "");
    assert_eq!(
        String::from_utf8(direct).unwrap(),
        "GET /p HTTP/1.1\r\nHost: a.example:81\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );

    // Another proxy is told what it wants to know, and not what this one was told.
    let to_proxy =
        rewrite(&head, "a.example:81", "http://a.example:81/p", "Proxy-Authorization: y\r\n");
    assert_eq!(
        String::from_utf8(to_proxy).unwrap(),
        "GET http://a.example:81/p HTTP/1.1\r\nHost: a.example:81\r\nProxy-Authorization: y\r\n\
         Accept: */*\r\nConnection: close\r\n\r\n"
    );
}

#[test]
fn a_body_keeps_its_length_whatever_connection_says() {
    for framing in ["Content-Length: 2", "Transfer-Encoding: chunked"] {
        let name = framing.split(':').next().unwrap();
        let text = format!(
            "POST http://a.example/p HTTP/1.1\r\nHost: a.example\r\nConnection: {name}\r\n{framing}\r\n\r\n"
        );
        let head = head::request(text.as_bytes()).unwrap().unwrap();

        let direct = String::from_utf8(rewrite(&head, "a.example", "/p", "")).unwrap();

        assert!(direct.contains(&format!("\r\n{framing}\r\n")), "{direct}");
    }
}
