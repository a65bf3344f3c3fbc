//! The folder of the local CA: the one that signs, the one that will sign next, and what clients are
//! to trust meanwhile.
//!
//! | file | what is in it |
//! |---|---|
//! | `ca.pem` | what clients are to trust: first the one that signs, then the other |
//! | `ca.key` | the key of the one that signs |
//! | `next.pem`, `next.key` | the one that will sign next, until it does |
//!
//! One file changes at a time, whole; `ca.pem` says how far a change has come. What was cut short is
//! carried through when the folder is next opened, or taken back where that is safe.

use std::{
    collections::VecDeque,
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use vigil_platform::{paths::PathError, private, roots};
use vigil_proto::{event::ProcessRef, rpc::Uid};

use super::{
    Authority, CaError, Certificate, Signer, Unfit,
    certificate::text,
    check::{self, Untrusted},
    permitted,
    standing::{Coming, Standing},
};

/// The most processes that are remembered.
const REMEMBERED: usize = 256;

/// All authorities of one folder. Clones share them.
#[derive(Clone)]
pub struct Authorities(Arc<Shared>);

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorities").field(&self.0.files.folder).finish()
    }
}

struct Shared {
    files: Files,
    hosts: Vec<String>,
    uid: Uid,
    held: Mutex<Held>,
    /// The last processes that took one of our certificates, each once.
    takers: Mutex<VecDeque<ProcessRef>>,
}

struct Held {
    /// What clients are to trust, as `ca.pem` has it.
    listed: Vec<Certificate>,
    signer: Signer,
    next: Option<Next>,
}

/// The one that will sign next.
struct Next {
    authority: Arc<Authority>,
    /// Since when clients are told to trust it.
    since: SystemTime,
}

struct Files {
    folder: PathBuf,
    list: PathBuf,
    key: PathBuf,
    next: PathBuf,
    next_key: PathBuf,
}

impl Authorities {
    /// Those of `folder`, for `hosts` (canonical names), in the name of `uid`. Makes the first one;
    /// what is there already stays, fit or not. Finishes what was cut short.
    pub fn open(folder: &Path, hosts: &[String], uid: Uid) -> Result<Self, CaError> {
        private::ensure_dir(folder)?;
        let files = Files::of(folder);
        files.sweep()?;
        if !files.list.try_exists().map_err(|source| files.unreadable(source))? {
            let (certificate, key) = Authority::make(&files.list, hosts, uid, SystemTime::now())?;
            // The key first: a certificate without its key would be trusted for nothing.
            private::write(&files.key, key.as_bytes())?;
            private::write(&files.list, text([&certificate]).as_bytes())?;
        }
        files.settle(uid)?;
        let held = Mutex::new(files.read(uid)?);
        let takers = Mutex::default();
        Ok(Self(Arc::new(Shared { files, hosts: hosts.to_vec(), uid, held, takers })))
    }

    /// What clients are to trust, PEM.
    pub fn path(&self) -> &Path {
        &self.0.files.list
    }

    /// The one to sign for `host` with at `now`.
    pub(in crate::source::proxy) fn signer(&self, host: &str, now: SystemTime) -> Signer {
        let authority = self.held().signer.clone()?;
        authority.require(now)?;
        if authority.certificate.permitted().iter().any(|name| name == host) {
            Ok(authority)
        } else {
            Err(Arc::new(Unfit::NotPermitted(host.to_owned())))
        }
    }

    /// Reads the files again where nothing can be signed with what was found in them: somebody may have
    /// mended them.
    pub fn look_again(&self) {
        let mut held = self.held();
        if held.signer.is_err()
            && let Ok(anew) = self.0.files.read(self.0.uid)
        {
            *held = anew;
        }
    }

    /// How everything stands at `now`.
    pub fn standing(&self, now: SystemTime) -> Standing {
        let held = self.held();
        let unfit = match &held.signer {
            Ok(authority) => authority.require(now).err().map(|unfit| unfit.to_string()),
            Err(unfit) => Some(unfit.to_string()),
        };
        let mut listed = held.listed.iter().cloned();
        let current = listed.next();
        let next = held.next.as_ref().map(|next| Coming {
            certificate: next.authority.certificate.clone(),
            since: next.since,
        });
        let wanted = permitted(&self.0.hosts);
        let due = |certificate: &Certificate| Standing::due(certificate, &wanted, now);
        Standing {
            due: unfit.clone().or_else(|| current.as_ref().and_then(due)),
            missing: current.as_ref().map_or_else(Vec::new, |certificate| {
                let is_missing = |name: &&String| !certificate.permitted().contains(name);
                wanted.iter().filter(is_missing).cloned().collect()
            }),
            former: if next.is_some() { Vec::new() } else { listed.collect() },
            unfit,
            current,
            next,
        }
    }

