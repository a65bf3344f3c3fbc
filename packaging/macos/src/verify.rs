//! Whether a package is whole, whose it is, and what it would install.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use apple_bom::ParsedBom;
use apple_xar::table_of_contents::ChecksumType;
use chrono::Utc;
use x509_certificate::CapturedX509Certificate;

use crate::{
    archive::{COMPONENT, Parts},
    bom::cksum,
    build::{self, SCRIPTS},
    cpio::{self, Entry},
    documents::Facts,
    owners, read,
};

/// The files of the archive.
const PARTS: [&str; 6] = ["", "/Bom", "/PackageInfo", "/Payload", "/Scripts", "Distribution"];

/// What was found.
#[derive(Debug)]
pub struct Report {
    digest: String,
    signed: Signed,
    facts: Facts,
    payload: Vec<Entry>,
    scripts: Vec<Entry>,
}

/// Whose signature it is.
#[derive(Debug)]
enum Signed {
    /// Nobody's.
    Not,
    /// These certificates', each issued by the next one.
    By { chain: Vec<CapturedX509Certificate>, is_anchored: bool },
}

/// Reads a package back.
pub fn verify(package: &[u8], anchor: Option<&Path>) -> Result<Report> {
    let mut archive = read::framed(package)?;
    let mut names: Vec<_> = archive.files()?.into_iter().map(|(path, _)| path).collect();
    names.sort();
    let mut expected = PARTS.map(|part| match part.strip_prefix('/') {
        None if part.is_empty() => COMPONENT.to_owned(),
        None => part.to_owned(),
        Some(part) => format!("{COMPONENT}/{part}"),
    });
    expected.sort();
    ensure!(names == expected, "the archive has other parts: {}", names.join(", "));
    for (path, file) in archive.files()? {
        let Some(data) = file.data else { continue };
        let bytes = archive.get_file_data_from_path(&path)?.with_context(|| path.clone())?;
        let sum = &data.extracted_checksum;
        let is_so = read::hex(&sum.style.digest_data(&bytes)?) == sum.checksum;
        ensure!(is_so && bytes.len() as u64 == data.size, "{path} is not what was packed");
    }
    let signed = match archive.rsa_signature()? {
        None => Signed::Not,
        Some((plain, chain)) => {
            let first = chain.first().context("the signature names nobody")?;
            ensure!(
                read::is_signed(package, &plain, first)?,
                "the plain signature is not that of {}",
                name(first)
            );
            ensure!(archive.verify_cms_signature()?, "the second signature is missing");
            let cms = archive.cms_signature()?.context("the second signature is missing")?;
            ensure!(
                cms.signers().count() == 1 && cms.certificates().any(|one| one == first),
                "the two signatures are not of the same"
            );
            issued(&chain)?;
            let is_anchored = match anchor {
                None => false,
                Some(path) => {
                    anchored(&chain, path)?;
                    true
                }
            };
            Signed::By { chain, is_anchored }
        }
    };

    let parts = Parts::read(package)?;
    let facts = Facts::read(&parts.package_info, &parts.distribution)?;
    let payload = cpio::read(&parts.payload).context("the payload")?;
    let scripts = cpio::read(&parts.scripts).context("the scripts")?;
    compare(&parts.bom, &payload)?;
    for entry in &payload {
        let Entry { path, .. } = entry;
        let is_program = entry.mode & 0o111 != 0;
        let rights = owners::of(path, entry.is_folder(), is_program);
        ensure!(rights == Some(entry.rights()), "{path} has other rights than it should");
    }
    ensure!(facts.count == payload.len(), "PackageInfo counts other files");
    ensure!(facts.kibibytes == build::kibibytes(&payload), "PackageInfo has another size");
    ensure!(
        facts.architectures == build::architectures(&payload)?,
        "Distribution names other processors than the programs are for"
    );
    let names: Vec<_> = scripts.iter().filter_map(|entry| entry.path.strip_prefix("./")).collect();
    ensure!(names == SCRIPTS, "there are other scripts: {}", names.join(", "));
    for script in scripts.iter().filter(|entry| !entry.is_folder()) {
        let is_plain = script.bytes.starts_with(b"#!/bin/sh\n") && script.mode & 0o777 == 0o755;
        ensure!(is_plain, "{} is not a plain script", script.path);
    }
    let digest = read::hex(&ChecksumType::Sha256.digest_data(package)?);
    Ok(Report { digest, signed, facts, payload, scripts })
}

