//! Whatever is changed in a good certificate, nothing that passes is wider, as another reader
//! understands it.

use proptest::prelude::*;
use vigil_proto::rpc::Micros;
use x509_parser::prelude::*;

use super::{
    super::validate,
    made::{NOW, ours, p256},
    parts::uid,
};

/// The parts that say what an authority may do, by another reader.
#[derive(Debug, PartialEq)]
struct Power {
    subject: String,
    usages: Vec<(String, bool, Vec<u8>)>,
    key: Vec<u8>,
}

fn power(der: &[u8]) -> Power {
    let (rest, read) = X509Certificate::from_der(der).unwrap();
    assert!(rest.is_empty());
    let basic = read.basic_constraints().unwrap().unwrap();
    assert!(basic.critical && basic.value.ca && basic.value.path_len_constraint == Some(0));
    let validity = read.validity();
    let days = (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86_400;
    assert!((0..=398).contains(&days), "{days} days");
    // Everything but the name of the key, which means nothing.
    let usages = read
        .extensions()
        .iter()
        .filter(|e| e.oid != oid_registry::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER)
        .map(|e| (e.oid.to_string(), e.critical, e.value.to_vec()))
        .collect();
    Power { subject: read.subject().to_string(), usages, key: read.public_key().raw.to_vec() }
}

fn good() -> Vec<u8> {
    let key = p256();
    ours(&key, &["api.anthropic.com", "api.openai.com"]).self_signed(&key).unwrap().der().to_vec()
}

fn check(good: &Power, changed: &[u8], now: Micros) -> bool {
    match validate(changed, uid(1000), now) {
        Ok(ca) => {
            assert_eq!(&power(ca.der()), good);
            true
        }
        Err(_) => false,
    }
}

#[test]
fn no_single_byte_makes_it_wider() {
    let der = good();
    let power = power(&der);
    let mut changed = der.clone();
    let mut passed = 0;
    for at in 0..der.len() {
        for flip in (0..8).map(|bit| 1 << bit).chain([0xff, 0x0f, 0xf0]) {
            changed[at] ^= flip;
            passed += usize::from(check(&power, &changed, NOW));
            changed[at] = der[at];
        }
    }
    // Its number, times, the key's name and the signature may be others.
    assert!(passed > 100, "only {passed}: something else is refused");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_few_bytes_make_it_wider(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let der = good_once();
        let mut changed = der.clone();
        for (at, byte) in changes {
            changed[at.index(der.len())] = byte;
        }
        check(&power(der), &changed, NOW);
    }

    #[test]
    fn no_cut_and_paste_makes_it_wider(
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        length in 1_usize..64,
        remove in 0_usize..64,
    ) {
        let der = good_once();
        let (from, to) = (from.index(der.len()), to.index(der.len()));
        let piece = der[from..(from + length).min(der.len())].to_vec();
        let mut changed = der.clone();
        changed.splice(to..(to + remove).min(der.len()), piece);
        check(&power(der), &changed, NOW);
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
        prop_assert!(validate(&bytes, uid(1000), NOW).is_err());
    }
}

/// One for all cases.
fn good_once() -> &'static Vec<u8> {
    static GOOD: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    GOOD.get_or_init(good)
}
