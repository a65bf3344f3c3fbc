//! The package as it would be given to people, of the binaries that the other tests use.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use vigil_tests::{debian::Debian, vigil::binary};

/// Where it is shown in the Debian.
const SHOWN: &str = "/opt/packages";

pub(crate) struct Package {
    folder: tempfile::TempDir,
}

impl Package {
    /// Builds three: the present version, one after it and one before it.
    pub(crate) fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("built");
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let output = Command::new(env!("CARGO"))
            .args(["xtask", "package", "deb", "--out"])
            .arg(&built)
            .arg("--binaries")
            .arg(binary("vigil").parent().unwrap())
            .current_dir(workspace)
            .output()
            .unwrap();
        must("cargo xtask package", &output);
        let deb = fs::read_dir(&built)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|name| name == "deb"))
            .unwrap();
        fs::copy(&deb, folder.path().join("now.deb")).unwrap();
        let package = Self { folder };
        package.of_version(&deb, "99.0.0", "next.deb");
        package.of_version(&deb, "0.0.1", "older.deb");
        fs::remove_dir_all(&built).unwrap();
        package
    }

    /// The same files under another version.
    fn of_version(&self, deb: &Path, version: &str, name: &str) {
        let files = self.folder.path().join("files");
        let unpacked = Command::new("dpkg-deb").arg("-R").arg(deb).arg(&files).output().unwrap();
        must("dpkg-deb -R", &unpacked);
        let control = files.join("DEBIAN/control");
        let lines = fs::read_to_string(&control).unwrap();
        let lines: String = lines
            .lines()
            .map(|line| match line.strip_prefix("Version: ") {
                Some(_) => format!("Version: {version}\n"),
                None => format!("{line}\n"),
            })
            .collect();
        fs::write(&control, lines).unwrap();
        let packed = Command::new("dpkg-deb")
            .args(["--root-owner-group", "-Znone", "-b"])
            .args([&files, &self.folder.path().join(name)])
            .output()
            .unwrap();
        must("dpkg-deb -b", &packed);
        fs::remove_dir_all(&files).unwrap();
    }

    fn shown(&self, debian: &Debian, name: &str) -> String {
        if !debian.path(SHOWN).join(name).exists() {
            // It goes away with the Debian.
            fs::create_dir_all(debian.path(SHOWN)).unwrap();
            debian.lend(self.folder.path(), SHOWN);
        }
        format!("{SHOWN}/{name}")
    }

    /// By root, on behalf of `user`, as with sudo.
    pub(crate) fn install(&self, debian: &Debian, user: &str) {
        let deb = self.shown(debian, "now.deb");
        let uid = debian.must(&["id", "-u", user]);
        let sudo = format!("SUDO_UID={}", uid.trim());
        debian.must(&["env", &sudo, "dpkg", "-i", &deb]);
    }

    pub(crate) fn upgrade(&self, debian: &Debian) {
        debian.must(&["dpkg", "-i", &self.shown(debian, "next.deb")]);
    }

    pub(crate) fn refuses_older(&self, debian: &Debian) {
        let output = debian.root(&["dpkg", "-i", &self.shown(debian, "older.deb")]);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{words}");
        assert!(words.contains("older"), "{words}");
        let version = debian.must(&["dpkg-query", "-W", "-f", "${Version} ${Status}", "vigil"]);
        assert_eq!(version, "99.0.0 install ok installed", "{words}");
    }

    pub(crate) fn purge(&self, debian: &Debian) {
        debian.must(&["dpkg", "--purge", "vigil"]);
    }
}

fn must(what: &str, output: &Output) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}\n{words}", output.status);
}
