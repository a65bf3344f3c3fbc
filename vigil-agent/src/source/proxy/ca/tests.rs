use std::{os::unix::fs::MetadataExt as _, process::Command};

use super::*;

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
        Authority::open(&folder.path().join("ca"), &hosts(&["api.anthropic.com"])).unwrap();

    assert!(openssl_accepts(&authority, folder.path(), "api.anthropic.com"));
    for other in ["anthropic.com", "example.com", "xapi.anthropic.com", "127.0.0.1", "::1"] {
        assert!(!openssl_accepts(&authority, folder.path(), other), "{other}");
    }
}

#[test]
fn with_no_host_it_can_vouch_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open(&folder.path().join("ca"), &[]).unwrap();

    assert!(!openssl_accepts(&authority, folder.path(), "example.com"));
}

#[test]
fn it_is_private_and_names_neither_user_nor_machine() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    let authority = Authority::open(&dir, &hosts(&["a.example"])).unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(authority.der()).unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("ca.key"))), (0o700, 0o600));
    let subject = certificate.subject().to_string();
    assert!(subject.starts_with("CN=Vigil local CA "), "{subject}");
    assert!(certificate.validity().time_to_expiration().unwrap().whole_days() < 365);
    let constraints = certificate.name_constraints().unwrap().unwrap();
    assert!(constraints.critical);
    let basic = certificate.basic_constraints().unwrap().unwrap();
    assert_eq!((basic.critical, basic.value.path_len_constraint), (true, Some(0)));
}

#[test]
fn it_is_made_once_and_signs_alike_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    let first = Authority::open(&dir, &hosts(&["a.example", "b.example"])).unwrap();

    let again = Authority::open(&dir, &hosts(&["b.example"])).unwrap();

    assert_eq!(first.der(), again.der());
    assert!(openssl_accepts(&again, folder.path(), "b.example"));
}

#[test]
fn a_host_outside_its_constraints_makes_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    let first = Authority::open(&dir, &hosts(&["a.example"])).unwrap();

    let again = Authority::open(&dir, &hosts(&["a.example", "c.example"])).unwrap();

    assert_ne!(first.der(), again.der());
    assert!(openssl_accepts(&again, folder.path(), "c.example"));
}

#[test]
fn damaged_files_make_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ca");
    Authority::open(&dir, &hosts(&["a.example"])).unwrap();
    // A key that is not the certificate's.
    let other = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    fs::write(dir.join("ca.key"), other.serialize_pem()).unwrap();

    let again = Authority::open(&dir, &hosts(&["a.example"])).unwrap();

    assert!(openssl_accepts(&again, folder.path(), "a.example"));
}
