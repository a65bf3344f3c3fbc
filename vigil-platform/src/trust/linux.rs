//! Linux: a folder of the administrator's, and a program that makes the list that everybody reads
//! from it and from the distribution's own.

#[path = "linux/bundle.rs"]
mod bundle;
#[path = "linux/place.rs"]
mod place;

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use vigil_proto::rpc::Fingerprint;

use self::place::Folder;
use super::{Program, Rebuilt, Run, TrustError, pem};

/// One way in which distributions do it. Places are below the root.
#[derive(Debug)]
struct Layout {
    /// Where an administrator's certificates lie.
    anchors: &'static str,
    /// Who besides root may change that folder, and may have certificates trusted by that alone.
    group: Option<u32>,
    /// The list that is made.
    bundle: &'static str,
    /// Where the program leaves links to certificates, and does not take them away again.
    links: Option<&'static str>,
    /// What the program leaves beside those links when it is killed, and adds to the next time: every
    /// certificate would be in the list twice, and one that was taken away meanwhile still once.
    leftover: Option<&'static str>,
    /// All below which the program and we write.
    writes: &'static [&'static str],
    /// What makes the list: the first that is there.
    programs: &'static [Program],
}

const LAYOUTS: &[Layout] = &[
    // Fedora and its kin.
    Layout {
        anchors: "etc/pki/ca-trust/source/anchors",
        group: None,
        bundle: "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        links: None,
        leftover: None,
        writes: &["etc/pki"],
        programs: &[Program::UpdateCaTrust, Program::ExtractCompat],
    },
    // Arch and its kin.
    Layout {
        anchors: "etc/ca-certificates/trust-source/anchors",
        group: None,
        bundle: "etc/ca-certificates/extracted/tls-ca-bundle.pem",
        links: None,
        leftover: None,
        writes: &["etc/ca-certificates", "etc/ssl"],
        programs: &[Program::UpdateCaTrust, Program::ExtractCompat],
    },
    // Debian and its kin. Folders below /usr/local may be writable by the group `staff`, which has
    // the number 50 (Debian policy, 9.1.2).
    Layout {
        anchors: "usr/local/share/ca-certificates",
        group: Some(50),
        bundle: "etc/ssl/certs/ca-certificates.crt",
        links: Some("etc/ssl/certs"),
        leftover: Some("ca-certificates.crt.new"),
        writes: &["usr/local/share/ca-certificates", "etc/ssl"],
        programs: &[Program::UpdateCaCertificates],
    },
];

/// The machine's certificate store.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    layout: &'static Layout,
    program: Program,
}