/// Every certificate is of its time and issued by the next one; the last by itself, or by one that is
/// not there.
fn issued(chain: &[CapturedX509Certificate]) -> Result<()> {
    for (certificate, issuer) in chain.iter().zip(chain.iter().skip(1)) {
        certificate
            .verify_signed_by_certificate(issuer)
            .with_context(|| format!("{} was not issued by the next one", name(certificate)))?;
    }
    if let Some(last) = chain.last().filter(|last| last.subject_is_issuer()) {
        last.verify_signed_by_certificate(last).context("the last certificate")?;
    }
    for certificate in chain {
        let is_valid = certificate.time_constraints_valid(Some(Utc::now()));
        ensure!(is_valid, "the certificate of {} is not valid today", name(certificate));
    }
    Ok(())
}

/// The chain ends in the given certificate.
fn anchored(chain: &[CapturedX509Certificate], path: &Path) -> Result<()> {
    let pem = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let anchor = CapturedX509Certificate::from_pem(pem)
        .with_context(|| format!("{} is no certificate", path.display()))?;
    let last = chain.last().context("the signature names nobody")?;
    ensure!(
        *last == anchor || last.verify_signed_by_certificate(&anchor).is_ok(),
        "it was signed by {}, not by {}",
        name(last),
        name(&anchor)
    );
    Ok(())
}

/// The bill of materials lists what the payload has, all of it, and nothing else.
fn compare(bom: &[u8], payload: &[Entry]) -> Result<()> {
    let listed = ParsedBom::parse(bom).context("the bill of materials")?.paths()?;
    let mut listed: BTreeMap<&str, _> = listed.iter().map(|one| (one.path(), one)).collect();
    for entry in payload {
        let Entry { path, .. } = entry;
        let one = listed.remove(path.as_str());
        let one = one.with_context(|| format!("{path} is not in the bill of materials"))?;
        let is_same = u32::from(one.file_mode()) == entry.mode
            && (one.user_id(), one.group_id()) == (entry.uid, entry.gid)
            && (entry.is_folder()
                || (one.size() == entry.bytes.len() && one.crc32() == Some(cksum(&entry.bytes))));
        ensure!(is_same, "{path} is another one in the bill of materials");
    }
    match listed.keys().next() {
        None => Ok(()),
        Some(path) => bail!("{path} is in the bill of materials alone"),
    }
}

impl Report {
    /// An error where nobody signed.
    pub fn judge(&self) -> Result<()> {
        match self.signed {
            Signed::Not => bail!("it is whole, but nobody signed it"),
            Signed::By { .. } => Ok(()),
        }
    }

    /// Writes the scripts into a folder.
    pub fn write_scripts(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        for script in self.scripts.iter().filter(|entry| !entry.is_folder()) {
            let path = folder.join(script.path.trim_start_matches("./"));
            fs::write(&path, &script.bytes).with_context(|| format!("write {}", path.display()))?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { version, count, kibibytes, architectures } = &self.facts;
        writeln!(f, "Vigil {version} for macOS on {}", architectures.join(", "))?;
        writeln!(f, "SHA-256 {}", self.digest)?;
        match &self.signed {
            Signed::Not => writeln!(f, "not signed")?,
            Signed::By { chain, is_anchored } => {
                writeln!(f, "signed, and both signatures are right:")?;
                for certificate in chain {
                    let print = certificate.sha256_fingerprint();
                    let print = print.map(|print| read::hex(print.as_ref())).unwrap_or_default();
                    writeln!(f, "  {} (SHA-256 {print})", name(certificate))?;
                }
                let is_own = chain.last().is_some_and(|last| last.subject_is_issuer());
                if *is_anchored {
                    writeln!(f, "  which is the certificate that was asked for")?;
                } else if is_own && chain.len() == 1 {
                    writeln!(f, "  a certificate that vouches for itself: macOS will not take it")?;
                } else {
                    writeln!(f, "  whether macOS trusts the last one is not known here")?;
                }
            }
        }
        writeln!(f, "scripts: {}", SCRIPTS.join(", "))?;
        writeln!(f, "{count} files and folders, {kibibytes} KiB:")?;
        for entry in &self.payload {
            let Entry { path, mode, uid, gid, bytes, .. } = entry;
            let (kind, size) = if entry.is_folder() {
                ('d', String::new())
            } else {
                ('-', bytes.len().to_string())
            };
            writeln!(f, "  {kind} {:04o} {uid:>3}:{gid:<3} {size:>10}  {path}", mode & 0o7777)?;
        }
        Ok(())
    }
}

fn name(certificate: &CapturedX509Certificate) -> String {
    let name = certificate.subject_common_name();
    name.unwrap_or_else(|| "one without a name".to_owned())
}

#[cfg(test)]
mod tests;
