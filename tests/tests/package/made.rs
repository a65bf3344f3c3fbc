//! Packages as a test has them made: in a folder of its own, of programs that are built.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;
use vigil_tests::vigil::binary;

/// In 2001, and not by any clock.
const EPOCH: &str = "1000000000";

/// A folder with packages.
pub(crate) struct Made {
    folder: TempDir,
}

/// Why packages cannot be made on this machine.
pub(crate) fn impossible() -> bool {
    let missing = ["dpkg-deb", "dpkg-shlibdeps", "strip"]
        .into_iter()
        .find(|program| !Path::new("/usr/bin").join(program).is_file());
    if let Some(program) = missing {
        eprintln!("SKIPPED: {program} is not installed; `cargo xtask test` installs it on Debian");
    }
    missing.is_some()
}

impl Made {
    /// Has `what` made. The agent is the largest of the three and stands for itself elsewhere; here the
    /// daemon has its place.
    pub(crate) fn of(what: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).unwrap();
        for (name, of) in [("vigil", "vigil"), ("vigil-agent", "vigild"), ("vigild", "vigild")] {
            fs::copy(binary(of), programs.join(name)).unwrap();
        }
        must(&mut make(what, &programs, &folder.path().join("out")));
        Self { folder }
    }

    /// The same of the same programs, by somebody else.
    pub(crate) fn again(&self, what: &[&str], who: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let programs = self.folder.path().join("programs");
        let mut make = make(what, &programs, &folder.path().join("out"));
        who(&mut make);
        must(&mut make);
        Self { folder }
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// The one file whose name ends so.
    pub(crate) fn file(&self, end: &str) -> PathBuf {
        let mut found = self.names();
        found.retain(|name| name.ends_with(end));
        assert_eq!(found.len(), 1, "{end}: {found:?}");
        self.out().join(&found[0])
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.out()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Room for what is taken out of packages.
    pub(crate) fn room(&self, name: &str) -> PathBuf {
        let room = self.folder.path().join(name);
        fs::create_dir_all(&room).unwrap();
        room
    }
}

fn make(what: &[&str], programs: &Path, out: &Path) -> Command {
    let mut make = Command::new(binary("xtask"));
    make.arg("package").args(what).arg("--fast").arg("--binaries").arg(programs);
    make.arg("--out").arg(out).env("SOURCE_DATE_EPOCH", EPOCH);
    make
}

/// Runs it to an end that has to be good, and gives what it printed.
pub(crate) fn must(command: &mut Command) -> String {
    let output = ended(command);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}: {words}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Runs it to an end that has to be bad, and gives what it said.
pub(crate) fn fails(command: &mut Command) -> String {
    let output = ended(command);
    assert!(!output.status.success(), "{command:?} succeeded");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn ended(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Every file and folder below `root`: path from there, kind and rights.
pub(crate) fn tree(root: &Path) -> Vec<(String, bool, u32)> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let about = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.push((name, about.is_dir(), about.permissions().mode() & 0o7777));
            if about.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The number that changes when a file is written anew.
pub(crate) fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}
