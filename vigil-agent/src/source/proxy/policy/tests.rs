use super::*;

fn policy() -> Policy {
    Policy::new(&["API.Anthropic.com.".to_owned(), "10.0.0.1".to_owned()])
}

#[test]
fn lists_exact_names_on_the_tls_port_only() {
    let policy = policy();

    assert!(policy.listed(&canonical("api.ANTHROPIC.com."), 443));
    assert!(!policy.listed("api.anthropic.com", 8443));
    assert!(!policy.listed("x.api.anthropic.com", 443));
    assert!(!policy.listed("anthropic.com", 443));
}

#[test]
fn never_lists_an_address_in_any_notation() {
    let policy = policy();

    assert_eq!(policy.hosts(), ["api.anthropic.com"]);
    for address in ["10.0.0.1", "[::1]", "::ffff:1.2.3.4", "127.1", "2130706433", "0x7f000001"] {
        assert!(is_ip(&canonical(address)), "{address}");
    }
    assert!(!is_ip("api.anthropic.com"));
}

#[test]
fn envelopes_are_for_ai_hosts_and_their_subdomains_alone() {
    let policy = policy();

    assert!(policy.is_ai_host("statsig.anthropic.com"));
    assert!(policy.is_ai_host("openai.com"));
    assert!(!policy.is_ai_host("notopenai.com"));
    assert!(!policy.is_ai_host("bank.example"));
}
