//! A certificate store of a test's own, with a program that makes its list as Debian's does; and what
//! is asked of a daemon that has it.

use std::{
    fs::{self, Permissions},
    io::{Read, Write},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use rcgen::KeyPair;
use vigil_proto::rpc::{
    BoundedBytes, CA_DER_MAX, CaStatus, Deed, Fingerprint, JournalRow, JournalScope, Max, Phase,
    Request, Response, Trust,
};

use vigil_tests::vigil::eventually;

use super::{
    certificates::{der, ours, p256},
    support::{Caller, Daemon, Place, own_uid},
};

/// Its own root is where it lies. As Debian's it adds to what it finds of a list that is not whole,
/// and takes that away when it ends by itself. What a test wants of it are files: fail `once`, fail
/// `always`, leave out what is `distrusted`, and, the first that finds `wait`, wait in the middle for
/// as long as there is `waiting`.
const PROGRAM: &str = r#"#!/bin/sh
set -e
cd "$(dirname "$0")/../.."
new=etc/ssl/certs/ca-certificates.crt.new
trap 'rm -f "$new"' 0
cat usr/share/ca-certificates/*.crt >> "$new"
if [ -e once ]; then rm once; exit 1; fi
if [ -e always ]; then exit 1; fi
for file in usr/local/share/ca-certificates/*.crt; do
    [ -e "$file" ] && ! [ -e distrusted ] || continue
    text=$(cat "$file")
    ln -sf "/$file" "etc/ssl/certs/$(basename "$file" .crt).pem"
    if [ -e wait ]; then
        echo $$ > wait
        mv wait waiting
        while [ -e waiting ]; do sleep 0.05; done
    fi
    printf '%s\n' "$text" >> "$new"
done
mv -f "$new" etc/ssl/certs/ca-certificates.crt
"#;

pub(crate) const FOLDERS: [&str; 2] = ["usr/local/share/ca-certificates", "etc/ssl/certs"];

pub(crate) struct Store {
    pub(crate) root: PathBuf,
}

impl Store {
    /// One that `place`'s daemon has, with one certificate of the distribution's.
    pub(crate) fn of(place: &mut Place) -> Self {
        let store = Self { root: place.root.join("machine") };
        for folder in FOLDERS.into_iter().chain(["usr/sbin", "usr/share/ca-certificates"]) {
            fs::create_dir_all(store.at(folder)).unwrap();
        }
        let mut folders = vec![store.root.clone()];
        while let Some(folder) = folders.pop() {
            fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
            folders.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        }
        let program = store.at("usr/sbin/update-ca-certificates");
        fs::write(&program, PROGRAM).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        let theirs = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        fs::write(store.at("usr/share/ca-certificates/theirs.crt"), theirs).unwrap();
        fs::write(store.at("etc/ssl/certs/ca-certificates.crt"), theirs).unwrap();
        place.trust = Some(store.root.clone());
        store
    }

    pub(crate) fn at(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// Tells the program something.
    pub(crate) fn tell(&self, word: &str) {
        fs::write(self.at(word), "").unwrap();
    }

    /// The number of the program that waits.
    pub(crate) fn waiting(&self) -> u32 {
        eventually("a program waits", || {
            fs::read_to_string(self.at("waiting")).ok()?.trim().parse().ok()
        })
    }

    pub(crate) fn take_back(&self, word: &str) {
        fs::remove_file(self.at(word)).unwrap();
    }

    /// Every file, link and folder of it, with what is in it or where it leads.
    pub(crate) fn state(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = FOLDERS.map(|folder| self.at(folder)).to_vec();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let content = match fs::read_link(&path) {
                    Ok(target) => target.into_os_string().into_encoded_bytes(),
                    Err(_) if path.is_dir() => {
                        folders.push(path.clone());
                        Vec::new()
                    }
                    Err(_) => fs::read(&path).unwrap(),
                };
                found.push((path, content));
            }
        }
        found.sort();
        found
    }
}

/// An authority, and the questions about it.
pub(crate) struct Authority {
    pub(crate) der: BoundedBytes<CA_DER_MAX>,
    pub(crate) fingerprint: Fingerprint,
}

impl Authority {
    pub(crate) fn own() -> Self {
        Self::of(own_uid())
    }

    pub(crate) fn of(uid: u32) -> Self {
        let key: KeyPair = p256();
        let der = der(&ours(&key, uid), &key);
        let fingerprint = Fingerprint::of(der.as_bytes());
        Self { der, fingerprint }
    }

    pub(crate) fn install(&self) -> Request {
        Request::CaInstall { der: self.der.clone() }
    }

    pub(crate) fn installed(&self) -> Response {
        Response::CaInstalled { fingerprint: self.fingerprint }
    }

    pub(crate) fn remove(&self) -> Request {
        Request::CaRemove { fingerprint: self.fingerprint }
    }

    /// Whether it is the caller's, and whether the machine trusts it.
    pub(crate) fn status<S: Read + Write>(&self, caller: &mut Caller<S>) -> (bool, Trust) {
        let answer = caller.ask(&Request::CaStatus { fingerprint: self.fingerprint });
        let Response::CaStatus(CaStatus { installed, trust }) = answer else {
            panic!("{answer:?}")
        };
        (installed, trust)
    }
}

pub(crate) fn rows(daemon: &Daemon) -> Vec<JournalRow> {
    let tail = Request::JournalTail { scope: JournalScope::Everyone, since: 0, max: Max::all() };
    let answer = daemon.caller().ask(&tail);
    let Response::Journal(page) = answer else { panic!("{answer:?}") };
    page.rows.to_vec()
}

/// What the journal says, without when and for whom.
pub(crate) fn deeds(daemon: &Daemon) -> Vec<(Deed, Phase)> {
    rows(daemon).iter().map(|row| (row.deed, row.phase)).collect()
}
