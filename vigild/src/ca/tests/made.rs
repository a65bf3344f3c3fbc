//! Certificates made by the library that the agent makes its own with. The agent's real one is held
//! against the validator in the end-to-end tests, which may know both.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData as _,
    date_time_ymd,
};
use vigil_proto::{
    ca::{AI_HOSTS, Subject},
    rpc::{BadCa, CA_DER_MAX, Fingerprint, Micros},
};

use super::{
    super::validate,
    parts::{BEGIN, uid},
};

pub(super) const NOW: Micros = Micros((BEGIN + 1) * 1_000_000);

/// As the agent of uid 1000 makes it.
pub(super) fn ours(key: &KeyPair, hosts: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::default();
    let subject = Subject::new(uid(1000), &key.subject_public_key_info());
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject.to_string());
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: hosts
            .iter()
            .map(|host| GeneralSubtree::DnsName((*host).to_owned()))
            .collect(),
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])),
            GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
        ],
    });
    params
}

pub(super) fn p256() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn signed(params: &CertificateParams, key: &KeyPair) -> Certificate {
    params.self_signed(key).unwrap()
}

#[test]
fn ours_passes() {
    let key = p256();
    let certificate = signed(&ours(&key, &["api.anthropic.com"]), &key);

    let ca = validate(certificate.der(), uid(1000), NOW).unwrap();

    assert_eq!(ca.fingerprint(), Fingerprint::of(certificate.der()));
    assert_eq!(ca.not_after(), Micros((BEGIN + 365 * 86_400) * 1_000_000));
}

#[test]
fn ours_for_every_host_fits() {
    let key = p256();
    let every: Vec<_> = AI_HOSTS.iter().map(|host| host.name).collect();
    let certificate = signed(&ours(&key, &every), &key);

    assert!(certificate.der().len() < CA_DER_MAX, "{} bytes", certificate.der().len());
    assert!(validate(certificate.der(), uid(1000), NOW).is_ok());
}

#[test]
fn other_keys_do_not() {
    for kind in [&PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
        let key = KeyPair::generate_for(kind).unwrap();
        let certificate = signed(&ours(&key, &["api.anthropic.com"]), &key);

        let verdict = validate(certificate.der(), uid(1000), NOW).map(|_| ());

        assert_eq!(verdict, Err(BadCa::KeyType), "{kind:?}");
    }
}

#[test]
fn a_leaf_of_ours_is_not_one_of_ours() {
    let key = p256();
    let params = ours(&key, &["api.anthropic.com"]);
    let issuer = rcgen::Issuer::new(params, key);
    let leaf = CertificateParams::new(vec!["api.anthropic.com".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&p256(), &issuer).unwrap();

    let verdict = validate(leaf.der(), uid(1000), NOW).map(|_| ());

    // rcgen's leafs reach from 1975 to 4096; it is not its own issuer first of all.
    assert_eq!(verdict, Err(BadCa::NotSelfSigned));
}
