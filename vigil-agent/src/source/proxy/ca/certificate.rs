//! What a CA's certificate says, and files with several of them. Nothing here is believed: whether a
//! certificate is ours is told by its key.

use std::{
    borrow::Borrow,
    time::{Duration, SystemTime},
};

use vigil_platform::trust::pem;
use vigil_proto::{ca::Subject, rpc::Fingerprint};
use x509_parser::{extensions::GeneralName, time::ASN1Time};

/// A CA's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    fingerprint: Fingerprint,
    begins: SystemTime,
    ends: SystemTime,
    permitted: Vec<String>,
    name: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    /// Reads one; `None` when it is none with names to which it is bound.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (rest, x509) = x509_parser::parse_x509_certificate(der).ok()?;
        let constraints = x509.name_constraints().ok().flatten()?.value;
        let names = constraints.permitted_subtrees.iter().flatten().filter_map(|tree| {
            let GeneralName::DNSName(name) = tree.base else { return None };
            Some(name.to_owned())
        });
        let name = x509.subject().iter_common_name().next()?;
        let all = Self {
            begins: time(x509.validity().not_before)?,
            ends: time(x509.validity().not_after)?,
            permitted: names.collect(),
            name: name.attr_value().data.to_vec(),
            key: x509.public_key().raw.to_vec(),
            fingerprint: Fingerprint::of(der),
            der: der.to_vec(),
        };
        rest.is_empty().then_some(all)
    }

    /// Those of a file in PEM, in its order; others in it are left out.
    pub(super) fn all_of(text: &[u8]) -> Vec<Self> {
        pem::read(text).filter_map(|der| Self::read(&der)).collect()
    }

    /// The certificate, DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its SHA-256.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// When it begins.
    pub const fn begins(&self) -> SystemTime {
        self.begins
    }

    /// When it ends.
    pub const fn ends(&self) -> SystemTime {
        self.ends
    }

    /// The names that it may sign for.
    pub fn permitted(&self) -> &[String] {
        &self.permitted
    }

    /// Whether this is its public key (a `SubjectPublicKeyInfo`, DER).
    pub(super) fn has_key(&self, spki: &[u8]) -> bool {
        self.key == spki
    }

    /// Whether it is in this name.
    pub(super) fn is_named(&self, subject: Subject) -> bool {
        subject.is(&self.name)
    }
}

fn time(time: ASN1Time) -> Option<SystemTime> {
    let seconds = u64::try_from(time.timestamp()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Certificates as a file in PEM, in this order.
pub(super) fn text(all: impl IntoIterator<Item: Borrow<Certificate>>) -> String {
    all.into_iter().map(|certificate| pem::write(&certificate.borrow().der)).collect()
}
