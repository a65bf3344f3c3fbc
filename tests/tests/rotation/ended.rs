//! An authority as the agent makes it, that ended yesterday.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, GeneralSubtree, IsCa, KeyPair,
    KeyUsagePurpose, NameConstraints, PublicKeyData as _, date_time_ymd,
};
use vigil_platform::process;
use vigil_proto::{ca::Subject, rpc::Uid};

/// Puts one for `host` with the key in `key` in the place of `list`.
pub(crate) fn put(list: &Path, key: &Path, host: &str) {
    let key = KeyPair::from_pem(&fs::read_to_string(key).unwrap()).unwrap();
    let uid = Uid::new(process::uid()).unwrap();
    let subject = Subject::new(uid, &key.subject_public_key_info());
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject.to_string());
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(host.to_owned())],
        excluded_subtrees: Vec::new(),
    });
    let day = Duration::from_hours(24);
    let today = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + today.checked_sub(366 * day).unwrap();
    params.not_after = epoch + today.checked_sub(day).unwrap();
    fs::write(list, params.self_signed(&key).unwrap().pem()).unwrap();
}
