//! The local certificate authority: kept in a folder of its own, able to sign for the listed hosts
//! only. It never signs for an address, nor once it has ended. Its form is the one that the root
//! daemon lets a machine trust (docs/adr/0013-ca-validator.md); how one follows another is told in
//! docs/adr/0023-rotation.md.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, PublicKeyData as _,
};
use vigil_platform::{paths::PathError, private};
use vigil_proto::{ca::Subject, rpc::Uid};

mod certificate;
mod check;
mod folder;
mod standing;

pub use self::{
    certificate::Certificate,
    check::Untrusted,
    folder::Authorities,
    standing::{Coming, Standing},
};

/// How long a CA lives. The person trusts it once; a year bounds what a stolen key is good for, and
/// is less than [`vigil_proto::ca::VALID_DAYS_MAX`].
const LIFETIME: Duration = Duration::from_hours(365 * 24);
/// Certificates begin this long ago, for clients whose clock is behind.
pub(super) const CLOCK_SKEW: Duration = Duration::from_hours(1);

/// Why there is no CA.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// A file or folder could not be read or written.
    #[error(transparent)]
    File(#[from] PathError),
    /// A certificate could not be made.
    #[error("cannot make a certificate for {path}; remove the files there and start again")]
    Make {
        /// The CA's certificate.
        path: PathBuf,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
}

/// Why nothing is signed with a CA that is there.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    /// Its key is somebody else's, or was open to somebody else.
    #[error("its key cannot be used: {0}")]
    Key(#[source] PathError),
    /// Its files do not belong together, or are no certificate and key.
    #[error("its files in {0} are damaged or do not belong together")]
    Damaged(PathBuf),
    /// There is none any more.
    #[error("it was taken away; `vigil setup` makes another, and so does the agent's next start")]
    Gone,
    /// It is not this user's.
    #[error("it is in another name than this user's")]
    OtherName,
    /// Its time is over.
    #[error("it has ended")]
    Ended,
    /// Its time has not come; somebody set the clock.
    #[error("by this machine's clock its time has not come")]
    NotBegun,
    /// It was made before this host was listed.
    #[error("it may not sign for {0}, which the configuration lists")]
    NotPermitted(String),
}

impl Unfit {
    /// A fixed word for records.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Key(_) => "ca-key-unsafe",
            Self::Damaged(_) => "ca-damaged",
            Self::Gone => "ca-gone",
            Self::OtherName => "ca-of-another",
            Self::Ended => "ca-ended",
            Self::NotBegun => "ca-not-begun",
            Self::NotPermitted(_) => "ca-not-for-host",
        }
    }
}

/// A CA's certificate and key.
pub(super) struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// The one of `certificate`, with the key in `key`.
    fn read(certificate: Certificate, key: &Path, uid: Uid) -> Result<Self, Unfit> {
        let damaged = || Unfit::Damaged(key.parent().unwrap_or(key).to_owned());
        let pem = private::read(key).map_err(Unfit::Key)?.ok_or_else(damaged)?;
        let pem = std::str::from_utf8(&pem).map_err(|_| damaged())?;
        let key = KeyPair::from_pem(pem).map_err(|_| damaged())?;
        let own_key = key.subject_public_key_info();
        if !certificate.has_key(&own_key) {
            return Err(damaged());
        }
        let subject = Subject::new(uid, &own_key);
        if !certificate.is_named(subject) {
            return Err(Unfit::OtherName);
        }
        let params = params(subject, certificate.permitted(), certificate.begins());
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// A new one, and its key in PEM; `path` is where it will be.
    fn make(
        path: &Path,
        hosts: &[String],
        uid: Uid,
        now: SystemTime,
    ) -> Result<(Certificate, String), CaError> {
        let failed = |source| CaError::Make { path: path.to_owned(), source };
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let subject = Subject::new(uid, &key.subject_public_key_info());
        let params = params(subject, &permitted(hosts), now - CLOCK_SKEW);
        let certificate = params.self_signed(&key).map_err(failed)?;
        let certificate = Certificate::read(certificate.der())
            .ok_or_else(|| failed(rcgen::Error::CouldNotParseCertificate))?;
        Ok((certificate, key.serialize_pem()))
    }

    /// Its certificate.
    pub(super) const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Signs leaves.
    pub(super) const fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// Fails where nothing may be signed at `now`.
    fn require(&self, now: SystemTime) -> Result<(), Unfit> {
        if now >= self.certificate.ends() {
            Err(Unfit::Ended)
        } else if now < self.certificate.begins() {
            Err(Unfit::NotBegun)
        } else {
            Ok(())
        }
    }
}

/// The one that signs, or why none does.
type Signer = Result<Arc<Authority>, Arc<Unfit>>;

/// The names that a CA for `hosts` may sign for. A bare name permits itself and what is below it;
/// with a leading dot the name itself would be refused.
fn permitted(hosts: &[String]) -> Vec<String> {
    if hosts.is_empty() {
        // An empty list would permit every name.
        return vec!["invalid".to_owned()];
    }
    hosts.to_vec()
}

fn params(subject: Subject, permitted: &[String], not_before: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject.to_string());
    set_validity(&mut params, not_before, not_before + LIFETIME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted.iter().cloned().map(GeneralSubtree::DnsName).collect(),
        // Name constraints leave addresses open unless they are excluded by themselves.
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])),
            GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
        ],
    });
    params
}

/// Sets when a certificate begins and ends.
pub(super) fn set_validity(params: &mut CertificateParams, from: SystemTime, until: SystemTime) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let seconds = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Duration::from_secs(since.as_secs())
    };
    params.not_before = epoch + seconds(from);
    params.not_after = epoch + seconds(until);
}

#[cfg(test)]
mod tests;
