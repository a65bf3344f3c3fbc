use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::{Target, is_ours};

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        })
}

const OWN: (&str, &str) = ("host", "localhost:9081");

#[test]
fn programs_and_our_own_page_may_ask() {
    for pairs in [
        vec![OWN],
        vec![("host", "127.0.0.1:9081")],
        vec![OWN, ("origin", "http://localhost:9081")],
        vec![OWN, ("sec-fetch-site", "same-origin")],
    ] {
        assert!(is_ours(&headers(&pairs), 9081, Target::Api), "{pairs:?}");
    }
}

#[test]
fn other_hosts_origins_and_pages_may_not() {
    for pairs in [
        vec![],
        vec![("host", "evil.example")],
        vec![("host", "localhost:9082")],
        vec![("host", "localhost")],
        vec![OWN, ("host", "evil.example")],
        vec![OWN, ("origin", "http://localhost:3000")],
        vec![OWN, ("origin", "http://127.0.0.1:9081")],
        vec![OWN, ("origin", "https://localhost:9081")],
        vec![OWN, ("origin", "null")],
        vec![OWN, ("sec-fetch-site", "cross-site")],
        vec![OWN, ("sec-fetch-site", "same-site")],
        vec![OWN, ("sec-fetch-site", "none")],
        vec![OWN, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
    ] {
        assert!(!is_ours(&headers(&pairs), 9081, Target::Api), "{pairs:?}");
    }
}

#[test]
fn a_link_may_lead_to_the_page_but_nothing_may_embed_it() {
    let from_elsewhere = |mode, dest| {
        headers(&[
            OWN,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", dest),
        ])
    };

    assert!(is_ours(&from_elsewhere("navigate", "document"), 9081, Target::Page));
    assert!(is_ours(&headers(&[OWN, ("sec-fetch-site", "none")]), 9081, Target::Page));
    for (mode, dest) in [("navigate", "iframe"), ("no-cors", "script"), ("cors", "empty")] {
        assert!(!is_ours(&from_elsewhere(mode, dest), 9081, Target::Page), "{mode} {dest}");
    }
}
