//! A store in a folder of its own, and what the distributions' programs do told in a few lines. The
//! real program is run in the end-to-end tests, where nothing of the machine's own can be reached.

#[path = "tests/text.rs"]
mod text;

use std::{
    cell::Cell,
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use vigil_proto::rpc::Fingerprint;

use super::{
    super::{Program, Rebuilt, TrustError},
    Store, pem,
};

const ALIKE: Rebuilt = Rebuilt { others_changed: false };

/// A machine's store of one kind, with two certificates of others.
struct Machine {
    root: TempDir,
    anchors: &'static str,
    bundle: &'static str,
    runs: Cell<u32>,
}

fn debian() -> Machine {
    Machine::new(
        "usr/local/share/ca-certificates",
        "etc/ssl/certs/ca-certificates.crt",
        "usr/sbin/update-ca-certificates",
    )
}

fn fedora() -> Machine {
    Machine::new(
        "etc/pki/ca-trust/source/anchors",
        "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "usr/bin/update-ca-trust",
    )
}

fn arch() -> Machine {
    Machine::new(
        "etc/ca-certificates/trust-source/anchors",
        "etc/ca-certificates/extracted/tls-ca-bundle.pem",
        "usr/bin/trust",
    )
}

impl Machine {
    fn new(anchors: &'static str, bundle: &'static str, program: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let machine = Self { root, anchors, bundle, runs: Cell::new(0) };
        for folder in [anchors, Path::new(bundle).parent().unwrap().to_str().unwrap()] {
            machine.make_folder(folder);
        }
        machine.make_folder(Path::new(program).parent().unwrap().to_str().unwrap());
        fs::write(machine.at(program), "").unwrap();
        fs::set_permissions(machine.at(program), Permissions::from_mode(0o755)).unwrap();
        fs::write(machine.at(anchors).join("a-firm.crt"), pem::write(b"a firm's")).unwrap();
        machine.make_list().unwrap();
        machine.runs.set(0);
        machine
    }

    /// Makes it with a mode that does not depend on who runs the test.
    fn make_folder(&self, below: &str) {
        let mut path = self.root.path().to_owned();
        for name in below.split('/') {
            path.push(name);
            fs::create_dir_all(&path).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
    }

    fn at(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    fn store(&self) -> Store {
        Store::detect(self.root.path()).unwrap()
    }

    /// What the program does: the distribution's own, then the folder's in order, into a new file;
    /// a link for each, and one more by a hash.
    fn make_list(&self) -> io::Result<()> {
        self.runs.set(self.runs.get() + 1);
        let mut list = format!("# the distribution's\n{}", pem::write(b"the distribution's"));
        let mut files: Vec<_> =
            fs::read_dir(self.at(self.anchors))?.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "crt")) {
            list.push_str(&fs::read_to_string(file)?);
            let name = file.file_stem().unwrap().to_str().unwrap();
            let folder = self.at(self.bundle).parent().unwrap().to_owned();
            let target = format!("/{}/{name}.crt", self.anchors);
            // Left from an earlier run, as the program leaves it.
            let _ = symlink(target, folder.join(format!("{name}.pem")));
            let _ = symlink(format!("{name}.pem"), folder.join(format!("{}.0", name.len())));
        }
        fs::write(self.at(self.bundle), list)
    }

    fn install(&self, der: &[u8]) -> Result<Rebuilt, TrustError> {
        self.store().install(der, &mut |_| self.make_list())
    }

    fn remove(&self, der: &[u8]) -> Result<Rebuilt, TrustError> {
        self.store().remove(Fingerprint::of(der), &mut |_| self.make_list())
    }

    fn trusts(&self, der: &[u8]) -> bool {
        self.store().is_trusted(Fingerprint::of(der)).unwrap()
    }

    fn anchor(&self, der: &[u8]) -> PathBuf {
        self.at(self.anchors).join(format!("vigil-{}.crt", Fingerprint::of(der)))
    }

    /// Every name and content below the root, links by their targets.
    fn everything(&self) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if let Ok(target) = fs::read_link(&path) {
                    found.push((path, target.display().to_string()));
                } else if path.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read_to_string(&path).unwrap();
                    found.push((path, content));
                }
            }
        }
        found.sort();
        found
    }
}

#[test]
fn each_family_is_known_by_its_folder_and_program() {
    for (machine, program) in [
        (debian(), Program::UpdateCaCertificates),
        (fedora(), Program::UpdateCaTrust),
        (arch(), Program::ExtractCompat),
    ] {
        let asked = Cell::new(None);
        let ran = machine.store().install(b"ours", &mut |program| {
            asked.set(Some(program));
            machine.make_list()
        });
        assert_eq!((ran.unwrap(), asked.get()), (ALIKE, Some(program)));
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Store::detect(empty.path()), Err(TrustError::NoStore)));
}

#[test]
fn a_program_that_others_may_change_is_none() {
    let machine = debian();
    let program = machine.at("usr/sbin/update-ca-certificates");
    fs::set_permissions(program, Permissions::from_mode(0o757)).unwrap();

    assert!(matches!(Store::detect(machine.root.path()), Err(TrustError::NoStore)));
}

#[test]
fn what_is_installed_is_trusted_until_it_is_removed() {
    for machine in [debian(), fedora(), arch()] {
        let before = machine.everything();

        assert_eq!(machine.install(b"ours").unwrap(), ALIKE);
        assert!(machine.trusts(b"ours") && machine.trusts(b"a firm's"));
        let placed = fs::metadata(machine.anchor(b"ours")).unwrap();
        assert_eq!(placed.mode() & 0o7777, 0o644, "everybody reads it, its owner writes it");

        assert_eq!(machine.remove(b"ours").unwrap(), ALIKE);
        assert!(!machine.trusts(b"ours"));
        if machine.bundle.starts_with("etc/ssl") {
            assert_eq!(machine.everything(), before, "not a link is left");
        }
        assert!(!machine.anchor(b"ours").exists());
    }
}

