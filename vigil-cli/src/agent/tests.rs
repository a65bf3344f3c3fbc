use super::is_loopback;

#[test]
fn only_loopback_addresses_are_talked_to() {
    for api in ["http://127.0.0.1:9081", "http://127.0.0.1:9081/", "http://[::1]:9081"] {
        assert!(is_loopback(api), "{api}");
    }
    for api in [
        "http://10.0.0.1:9081",
        "https://127.0.0.1:9081",
        "http://localhost:9081",
        "http://127.0.0.1.example:9081",
        "http://127.0.0.1:80@example.org",
        "",
    ] {
        assert!(!is_loopback(api), "{api}");
    }
}
