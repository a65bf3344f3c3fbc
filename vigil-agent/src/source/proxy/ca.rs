//! The local certificate authority: made once, kept in a folder of its own, able to sign for
//! the listed hosts only. It never signs for an address. Its form is the one that the root daemon
//! lets a machine trust (docs/adr/0013-ca-validator.md).

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use vigil_proto::{ca::Subject, rpc::Uid};
use x509_parser::extensions::GeneralName;

/// How long a CA lives. The person trusts it once; a year bounds what a stolen key is good for, and
/// is less than [`vigil_proto::ca::VALID_DAYS_MAX`].
const LIFETIME: Duration = Duration::from_hours(365 * 24);
/// A CA that ends sooner than this is made again at the start.
const RENEW_BEFORE: Duration = Duration::from_hours(7 * 24);
/// Certificates begin this long ago, for clients whose clock is behind.
pub(super) const CLOCK_SKEW: Duration = Duration::from_hours(1);

/// Why there is no CA.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// A file or folder could not be read or written.
    #[error("cannot {action} {path}; check its owner and permissions")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
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

/// The CA's certificate and key.
pub(super) struct Authority {
    path: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
    not_after: SystemTime,
}

impl Authority {
    /// Reads the CA of `dir`, or makes one in the name of `uid`: when there is none, when it ends
    /// soon, when it is in another name, or when `hosts` (canonical names) has one that it may not
    /// sign for.
    pub(super) fn open(dir: &Path, hosts: &[String], uid: Uid) -> Result<Self, CaError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .and_then(|()| fs::set_permissions(dir, fs::Permissions::from_mode(0o700)))
            .map_err(|source| CaError::Io { action: "make", path: dir.to_owned(), source })?;
        match Self::read(dir, hosts, uid) {
            Ok(authority) => return Ok(authority),
            Err(Unfit::Absent) => {}
            Err(unfit) => tracing::warn!(
                "the local CA is made again because {unfit}; clients must trust the new {}",
                dir.join("ca.pem").display()
            ),
        }
        Self::make(dir, hosts, uid)
    }

    /// The certificate's file, PEM.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The certificate, DER.
    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    /// When it ends.
    pub(super) const fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Signs leaves.
    pub(super) const fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    fn read(dir: &Path, hosts: &[String], uid: Uid) -> Result<Self, Unfit> {
        let path = dir.join("ca.pem");
        let pem = match fs::read(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unfit::Absent),
            Err(_) => return Err(Unfit::Damaged),
        };
        let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).map_err(|_| Unfit::Damaged)?;
        let certificate = pem.parse_x509().map_err(|_| Unfit::Damaged)?;
        let key = fs::read_to_string(dir.join("ca.key")).map_err(|_| Unfit::Damaged)?;
        let key = KeyPair::from_pem(&key).map_err(|_| Unfit::Damaged)?;
        let own_key = rcgen::PublicKeyData::subject_public_key_info(&key);
        if certificate.public_key().raw != own_key.as_slice() {
            return Err(Unfit::Damaged);
        }
        let not_after = u64::try_from(certificate.validity().not_after.timestamp())
            .map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .map_err(|_| Unfit::Damaged)?;
        if not_after < SystemTime::now() + RENEW_BEFORE {
            return Err(Unfit::EndsSoon);
        }
        let constraints =
            certificate.name_constraints().ok().flatten().ok_or(Unfit::Damaged)?.value;
        let permitted = constraints.permitted_subtrees.as_deref().unwrap_or_default();
        let missing = hosts.iter().find(|host| {
            !permitted
                .iter()
                .any(|tree| matches!(tree.base, GeneralName::DNSName(name) if name == *host))
        });
        if let Some(host) = missing {
            return Err(Unfit::HostNotPermitted(host.clone()));
        }
        let subject = Subject::new(uid, &own_key);
        let name = certificate.subject().iter_common_name().next();
        if !name.is_some_and(|name| subject.is(name.attr_value().data)) {
            return Err(Unfit::OtherName);
        }
        let params = params(subject, hosts, SystemTime::now());
        Ok(Self { path, issuer: Issuer::new(params, key), der: pem.contents, not_after })
    }

    fn make(dir: &Path, hosts: &[String], uid: Uid) -> Result<Self, CaError> {
        let path = dir.join("ca.pem");
        let failed = |source| CaError::Make { path: path.clone(), source };
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let subject = Subject::new(uid, &rcgen::PublicKeyData::subject_public_key_info(&key));
        let not_before = SystemTime::now() - CLOCK_SKEW;
        let params = params(subject, hosts, not_before);
        let certificate = params.self_signed(&key).map_err(failed)?;
        // The key first: a certificate without its key would be trusted for nothing.
        write_private(&dir.join("ca.key"), key.serialize_pem().as_bytes())?;
        write_private(&path, certificate.pem().as_bytes())?;
        let der = certificate.der().to_vec();
        Ok(Self { path, issuer: Issuer::new(params, key), der, not_after: not_before + LIFETIME })
    }
}

/// Why an existing CA is not used.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("there is none")]
    Absent,
    #[error("its files cannot be read")]
    Damaged,
    #[error("it ends within a week")]
    EndsSoon,
    #[error("it is in another name than Vigil now gives it")]
    OtherName,
    #[error("it may not sign for {0}, which the configuration lists")]
    HostNotPermitted(String),
}

fn params(subject: Subject, hosts: &[String], not_before: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject.to_string());
    set_validity(&mut params, not_before, not_before + LIFETIME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // A bare name permits itself and what is below it; with a leading dot the name itself would
    // be refused. Name constraints leave addresses open unless they are excluded by themselves.
    let mut permitted: Vec<_> = hosts.iter().cloned().map(GeneralSubtree::DnsName).collect();
    if permitted.is_empty() {
        // An empty list would permit every name.
        permitted.push(GeneralSubtree::DnsName("invalid".to_owned()));
    }
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted,
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

/// Replaces `path` with `content`, readable by its owner alone at every moment.
fn write_private(path: &Path, content: &[u8]) -> Result<(), CaError> {
    let part = path.with_extension("part");
    let write = || {
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|source| CaError::Io { action: "write", path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
