//! A list of certificates for programs that take one in place of the system's (`SSL_CERT_FILE`): the
//! system's own list with one certificate more. The system's list is only read.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{paths::PathError, private};

/// Where systems keep their list as one file: Debian and Arch, Fedora, SUSE, Alpine and macOS.
const LISTS: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The name of the list that is made.
pub const BUNDLE: &str = "bundle.pem";

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// None of the known places has one.
    #[error("no list of the system's certificates was found; install `ca-certificates`")]
    NoList,
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The list could not be written.
    #[error(transparent)]
    Write(#[from] PathError),
}

/// Makes the list beside `certificate` (PEM), or makes it anew when either part of it has changed,
/// and gives its path.
///
/// # Errors
/// The system has no list that is known, or a file cannot be read or written.
pub fn bundle(certificate: &Path) -> Result<PathBuf, RootsError> {
    let list = LISTS.iter().map(Path::new).find(|list| list.is_file());
    combine(list.ok_or(RootsError::NoList)?, certificate)
}

fn combine(list: &Path, certificate: &Path) -> Result<PathBuf, RootsError> {
    let path = certificate.with_file_name(BUNDLE);
    let read = |path: &Path| {
        fs::read(path).map_err(|source| RootsError::Read { path: path.to_owned(), source })
    };
    let mut all = read(list)?;
    if !all.ends_with(b"\n") {
        all.push(b'\n');
    }
    all.extend(read(certificate)?);
    if fs::read(&path).ok().as_deref() != Some(&all) {
        private::write(&path, &all)?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::combine;

    #[test]
    fn a_list_has_the_systems_certificates_and_ours_and_follows_both() {
        let folder = tempfile::tempdir().unwrap();
        let (ca, system) = (folder.path().join("ca.pem"), folder.path().join("system.pem"));
        fs::write(&ca, "OURS\n").unwrap();
        fs::write(&system, "THEIRS").unwrap();

        let list = combine(&system, &ca).unwrap();
        assert_eq!(fs::read_to_string(&list).unwrap(), "THEIRS\nOURS\n");
        assert_eq!(fs::metadata(&list).unwrap().permissions().mode() & 0o777, 0o600);

        fs::write(&ca, "NEW\n").unwrap();
        fs::write(&system, "MORE\n").unwrap();
        assert_eq!(combine(&system, &ca).unwrap(), list);
        assert_eq!(fs::read_to_string(&list).unwrap(), "MORE\nNEW\n");
    }
}