    /// Makes the one that will sign next and tells clients to trust it as well. One that is there
    /// and fits is left; one that does not is replaced.
    pub fn prepare(&self, now: SystemTime) -> Result<(), CaError> {
        let mut held = self.held();
        let Shared { files, hosts, uid, .. } = &*self.0;
        let wanted = permitted(hosts);
        let fits = |next: &Next| {
            next.authority.require(now).is_ok()
                && Standing::due(&next.authority.certificate, &wanted, now).is_none()
        };
        if held.next.as_ref().is_some_and(fits) {
            files.list_anew();
            return Ok(());
        }
        let (certificate, key) = Authority::make(&files.next, hosts, *uid, now)?;
        let replaced = files.replace_next(&certificate, &key, *uid);
        // Also where that failed: the one that was there before is gone by then.
        *held = files.read(*uid)?;
        replaced?;
        files.list_anew();
        Ok(())
    }

    /// Whether whoever reads our lists anew trusts the next one: found out from the files.
    pub fn is_next_trusted(&self, now: SystemTime) -> Result<(), Untrusted> {
        let next = self.held().next.as_ref().map(|next| Arc::clone(&next.authority));
        let (Some(next), Some(host)) = (next, self.0.hosts.first()) else { return Ok(()) };
        let bundle = self.0.files.list.with_file_name(roots::BUNDLE);
        check::trusts(&self.0.files.list, &next, host, now)?;
        // Where the system has no list of its own there is none that stands in its place.
        if bundle.exists() { check::trusts(&bundle, &next, host, now) } else { Ok(()) }
    }

    /// Signs with the next one from now on. The key of the former is gone then.
    pub fn switch(&self) -> Result<(), CaError> {
        let mut held = self.held();
        let Shared { files, uid, .. } = &*self.0;
        if let Some(next) = &held.next {
            let next = &next.authority.certificate;
            let others = held.listed.iter().filter(|listed| *listed != next);
            // This is what decides: the first of the list signs.
            private::write(&files.list, text([next].into_iter().chain(others)).as_bytes())?;
            files.settle(*uid)?;
            *held = files.read(*uid)?;
        }
        Ok(())
    }

    /// Tells clients no longer to trust any but the one that signs.
    pub fn drop_former(&self) -> Result<(), CaError> {
        let mut held = self.held();
        if held.next.is_none() && held.listed.len() > 1 {
            let only: Vec<_> = held.listed.iter().take(1).cloned().collect();
            private::write(&self.0.files.list, text(&only).as_bytes())?;
            held.listed = only;
            self.0.files.list_anew();
        }
        Ok(())
    }

    /// Removes all of them, with their keys and the lists that name them. Nothing is signed any more; the
    /// next [`Self::open`], or [`Self::prepare`], makes another.
    pub fn remove(&self) -> Result<(), CaError> {
        let mut held = self.held();
        let Shared { files, uid, .. } = &*self.0;
        files.remove_all()?;
        *held = files.read(*uid)?;
        Ok(())
    }

