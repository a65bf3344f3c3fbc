use std::{os::unix::fs::MetadataExt as _, process::Command};

use vigil_proto::ca::VALID_DAYS_MAX;

use super::*;

fn uid() -> Uid {
    Uid::new(1000).unwrap()
}

fn hosts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// True when openssl accepts a leaf for `name`, signed by `authority` without asking anyone.
fn openssl_accepts(authority: &Authority, folder: &Path, name: &str) -> bool {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let leaf = params.signed_by(&key, authority.issuer()).unwrap();
    let path = folder.join("leaf.pem");
    fs::write(&path, leaf.pem()).unwrap();
    let output = Command::new("openssl")
        .args(["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"])
        .arg(authority.path())
        .arg(path)
        .output()
        .expect("these tests need openssl: apt-get install openssl");
    output.status.success()
}

#[test]
fn it_can_vouch_for_listed_hosts_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let authority =
        Authority::open(&folder.path().join("ca"), &hosts(&["api.anthropic.com"]), uid()).unwrap();

    assert!(openssl_accepts(&authority, folder.path(), "api.anthropic.com"));
    for other in ["anthropic.com", "example.com", "xapi.anthropic.com", "127.0.0.1", "::1"] {
        assert!(!openssl_accepts(&authority, folder.path(), other), "{other}");
    }
}

#[test]
fn with_no_host_it_can_vouch_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open(&folder.path().join("ca"), &[], uid()).unwrap();

    assert!(!openssl_accepts(&authority, folder.path(), "example.com"));
}

#[test]
fn it_is_private_and_names_no_more_than_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    let authority = Authority::open(&dir, &hosts(&["a.example"]), uid()).unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(authority.der()).unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("ca.key"))), (0o700, 0o600));
    let subject = certificate.subject().to_string();
    let expected = Subject::new(uid(), certificate.public_key().raw);
    assert_eq!(subject, format!("CN={expected}"));
    let validity = certificate.validity();
    let seconds = validity.not_after.timestamp() - validity.not_before.timestamp();
    assert!(seconds <= i64::from(VALID_DAYS_MAX) * 86_400);
    assert!(validity.time_to_expiration().unwrap().whole_days() < 365);
    let constraints = certificate.name_constraints().unwrap().unwrap();
    assert!(constraints.critical);
    let basic = certificate.basic_constraints().unwrap().unwrap();
    assert_eq!((basic.critical, basic.value.path_len_constraint), (true, Some(0)));
    let usage = certificate.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.key_cert_sign());
    assert_eq!(usage.value.flags.count_ones(), 1, "it signs certificates and nothing else");
}

#[test]
fn it_is_made_once_and_signs_alike_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    let first = Authority::open(&dir, &hosts(&["a.example", "b.example"]), uid()).unwrap();

    let again = Authority::open(&dir, &hosts(&["b.example"]), uid()).unwrap();

    assert_eq!(first.der(), again.der());
    assert!(openssl_accepts(&again, folder.path(), "b.example"));
}

#[test]
fn a_host_outside_its_constraints_makes_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    let first = Authority::open(&dir, &hosts(&["a.example"]), uid()).unwrap();

    let again = Authority::open(&dir, &hosts(&["a.example", "c.example"]), uid()).unwrap();

    assert_ne!(first.der(), again.der());
    assert!(openssl_accepts(&again, folder.path(), "c.example"));
}

#[test]
fn damaged_files_make_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    Authority::open(&dir, &hosts(&["a.example"]), uid()).unwrap();
    // A key that is not the certificate's.
    let other = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    fs::write(dir.join("ca.key"), other.serialize_pem()).unwrap();

    let again = Authority::open(&dir, &hosts(&["a.example"]), uid()).unwrap();

    assert!(openssl_accepts(&again, folder.path(), "a.example"));
}

#[test]
fn another_users_is_made_again_in_ones_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    let names = hosts(&["a.example"]);
    let theirs = Authority::open(&dir, &names, Uid::new(1001).unwrap()).unwrap();

    let own = Authority::open(&dir, &names, uid()).unwrap();

    assert_ne!(theirs.der(), own.der());
    assert_eq!(own.der(), Authority::open(&dir, &names, uid()).unwrap().der());
}
