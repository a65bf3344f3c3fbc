use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    process::Command,
};

use vigil_proto::ca::VALID_DAYS_MAX;

use super::{certificate::text, *};

mod rotation;

const DAY: Duration = Duration::from_hours(24);

fn uid() -> Uid {
    Uid::new(1000).unwrap()
}

fn hosts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A folder for authorities, and beside it room for a test's own files.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn ca(&self) -> PathBuf {
        self.0.path().join("ca")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.ca().join(name)
    }

    fn open(&self, names: &[&str]) -> Authorities {
        Authorities::open(&self.ca(), &hosts(names), uid()).unwrap()
    }

    /// Has one in it that began at `begins`.
    fn with_one_of(names: &[&str], begins: SystemTime) -> Self {
        let folder = Self::new();
        private::ensure_dir(&folder.ca()).unwrap();
        let list = folder.file("ca.pem");
        let (certificate, key) = Authority::make(&list, &hosts(names), uid(), begins).unwrap();
        private::write(&folder.file("ca.key"), key.as_bytes()).unwrap();
        private::write(&list, text([&certificate]).as_bytes()).unwrap();
        folder
    }

    /// True when openssl accepts a leaf for `name` signed with the key in `ca.key` as by the first
    /// certificate, without asking anyone.
    fn openssl_accepts(&self, name: &str) -> bool {
        let listed = Certificate::all_of(&fs::read(self.file("ca.pem")).unwrap());
        let authority = Authority::read(listed[0].clone(), &self.file("ca.key"), uid()).unwrap();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = params.signed_by(&key, authority.issuer()).unwrap();
        let path = self.0.path().join("leaf.pem");
        fs::write(&path, leaf.pem()).unwrap();
        let output = Command::new("openssl")
            .args(["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"])
            .arg(self.file("ca.pem"))
            .arg(path)
            .output()
            .expect("these tests need openssl: apt-get install openssl");
        output.status.success()
    }
}

fn signs(authorities: &Authorities, host: &str) -> Option<Vec<u8>> {
    let signer = authorities.signer(host, SystemTime::now()).ok()?;
    Some(signer.certificate().der().to_vec())
}

fn word(authorities: &Authorities, host: &str, now: SystemTime) -> &'static str {
    authorities.signer(host, now).map_or_else(|unfit| unfit.word(), |_| "fit")
}

#[test]
fn it_can_vouch_for_listed_hosts_and_nothing_else() {
    let folder = Folder::new();
    folder.open(&["api.anthropic.com"]);

    assert!(folder.openssl_accepts("api.anthropic.com"));
    for other in ["anthropic.com", "example.com", "xapi.anthropic.com", "127.0.0.1", "::1"] {
        assert!(!folder.openssl_accepts(other), "{other}");
    }
}

#[test]
fn with_no_host_it_can_vouch_for_nothing() {
    let folder = Folder::new();
    let authorities = folder.open(&[]);

    assert!(!folder.openssl_accepts("example.com"));
    assert_eq!(authorities.standing(SystemTime::now()).due, None);
}

#[test]
fn it_is_private_and_names_no_more_than_a_number() {
    let folder = Folder::new();
    let der = signs(&folder.open(&["a.example"]), "a.example").unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&folder.ca()), mode(&folder.file("ca.key"))), (0o700, 0o600));
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
    let folder = Folder::new();
    let first = signs(&folder.open(&["a.example", "b.example"]), "b.example");

    let again = folder.open(&["b.example"]);

    assert!(first.is_some());
    assert_eq!(first, signs(&again, "b.example"));
    assert!(folder.openssl_accepts("b.example"));
}

#[test]
fn a_key_that_others_may_have_read_signs_nothing_and_is_left() {
    let folder = Folder::new();
    folder.open(&["a.example"]);
    let key = folder.file("ca.key");
    let mut last = None;
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let before = fs::read(&key).unwrap();

        let authorities = folder.open(&["a.example"]);

        assert_eq!(word(&authorities, "a.example", SystemTime::now()), "ca-key-unsafe");
        let unfit = authorities.standing(SystemTime::now()).unfit.unwrap();
        assert!(unfit.contains(&key.display().to_string()), "{unfit}");
        assert!(unfit.contains(&format!("{mode:o}")) && unfit.contains("chmod 600"), "{unfit}");
        assert_eq!(fs::read(&key).unwrap(), before);
        last = Some(authorities);
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let mended = last.unwrap();
    mended.look_again();
    assert!(signs(&mended, "a.example").is_some(), "the remedy helps");
}

#[test]
fn a_key_of_somebody_elses_or_behind_a_link_signs_nothing() {
    let folder = Folder::new();
    folder.open(&["a.example"]);
    let (key, elsewhere) = (folder.file("ca.key"), folder.0.path().join("elsewhere"));
    fs::rename(&key, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &key).unwrap();
    let now = SystemTime::now();
    assert_eq!(word(&folder.open(&["a.example"]), "a.example", now), "ca-key-unsafe");

    fs::remove_file(&key).unwrap();
    fs::rename(&elsewhere, &key).unwrap();
    if let Err(error) = std::os::unix::fs::chown(&key, Some(12_345), None) {
        eprintln!("SKIPPED the half with another owner: only root can give files away: {error}");
        return;
    }
    let authorities = folder.open(&["a.example"]);
    assert_eq!(word(&authorities, "a.example", now), "ca-key-unsafe");
    let unfit = authorities.standing(now).unfit.unwrap();
    assert!(unfit.contains("belongs to uid 12345"), "{unfit}");
}

#[test]
fn what_was_never_whole_is_removed() {
    let folder = Folder::new();
    folder.open(&["a.example"]);
    let part = folder.file(".ca.key.4711.0.new");
    fs::write(&part, "a key").unwrap();

    folder.open(&["a.example"]);

    assert!(!part.exists());
}