    /// The processes that took one of our certificates last: what they trust they read when they
    /// began.
    pub fn takers(&self) -> Vec<ProcessRef> {
        self.0.takers.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Remembers that `process` took one of our certificates.
    pub(in crate::source::proxy) fn taken_by(&self, process: ProcessRef) {
        let mut takers = self.0.takers.lock().unwrap_or_else(PoisonError::into_inner);
        if takers.back() == Some(&process) {
            return;
        }
        takers.retain(|taker| *taker != process);
        if takers.len() >= REMEMBERED {
            takers.pop_front();
        }
        takers.push_back(process);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // What is held is replaced at once, and is of the files.
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn of(folder: &Path) -> Self {
        let file = |name: &str| folder.join(name);
        Self {
            folder: folder.to_owned(),
            list: file("ca.pem"),
            key: file("ca.key"),
            next: file("next.pem"),
            next_key: file("next.key"),
        }
    }

    /// Removes files that were never whole: there may be keys in them.
    fn sweep(&self) -> Result<(), CaError> {
        let entries = fs::read_dir(&self.folder).map_err(|source| self.unreadable(source))?;
        for name in entries.flatten().map(|entry| entry.file_name()) {
            let bytes = name.as_encoded_bytes();
            if bytes.starts_with(b".") && bytes.ends_with(b".new") {
                remove(&self.folder.join(name)).map_err(|source| self.unwritable(source))?;
            }
        }
        Ok(())
    }

    /// Carries on what was cut short. What is not whole yet is taken back: nothing was signed with it.
    fn settle(&self, uid: Uid) -> Result<(), CaError> {
        let mut listed = self.certificates(&self.list)?;
        let Some(next) = self.certificates(&self.next)?.into_iter().next() else {
            return self.withdraw();
        };
        if listed.first() == Some(&next) {
            // It signs already. Its key is in one of two places.
            if self.next_key.exists() {
                fs::rename(&self.next_key, &self.key)
                    .and_then(|()| File::open(&self.folder)?.sync_all())
                    .map_err(|source| self.unwritable(source))?;
            }
            return self.withdraw();
        }
        if Authority::read(next.clone(), &self.next_key, uid).is_err() {
            return self.withdraw();
        }
        if !listed.contains(&next) {
            listed.truncate(1);
            listed.push(next);
            private::write(&self.list, text(&listed).as_bytes())?;
            if listed.len() == 1 {
                // There is nothing that it follows.
                return self.settle(uid);
            }
        }
        Ok(())
    }

    /// Puts another next one in the place of the one that is there.
    fn replace_next(&self, next: &Certificate, key: &str, uid: Uid) -> Result<(), CaError> {
        self.withdraw()?;
        private::write(&self.next_key, key.as_bytes())?;
        private::write(&self.next, text([next]).as_bytes())?;
        self.settle(uid)
    }

    /// Removes what is left of a next one.
    fn withdraw(&self) -> Result<(), CaError> {
        for path in [&self.next, &self.next_key] {
            remove(path).map_err(|source| self.unwritable(source))?;
        }
        Ok(())
    }

    /// The list goes first: a key without it is written over when another one is made.
    fn remove_all(&self) -> Result<(), CaError> {
        remove(&self.list).map_err(|source| self.unwritable(source))?;
        for key in [&self.next_key, &self.key] {
            private::destroy(key)?;
        }
        self.withdraw()?;
        let bundle = self.list.with_file_name(roots::BUNDLE);
        remove(&bundle).map_err(|source| self.unwritable(source))
    }

    fn read(&self, uid: Uid) -> Result<Held, CaError> {
        let listed = self.certificates(&self.list)?;
        let signer = match listed.first() {
            Some(certificate) => Authority::read(certificate.clone(), &self.key, uid),
            None if !self.list.exists() => Err(Unfit::Gone),
            None => Err(Unfit::Damaged(self.folder.clone())),
        };
        let next = self.certificates(&self.next)?.into_iter().next();
        let next = next.and_then(|next| Authority::read(next, &self.next_key, uid).ok());
        let next = next.map(|authority| {
            let listed = fs::metadata(&self.next).and_then(|file| file.modified());
            let since = listed.unwrap_or_else(|_| SystemTime::now());
            Next { authority: Arc::new(authority), since }
        });
        Ok(Held { listed, signer: signer.map(Arc::new).map_err(Arc::new), next })
    }

    /// Those in `path`; none where there is no such file.
    fn certificates(&self, path: &Path) -> Result<Vec<Certificate>, CaError> {
        match fs::read(path) {
            Ok(text) => Ok(Certificate::all_of(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(self.unreadable(error)),
        }
    }

    /// The list of the system's certificates with ours.
    fn list_anew(&self) {
        if let Err(error) = roots::bundle(&self.list) {
            // Needed by clients that take a list in place of the system's, and by no other.
            tracing::warn!(error = &error as &dyn std::error::Error, "no list of certificates");
        }
    }

    fn unreadable(&self, source: io::Error) -> CaError {
        PathError::Io { operation: "read", path: self.folder.clone(), source }.into()
    }

    fn unwritable(&self, source: io::Error) -> CaError {
        PathError::Io { operation: "change", path: self.folder.clone(), source }.into()
    }
}

/// Removes a file that may be gone already.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
