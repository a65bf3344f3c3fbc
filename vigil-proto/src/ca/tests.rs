use std::collections::BTreeSet;

use super::*;

#[test]
fn every_listed_name_is_a_plain_host_name_with_a_reason() {
    let names: BTreeSet<&str> = AI_HOSTS.iter().map(|host| host.name).collect();

    assert_eq!(names.len(), AI_HOSTS.len(), "a name twice");
    for Host { name, why, .. } in AI_HOSTS {
        assert!(name.split('.').count() >= 3, "{name}: a domain that people register is too wide");
        assert!(
            name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')),
            "{name}"
        );
        assert!(!why.is_empty(), "{name}");
        assert_eq!(standing(name.as_bytes()), Standing::Listed, "{name}");
    }
}

#[test]
fn no_listed_name_is_below_another() {
    for Host { name, .. } in AI_HOSTS {
        let (_, parent) = name.split_once('.').unwrap();
        assert_eq!(standing(parent.as_bytes()), Standing::Parent, "{parent}");
    }
}

#[test]
fn what_is_decrypted_by_default_is_listed() {
    for name in BY_DEFAULT {
        assert_eq!(standing(name.as_bytes()), Standing::Listed, "{name}");
    }
}

#[test]
fn parents_are_told_from_strangers() {
    for parent in [
        "",
        "com",
        "googleapis.com",
        "amazonaws.com",
        "us-east-1.amazonaws.com",
        "azure.com",
        "anthropic.com",
        "openai.com",
        "ai",
    ] {
        assert_eq!(standing(parent.as_bytes()), Standing::Parent, "{parent}");
    }
    for stranger in [
        "example.com",
        "xapi.anthropic.com",
        "v1.api.anthropic.com",
        "pi.anthropic.com",
        "s3.amazonaws.com",
        "org",
        "auth.openai.com",
        ".com",
        ".",
        "*.openai.com",
    ] {
        assert_eq!(standing(stranger.as_bytes()), Standing::Elsewhere, "{stranger}");
    }
}

#[test]
fn a_name_has_one_spelling() {
    for other in [
        "API.anthropic.com",
        ".api.anthropic.com",
        "api.anthropic.com.",
        "*.api.anthropic.com",
        "api.anthropic.com\0",
        " api.anthropic.com",
    ] {
        assert_eq!(standing(other.as_bytes()), Standing::Elsewhere, "{other}");
    }
}

#[test]
fn below_a_domain_is_one_label() {
    for name in ["openai.azure.com", "mine.openai.azure.com", "a-1.openai.azure.com"] {
        assert_eq!(standing(name.as_bytes()), Standing::Listed, "{name}");
    }
    for name in [
        "a.b.openai.azure.com",
        ".openai.azure.com",
        "*.openai.azure.com",
        "-a.openai.azure.com",
        "A.openai.azure.com",
        "xopenai.azure.com",
    ] {
        assert_eq!(standing(name.as_bytes()), Standing::Elsewhere, "{name}");
    }
    let long = format!("{}.openai.azure.com", "a".repeat(64));
    assert_eq!(standing(long.as_bytes()), Standing::Elsewhere);
}

#[test]
fn a_subject_is_its_uids_and_its_keys() {
    let uid = |number| Uid::new(number).unwrap();
    let subject = Subject::new(uid(1000), b"key");
    let text = subject.to_string();

    // SHA-256 of "key" begins 2c70e12b.
    assert_eq!(text, "Vigil local CA for uid 1000 (2c70e12b)");
    assert!(subject.is(text.as_bytes()));
    assert!(!Subject::new(uid(100), b"key").is(text.as_bytes()));
    assert!(!Subject::new(uid(1000), b"another").is(text.as_bytes()));
    assert!(!subject.is(format!("{text} ").as_bytes()));
    assert!((0..text.len()).all(|end| !subject.is(text.as_bytes().get(..end).unwrap())));
    assert!(Subject::new(uid(u32::MAX - 1), b"key").to_string().len() <= 64, "RFC 5280's bound");
}

#[test]
fn an_ai_service_is_more_than_what_may_be_trusted() {
    for host in AI_HOSTS {
        assert!(is_ai(host.name), "{}", host.name);
    }
    for host in ["claude.ai", "statsig.anthropic.com", "eu.api.mistral.ai", "a.b.openai.com"] {
        assert!(is_ai(host), "{host}");
        assert_ne!(standing(host.as_bytes()), Standing::Listed, "{host}");
    }
    for host in ["", "ai", "notopenai.com", "openai.com.example", "googleapis.com", "x.ai"] {
        assert!(!is_ai(host), "{host}");
    }
}
