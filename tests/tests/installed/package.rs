//! The package as it would be given to people, of the binaries that the other tests use.

use std::{
    env,
    fs::{self, File},
    path::Path,
    process::{Command, Output},
};

use vigil_tests::{debian::Debian, vigil::binary};

/// Where it is shown in the Debian.
const SHOWN: &str = "/opt/packages";

/// The present version, one after it and one before it, by the names of their files.
pub(crate) const VERSIONS: [(&str, Option<&str>); 3] =
    [("now", None), ("next", Some("99.0.0")), ("older", Some("0.0.1"))];

/// A folder of this test's alone: others build into the one that a run shares, which would show.
pub(crate) struct Package(tempfile::TempDir);

impl Package {
    /// Builds these of [`VERSIONS`], once for all tests of a run.
    pub(crate) fn build(versions: &[(&str, Option<&str>)]) -> Self {
        let own = tempfile::tempdir().unwrap();
        let Ok(run) = env::var("NEXTEST_RUN_ID") else {
            build(own.path(), versions);
            return Self(own);
        };
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
        fs::create_dir_all(&place).unwrap();
        let lock = File::create(place.join("lock")).unwrap();
        lock.lock().unwrap();
        let folder = place.join(&run);
        if !folder.exists() {
            for former in fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()) {
                if former.is_dir() {
                    fs::remove_dir_all(former).unwrap();
                }
            }
            fs::create_dir(&folder).unwrap();
        }
        build(&folder, versions);
        for (name, _) in versions {
            let name = Path::new(name).with_extension("deb");
            fs::copy(folder.join(&name), own.path().join(&name)).unwrap();
        }
        Self(own)
    }

    /// Has it seen there.
    pub(crate) fn show(&self, debian: &Debian) {
        debian.lend(self.0.path(), SHOWN);
    }
}

/// By root, on behalf of `user`, as with sudo.
pub(crate) fn install(debian: &Debian, user: &str) {
    let uid = debian.must(&["id", "-u", user]);
    let sudo = format!("SUDO_UID={}", uid.trim());
    debian.must(&["env", &sudo, "dpkg", "-i", "/opt/packages/now.deb"]);
}

pub(crate) fn upgrade(debian: &Debian) {
    debian.must(&["dpkg", "-i", "/opt/packages/next.deb"]);
}

pub(crate) fn refuses_older(debian: &Debian) {
    let output = debian.root(&["dpkg", "-i", "/opt/packages/older.deb"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{words}");
    assert!(words.contains("older"), "{words}");
    let version = debian.must(&["dpkg-query", "-W", "-f", "${Version} ${Status}", "vigil"]);
    assert_eq!(version, "99.0.0 install ok installed", "{words}");
}

pub(crate) fn purge(debian: &Debian) {
    debian.must(&["dpkg", "--purge", "vigil"]);
}

/// Those that are not there yet.
fn build(folder: &Path, versions: &[(&str, Option<&str>)]) {
    for (name, version) in versions {
        let (to, built) = (folder.join(name).with_extension("deb"), folder.join("built"));
        if to.exists() {
            continue;
        }
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut xtask = Command::new(binary("xtask"));
        xtask.args(["package", "deb", "--fast", "--out"]).arg(&built).arg("--binaries");
        xtask.arg(binary("vigil").parent().unwrap()).current_dir(workspace);
        // Of a checkout's history nothing is known here.
        xtask.env("SOURCE_DATE_EPOCH", "1000000000");
        if let Some(version) = version {
            xtask.args(["--version", version]);
        }
        must("xtask package deb", &xtask.output().unwrap());
        let deb = fs::read_dir(&built)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|name| name == "deb"))
            .unwrap();
        fs::rename(&deb, &to).unwrap();
        fs::remove_dir_all(&built).unwrap();
    }
}

fn must(what: &str, output: &Output) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}\n{words}", output.status);
}