#[test]
fn both_can_be_done_again() {
    let machine = debian();
    assert_eq!(machine.remove(b"ours").unwrap(), ALIKE);
    machine.install(b"ours").unwrap();
    let once = machine.everything();

    assert_eq!(machine.install(b"ours").unwrap(), ALIKE);
    assert_eq!(machine.everything(), once);

    machine.remove(b"ours").unwrap();
    assert_eq!(machine.remove(b"ours").unwrap(), ALIKE);
}

#[test]
fn one_is_removed_and_another_stays() {
    let machine = debian();
    machine.install(b"ours").unwrap();
    let one = machine.everything();
    machine.install(b"another user's").unwrap();

    assert_eq!(machine.remove(b"another user's").unwrap(), ALIKE);

    assert!(machine.trusts(b"ours") && !machine.trusts(b"another user's"));
    // The hash of the sample program is the same for both, so that the first keeps its link.
    assert_eq!(machine.everything(), one);
}

#[test]
fn a_program_that_fails_changes_nothing() {
    let machine = debian();
    let before = machine.everything();
    let mut first = true;

    let refused = machine.store().install(b"ours", &mut |_| {
        if std::mem::take(&mut first) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        machine.make_list()
    });

    assert!(matches!(refused, Err(TrustError::Program { .. })), "{refused:?}");
    assert_eq!(machine.everything(), before);
}

#[test]
fn what_the_list_then_has_not_is_taken_away() {
    let machine = debian();
    let before = machine.everything();

    // As where it is on a list of distrusted ones.
    let refused = machine.store().install(b"ours", &mut |_| Ok(()));

    assert!(matches!(refused, Err(TrustError::NotTrusted)), "{refused:?}");
    assert_eq!(machine.everything(), before);
}

#[test]
fn a_failure_that_cannot_be_undone_says_both() {
    let machine = debian();

    let refused =
        machine.store().install(b"ours", &mut |_| Err(io::ErrorKind::PermissionDenied.into()));

    let Err(TrustError::NotUndone(first, undo)) = refused else { panic!("{refused:?}") };
    assert!(matches!(*first, TrustError::Program { .. }));
    assert!(matches!(*undo, TrustError::Program { .. }));
    assert!(!machine.anchor(b"ours").exists(), "the next run of anybody's makes it good");
}

#[test]
fn what_somebody_else_placed_too_stays_trusted_and_is_said() {
    let machine = debian();
    machine.install(b"ours").unwrap();
    fs::write(machine.at(machine.anchors).join("theirs.crt"), pem::write(b"ours")).unwrap();

    assert!(matches!(machine.remove(b"ours"), Err(TrustError::StillTrusted)));
}

#[test]
fn changes_of_others_that_waited_are_noticed() {
    let machine = debian();
    fs::write(machine.at(machine.anchors).join("late.crt"), pem::write(b"late")).unwrap();

    assert_eq!(machine.install(b"ours").unwrap(), Rebuilt { others_changed: true });
}

#[test]
fn a_link_under_our_name_is_replaced_and_not_followed() {
    let machine = debian();
    let victim = machine.at("victim");
    fs::write(&victim, "precious").unwrap();
    let anchor = machine.anchor(b"ours");
    let part =
        anchor.with_file_name(format!(".{}.part", anchor.file_name().unwrap().to_str().unwrap()));
    symlink(&victim, &anchor).unwrap();
    symlink(&victim, &part).unwrap();

    machine.install(b"ours").unwrap();

    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(fs::symlink_metadata(&anchor).unwrap().is_file());
    assert!(fs::symlink_metadata(&part).is_err());
}

#[test]
fn a_folder_that_is_a_link_or_open_to_others_is_refused() {
    for spoil in ["a link", "writable", "writable by a group"] {
        for folder in ["usr", "usr/local", "usr/local/share", "usr/local/share/ca-certificates"] {
            let machine = debian();
            let path = machine.at(folder);
            match spoil {
                "a link" => {
                    let moved = machine.at("moved");
                    fs::rename(&path, &moved).unwrap();
                    symlink(&moved, &path).unwrap();
                }
                "writable" => fs::set_permissions(&path, Permissions::from_mode(0o757)).unwrap(),
                _ => {
                    fs::set_permissions(&path, Permissions::from_mode(0o775)).unwrap();
                    let gid = fs::metadata(&path).unwrap().gid();
                    // Root's own group is as good as root. Only root can make it another one.
                    let other = if gid == 0 || gid == 50 { 12345 } else { gid };
                    if std::os::unix::fs::chown(&path, None, Some(other)).is_err() {
                        continue;
                    }
                }
            }
            let refused = machine.install(b"ours");

            // There was nothing to undo.
            assert!(
                matches!(refused, Err(TrustError::NotOurs(_))),
                "{spoil} {folder}: {refused:?}"
            );
        }
    }
}

#[test]
fn a_list_without_end_is_not_read() {
    let machine = debian();
    let list = fs::File::create(machine.at(machine.bundle)).unwrap();
    list.set_len(17 * 1024 * 1024).unwrap();

    assert!(matches!(machine.install(b"ours"), Err(TrustError::TooLarge(_))));
    assert!(!machine.anchor(b"ours").exists(), "looked at before anything is placed");
}

#[test]
fn programs_have_fixed_names() {
    for program in Program::ALL {
        let (file, arguments) = program.argv();
        assert!(file.starts_with("/usr/") && arguments.len() <= 1);
    }
}