impl Store {
    /// The store below `root`, which is `/` but in tests. Everything in it that matters has to belong
    /// to whom `root` belongs, or to root.
    ///
    /// # Errors
    /// None of the known ones is there.
    pub fn detect(root: &Path) -> Result<Self, TrustError> {
        let there = |layout: &'static Layout| {
            let program = layout.programs.iter().find(|program| is_program(root, **program))?;
            let store = Self { root: root.to_owned(), layout, program: *program };
            store.anchors().is_dir().then_some(store)
        };
        LAYOUTS.iter().find_map(there).ok_or(TrustError::NoStore)
    }

    /// The folders below which the store and its program write. They may be missing.
    pub fn writes(&self) -> Vec<PathBuf> {
        self.layout.writes.iter().map(|below| self.root.join(below)).collect()
    }

    /// Has `der` trusted. Whatever fails, it is taken away again.
    ///
    /// # Errors
    /// It could not be placed, the program failed, or the list has it not after all.
    pub fn install(&self, der: &[u8], run: &mut Run<'_>) -> Result<Rebuilt, TrustError> {
        let fingerprint = Fingerprint::of(der);
        let before = self.others(fingerprint)?;
        // Where nothing can be placed there is nothing to take away.
        let (folder, _) = self.folders()?;
        let placed = self.place(der, &folder, fingerprint, run);
        if let Err(error) = placed {
            return match self.withdraw(fingerprint, run) {
                Ok(()) => Err(error),
                Err(undo) => Err(TrustError::NotUndone(error.into(), undo.into())),
            };
        }
        Ok(Rebuilt { others_changed: self.others(fingerprint)? != before })
    }

    /// Ends the trust in a certificate that [`Self::install`] placed. Also when it is gone already.
    ///
    /// # Errors
    /// It could not be taken away, the program failed, or the list has it still.
    pub fn remove(
        &self,
        fingerprint: Fingerprint,
        run: &mut Run<'_>,
    ) -> Result<Rebuilt, TrustError> {
        let before = self.others(fingerprint)?;
        self.withdraw(fingerprint, run)?;
        if self.is_trusted(fingerprint)? {
            return Err(TrustError::StillTrusted);
        }
        Ok(Rebuilt { others_changed: self.others(fingerprint)? != before })
    }

    /// Whether the list that everybody reads has it, whoever put it there.
    ///
    /// # Errors
    /// The list could not be read.
    pub fn is_trusted(&self, fingerprint: Fingerprint) -> Result<bool, TrustError> {
        Ok(self.list()?.contains(&fingerprint))
    }

    fn place(
        &self,
        der: &[u8],
        folder: &Folder,
        fingerprint: Fingerprint,
        run: &mut Run<'_>,
    ) -> Result<(), TrustError> {
        folder.write(&file_name(fingerprint), pem::write(der).as_bytes())?;
        self.rebuild(run)?;
        if self.is_trusted(fingerprint)? { Ok(()) } else { Err(TrustError::NotTrusted) }
    }

    fn withdraw(&self, fingerprint: Fingerprint, run: &mut Run<'_>) -> Result<(), TrustError> {
        let name = file_name(fingerprint);
        let (folder, links) = self.folders()?;
        folder.remove(&name)?;
        if let Some(links) = links {
            // To the file, and by the hash of its subject to that link. The program looks for links
            // that lead nowhere only when it has others to add.
            let file = format!("/{}/{name}", self.layout.anchors);
            let link = name.replace(".crt", ".pem");
            links.unlink(|target| target == file || target == link)?;
        }
        self.rebuild(run)
    }

    fn rebuild(&self, run: &mut Run<'_>) -> Result<(), TrustError> {
        let program = self.program;
        if let (Some(leftover), (_, Some(folder))) = (self.layout.leftover, self.folders()?) {
            folder.remove(leftover)?;
        }
        run(program).map_err(|source| TrustError::Program { program, source })
    }

    /// That of certificates, and that of links. Both are looked at before anything is changed.
    fn folders(&self) -> Result<(Folder, Option<Folder>), TrustError> {
        let open = |below| Folder::open(&self.root, below, self.layout.group);
        Ok((open(self.layout.anchors)?, self.layout.links.map(open).transpose()?))
    }

    fn anchors(&self) -> PathBuf {
        self.root.join(self.layout.anchors)
    }

    fn list(&self) -> Result<Vec<Fingerprint>, TrustError> {
        bundle::read(&self.root.join(self.layout.bundle))
    }

    fn others(&self, than: Fingerprint) -> Result<Vec<Fingerprint>, TrustError> {
        let mut list = self.list()?;
        list.retain(|fingerprint| *fingerprint != than);
        Ok(list)
    }
}

/// Made of nothing but the certificate. Debian's program takes only names that end so.
fn file_name(fingerprint: Fingerprint) -> String {
    format!("vigil-{fingerprint}.crt")
}

/// Whether the program is there, and nobody but root or the owner of `root` can change it.
fn is_program(root: &Path, program: Program) -> bool {
    let file = root.join(program.argv().0.trim_start_matches('/'));
    let owner = fs::metadata(root).map(|root| root.uid());
    match (owner, fs::metadata(file)) {
        (Ok(owner), Ok(file)) => {
            let theirs = file.uid() == 0 || file.uid() == owner;
            file.is_file() && theirs && file.mode() & 0o111 != 0 && file.mode() & 0o022 == 0
        }
        _ => false,
    }
}

#[cfg(test)]
#[path = "linux/tests.rs"]
mod tests;
