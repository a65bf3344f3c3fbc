//! The daemon's eye for certificates: what it lets through, another reader finds to be no more than
//! an authority of ours may be.

#![no_main]

use std::net::IpAddr;

use vigil_proto::{
    ca::{AI_HOSTS, Covers, Subject},
    rpc::{Fingerprint, Micros, Uid},
};
use x509_parser::{
    extensions::{GeneralName, ParsedExtension},
    prelude::{FromDer as _, X509Certificate},
};

/// 2026-06-01, in the middle of the seeds' validity.
const NOW: i64 = 1_780_272_000;
const UID: u32 = 1000;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else { return };
    // A changed length spoils all around it: the parts that say most are also given alone, in an
    // outline that fits them.
    match kind {
        b'c' => check(rest),
        b'e' => check(&certificate(rest)),
        b'n' => check(&certificate(&with_constraints(rest))),
        _ => check(data),
    }
});

fn check(der: &[u8]) {
    let uid = Uid::new(UID).expect("a uid");
    let Ok(ca) = vigild::ca::validate(der, uid, Micros(NOW * 1_000_000)) else { return };
    assert_eq!((ca.der(), ca.fingerprint()), (der, Fingerprint::of(der)));
    assert!(der.len() <= 4096, "too large");

    let (rest, read) = X509Certificate::from_der(der).expect("no certificate for another reader");
    assert!(rest.is_empty(), "more than one");
    assert_eq!(read.issuer().as_raw(), read.subject().as_raw());
    let name = Subject::new(uid, read.public_key().raw).to_string();
    assert_eq!(read.subject().to_string(), format!("CN={name}"));
    assert_eq!(read.signature_algorithm.algorithm.to_id_string(), "1.2.840.10045.4.3.2");
    assert_eq!(read.public_key().algorithm.algorithm.to_id_string(), "1.2.840.10045.2.1");
    assert_eq!(read.public_key().subject_public_key.data.len(), 65);
    let (from, until) =
        (read.validity().not_before.timestamp(), read.validity().not_after.timestamp());
    assert!(from <= NOW && NOW <= until && until - from <= 398 * 86_400, "{from} to {until}");
    assert_eq!(ca.not_after(), Micros(until * 1_000_000));

    let mut seen = [false; 4];
    for extension in read.extensions() {
        let which = match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => {
                assert!(extension.critical && basic.ca && basic.path_len_constraint == Some(0));
                0
            }
            ParsedExtension::KeyUsage(usage) => {
                assert!(extension.critical && usage.key_cert_sign());
                assert_eq!(usage.flags.count_ones(), 1);
                1
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                assert!(usage.server_auth && !usage.any && !usage.client_auth);
                assert!(!usage.code_signing && !usage.email_protection && !usage.time_stamping);
                assert!(!usage.ocsp_signing && usage.other.is_empty());
                2
            }
            ParsedExtension::NameConstraints(names) => {
                assert!(extension.critical);
                let permitted = names.permitted_subtrees.as_deref().unwrap_or_default();
                assert!(!permitted.is_empty());
                for tree in permitted {
                    let GeneralName::DNSName(name) = &tree.base else { panic!("another kind") };
                    assert!(is_listed(name), "{name}");
                }
                let excluded = names.excluded_subtrees.as_deref().unwrap_or_default();
                let all = |size: usize| {
                    excluded.iter().any(|tree| match &tree.base {
                        GeneralName::IPAddress(range) => **range == vec![0; size],
                        _ => false,
                    })
                };
                assert!(all(8) && all(32), "addresses");
                3
            }
            ParsedExtension::SubjectKeyIdentifier(_) => continue,
            other => panic!("another extension: {other:?}"),
        };
        assert!(!std::mem::replace(&mut seen[which], true), "twice");
    }
    assert_eq!(seen, [true; 4]);
}

/// The list once more, in other words than the validator's.
fn is_listed(name: &str) -> bool {
    assert!(name.parse::<IpAddr>().is_err() && !name.contains(['*', '\0']));
    AI_HOSTS.iter().any(|host| match host.covers {
        Covers::Name => host.name == name,
        Covers::Below => name == host.name || name.ends_with(&format!(".{}", host.name)),
    })
}

/// An element.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [.., high, low] = content.len().to_be_bytes();
    let length = match (high, low) {
        (0, 0..0x80) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [vec![tag], length, content].concat()
}

/// A certificate that is in order but for its extensions.
fn certificate(extensions: &[u8]) -> Vec<u8> {
    const ECDSA: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    const P256: &[u8] = &[
        0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    ];
    let key = tlv(0x30, &[P256, &tlv(0x03, &[&[0, 4], &[3; 64]])]);
    let subject = Subject::new(Uid::new(UID).expect("a uid"), &key).to_string();
    let name = tlv(0x30, &[&[0x06, 0x03, 0x55, 0x04, 0x03], &tlv(0x0c, &[subject.as_bytes()])]);
    let name = tlv(0x30, &[&tlv(0x31, &[&name])]);
    let time = |text: &[u8]| tlv(0x17, &[text]);
    let inner = tlv(
        0x30,
        &[
            &[0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x07],
            ECDSA,
            &name,
            &tlv(0x30, &[&time(b"260101000000Z"), &time(b"270101000000Z")]),
            &name,
            &key,
            &tlv(0xa3, &[&tlv(0x30, &[extensions])]),
        ],
    );
    let half = tlv(0x02, &[&[1; 32]]);
    tlv(0x30, &[&inner, ECDSA, &tlv(0x03, &[&[0], &tlv(0x30, &[&half, &half])])])
}

/// Extensions that are in order but for the value of the name constraints.
fn with_constraints(value: &[u8]) -> Vec<u8> {
    let extension = |id: u8, critical: &[u8], value: &[u8]| {
        tlv(0x30, &[&[0x06, 0x03, 0x55, 0x1d, id], critical, &tlv(0x04, &[value])])
    };
    const CRITICAL: &[u8] = &[1, 1, 0xff];
    [
        extension(0x13, CRITICAL, &[0x30, 6, 1, 1, 0xff, 2, 1, 0]),
        extension(0x0f, CRITICAL, &[3, 2, 2, 4]),
        extension(0x25, &[], b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"),
        extension(0x1e, CRITICAL, value),
    ]
    .concat()
}
