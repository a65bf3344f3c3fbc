//! What an installation has below its prefix, in every package alike.

use std::fs;

use anyhow::{Context, Result};

use super::{binaries::Binaries, documents, epoch::Epoch, notices, tools::gzip};
use crate::{cargo::root, extension};

/// Every file, by its path.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) files: Vec<File>,
}

/// A file below the prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct File {
    /// From the prefix, without a slash at its beginning.
    pub(super) path: String,
    /// 0755 for what is run, 0644 for the rest.
    pub(super) mode: u32,
    pub(super) bytes: Vec<u8>,
}

impl File {
    /// What is read.
    pub(super) fn data(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), mode: 0o644, bytes }
    }

    /// What is run.
    pub(super) fn program(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), mode: 0o755, bytes }
    }
}

/// Programs, and where each goes: the command on everybody's path, the others beside nobody's.
const PROGRAMS: [(&str, &str); 3] = [
    ("vigil", "bin/vigil"),
    ("vigil-agent", "libexec/vigil/vigil-agent"),
    ("vigild", "libexec/vigil/vigild"),
];

/// Files of the checkout, and where each goes as it is.
const COPIED: [(&str, &str); 3] = [
    ("systemd/vigild.service", "lib/systemd/system/vigild.service"),
    ("systemd/vigild.socket", "lib/systemd/system/vigild.socket"),
    ("packaging/copyright", "share/doc/vigil/copyright"),
];

impl Layout {
    pub(super) fn of(
        binaries: &Binaries,
        sbom: &[u8],
        version: &str,
        epoch: Epoch,
    ) -> Result<Self> {
        let mut files = documents::made_by(&binaries.vigil)?;
        for (name, to) in PROGRAMS {
            let bytes = fs::read(binaries.path(name)).with_context(|| format!("read {name}"))?;
            files.push(File::program(to, bytes));
        }
        for (from, to) in COPIED {
            files.push(File::data(to, read(from)?));
        }
        for (name, bytes) in extension::unpacked()? {
            let name = name.to_str().context("the extension's files have plain names")?;
            files.push(File::data(format!("share/vigil/browser_extension/{name}"), bytes));
        }
        files
            .push(File::data("share/vigil/vigil-extension-firefox.zip", extension::for_firefox()?));
        let documents = [
            ("changelog.gz", changelog(version, epoch).into_bytes()),
            ("CHANGELOG.md.gz", read("CHANGELOG.md")?),
            ("third-party.txt.gz", notices::gather(binaries.arch)?.into_bytes()),
            ("vigil.cdx.json.gz", sbom.to_vec()),
        ];
        for (name, bytes) in documents {
            files.push(File::data(format!("share/doc/vigil/{name}"), gzip(&bytes)?));
        }
        files.sort();
        Ok(Self { files })
    }
}

/// As Debian's tools read it. What changed is in the project's own list beside it.
fn changelog(version: &str, epoch: Epoch) -> String {
    format!(
        "vigil ({version}) stable; urgency=medium\n\n  * What changed is in CHANGELOG.md.gz.\n\n -- {}  {}\n",
        super::deb::MAINTAINER,
        epoch.rfc5322()
    )
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(root().join(path)).with_context(|| format!("read {path}"))
}
