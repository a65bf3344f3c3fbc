use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// Made here, so that no password stands in the source.
fn password() -> String {
    format!("p{}ss:{}", '@', 7 * 6)
}

/// `password()` as it stands in an address.
fn escaped() -> String {
    password().replace('@', "%40").replace(':', "%3a")
}

fn chain(no_proxy: &str) -> Chain {
    let mut chain = Chain::parse("proxy.example:3128").unwrap();
    chain.past(no_proxy.split(','));
    chain
}

#[test]
fn an_address_has_a_place_and_credentials() {
    let chain = Chain::parse(&format!("HTTP://me:{}@Proxy.Example:3128/", escaped())).unwrap();
    let expected = base64(format!("me:{}", password()).as_bytes());

    assert_eq!(chain.target(), ("proxy.example", 3128));
    assert_eq!(*chain.field(), format!("Proxy-Authorization: Basic {expected}\r\n"));
    assert!(!format!("{chain:?}").contains(&expected), "it is never printed");
    assert!(!format!("{chain:?}").contains("me"), "it is never printed");

    let chain = Chain::parse("[::1]").unwrap();
    assert_eq!((chain.target(), chain.field().as_str()), (("::1", 80), ""));
    assert_eq!(chain.place(), "[::1]:80");
}

#[test]
fn what_is_no_address_is_refused_without_repeating_it() {
    let secret = escaped();
    for url in [
        format!("https://me:{secret}@proxy.example:3128"),
        format!("socks5://me:{secret}@proxy.example:3128"),
        format!("http://me:{secret}@proxy.example:x"),
        format!("http://me:{secret}@:3128"),
        format!("http://me:{secret}@proxy.example:0"),
        String::from("http://"),
    ] {
        let error = Chain::parse(&url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&secret), "{error:?}");
    }
}

#[test]
fn base64_is_the_standards() {
    let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
    for (plain, coded) in cases {
        assert_eq!(base64(plain.as_bytes()), coded);
    }
    assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
}

#[test]
fn rules_name_what_is_reached_past_it() {
    let rules = " corp.example , .internal,*.wild.example, 10.0.0.0/8,192.168.1.1:8080,2001:db8::/32,api.example:8443,,";
    let chain = chain(rules);
    for (host, port, leads) in [
        ("corp.example", 443, false),
        ("deep.in.corp.example", 443, false),
        ("notcorp.example", 443, true),
        ("internal", 443, false),
        ("a.internal", 443, false),
        ("a.wild.example", 443, false),
        ("10.255.1.1", 443, false),
        ("11.0.0.1", 443, true),
        ("192.168.1.1", 8080, false),
        ("192.168.1.1", 443, true),
        ("2001:db8::9", 443, false),
        ("2001:db9::9", 443, true),
        ("api.example", 8443, false),
        ("api.example", 443, true),
        ("api.anthropic.com", 443, true),
        // No proxy elsewhere can reach what is here.
        ("localhost", 443, false),
        ("127.0.0.9", 443, false),
        ("::1", 443, false),
        ("::ffff:127.0.0.1", 443, false),
    ] {
        assert_eq!(chain.leads_to(host, port), leads, "{host}:{port}");
    }
    assert!(!super::tests::chain("*").leads_to("api.anthropic.com", 443));
    assert!(super::tests::chain("10.0.0.0/33,0.0.0.0/x").leads_to("10.0.0.1", 443));
    assert!(!super::tests::chain("0.0.0.0/0").leads_to("10.0.0.1", 443));
}

#[test]
fn the_environment_names_it() {
    let env = |pairs: &'static [(&'static str, &'static str)]| {
        Chain::from_env(|name| {
            pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        })
    };

    assert!(env(&[]).unwrap().is_none());
    assert!(env(&[("HTTPS_PROXY", " ")]).unwrap().is_none());
    let both = env(&[("HTTPS_PROXY", "http://a.example:1"), ("https_proxy", "b.example:2")]);
    assert_eq!(both.unwrap().unwrap().place(), "b.example:2");
    let chain = env(&[("HTTPS_PROXY", "http://a.example:1"), ("NO_PROXY", "x.example, y.example")]);
    let chain = chain.unwrap().unwrap();
    assert!(!chain.leads_to("y.example", 443) && chain.leads_to("z.example", 443));
    assert!(matches!(env(&[("HTTPS_PROXY", "socks5://a.example:1")]), Err(ChainError::Scheme)));
}

#[test]
fn it_may_be_ourselves() {
    let ours = "127.0.0.1:9080".parse().unwrap();
    for (url, is_ours) in [
        ("http://127.0.0.1:9080", true),
        ("http://localhost:9080/", true),
        ("http://[::1]:9080", true),
        ("http://127.0.0.1:9081", false),
        ("http://proxy.example:9080", false),
    ] {
        assert_eq!(Chain::parse(url).unwrap().is_at(ours), is_ours, "{url}");
    }
}

#[test]
fn a_file_that_others_can_read_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("upstream");
    assert!(matches!(Chain::from_file(&path), Err(ChainError::Missing(_))));

    std::fs::write(&path, format!("http://me:{}@proxy.example:3128\n", escaped())).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Chain::from_file(&path), Err(ChainError::File(_))));

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(Chain::from_file(&path).unwrap().place(), "proxy.example:3128");
}
