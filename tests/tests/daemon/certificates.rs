//! Authorities that the daemon lets nobody have trusted: each refused with its own word, and nothing
//! changed.

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData as _, date_time_ymd,
};
use vigil_proto::{
    ca::Subject,
    rpc::{BadCa, BoundedBytes, JournalScope, Max, Refusal, Request, Response, Unsupported},
};

use super::support::{Place, own_uid, uid};

/// As the agent of `of` makes it, valid for a year about now.
pub(crate) fn ours(key: &KeyPair, of: u32) -> CertificateParams {
    let mut params = CertificateParams::default();
    let subject = Subject::new(uid(of), &key.subject_public_key_info());
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject.to_string());
    let day = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    let year = 1970 + i32::try_from(day / 365).unwrap_or(0);
    // Within the first days of a year the division above is already in it, at its end not yet.
    params.not_before = date_time_ymd(year - 1, 12, 1);
    params.not_after = date_time_ymd(year, 12, 31);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(only_for(&["api.anthropic.com"]));
    params
}

fn only_for(hosts: &[&str]) -> NameConstraints {
    NameConstraints {
        permitted_subtrees: hosts
            .iter()
            .map(|host| GeneralSubtree::DnsName((*host).to_owned()))
            .collect(),
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])),
            GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
        ],
    }
}

pub(crate) fn p256() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

pub(crate) fn der(params: &CertificateParams, key: &KeyPair) -> BoundedBytes<4096> {
    BoundedBytes::new(params.self_signed(key).unwrap().der().to_vec()).unwrap()
}

#[test]
fn each_wrong_authority_is_refused_with_its_own_word() {
    let place = Place::new();
    let daemon = place.start();
    let mut caller = daemon.caller();
    let (key, other_kind) = (p256(), KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap());
    let mut changed = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = ours(&key, own_uid());
        change(&mut params);
        caller.ask(&Request::CaInstall { der: der(&params, &key) })
    };
    let hosts = |hosts: &'static [&'static str]| {
        move |params: &mut CertificateParams| params.name_constraints = Some(only_for(hosts))
    };
    let refused = |bad: BadCa| Response::from(Refusal::BadCa(bad));

    // The right one is not refused for what it is.
    let no_store = Response::from(Refusal::Unsupported(Unsupported::ThisMachine));
    assert_eq!(changed(&|_| {}), no_store);

    assert_eq!(changed(&|params| params.name_constraints = None), refused(BadCa::NoConstraints));
    assert_eq!(changed(&hosts(&["example.org"])), refused(BadCa::WiderHost));
    assert_eq!(changed(&hosts(&["api.anthropic.com", "example.org"])), refused(BadCa::WiderHost));
    assert_eq!(changed(&hosts(&["amazonaws.com"])), refused(BadCa::SharedParent));
    assert_eq!(
        changed(&|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        refused(BadCa::PathLen)
    );
    assert_eq!(
        changed(&|params| params.not_before = date_time_ymd(2020, 1, 1)),
        refused(BadCa::TooLong)
    );
    assert_eq!(
        changed(&|params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 12, 1);
        }),
        refused(BadCa::NotNow)
    );
    let of_another = der(&ours(&key, own_uid() + 1), &key);
    let answer = caller.ask(&Request::CaInstall { der: of_another });
    assert_eq!(answer, refused(BadCa::ForeignSubject));
    let of_another_kind = der(&ours(&other_kind, own_uid()), &other_kind);
    let answer = caller.ask(&Request::CaInstall { der: of_another_kind });
    assert_eq!(answer, refused(BadCa::KeyType));

    let tail = Request::JournalTail { scope: JournalScope::Everyone, since: 0, max: Max::all() };
    let Response::Journal(page) = caller.ask(&tail) else { panic!() };
    assert_eq!(page.rows.len(), 0);
}
