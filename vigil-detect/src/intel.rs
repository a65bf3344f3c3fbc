//! What others have found to be malicious, brought in by the user: packages, hosts, addresses.

use std::net::IpAddr;

/// A set of indicators. Empty until something is imported.
#[derive(Clone, Debug, Default)]
pub struct Intel(());

/// That something is listed, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The list that says so, and its name for it (`osv:MAL-2025-1`).
    pub by: String,
    /// False where only some versions are meant and the version is not known.
    pub certain: bool,
}

impl Intel {
    /// What is said of this version of a package; of an unknown version, whether any is listed.
    pub fn package(&self, ecosystem: &str, name: &str, version: Option<&str>) -> Option<Listed> {
        let _ = (ecosystem, name, version);
        None
    }

    /// What is said of a host.
    pub fn host(&self, host: &str) -> Option<Listed> {
        let _ = host;
        None
    }

    /// What is said of an address.
    pub fn address(&self, address: IpAddr) -> Option<Listed> {
        let _ = address;
        None
    }

    /// What is said of a URL: itself or its host.
    pub fn url(&self, url: &str) -> Option<Listed> {
        let _ = url;
        None
    }
}
