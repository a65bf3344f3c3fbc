//! A machine of its own for one test: the same test in a new process, in which the folders of the
//! certificate store are copies, everything else can only be read, and there is no network but
//! loopback.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::server::Server;

/// Tells the process inside which namespace of mounts it must not be in.
const OUTSIDE: &str = "VIGIL_TEST_OUTSIDE";
/// Where the test's folder is, inside.
const MOUNTED: &str = "/mnt";
/// This program's copy in the test's folder.
const PROGRAM: &str = "test-program";
/// What the distribution's program writes to, and reads to know what to write.
const STORE: [&str; 3] = ["/etc/ssl", "/usr/local/share/ca-certificates", "/etc/ca-certificates"];
/// A shell's part of entering, with the test's folder as the first argument. Hooks of other packages
/// are left out: they write elsewhere.
const ENTER: &str = r#"
set -e
ip link set lo up
mount --bind "$1" /mnt
shift
mkdir -p /mnt/tmp
for folder in /etc/ssl /usr/local/share/ca-certificates /etc/ca-certificates; do
    [ -d "$folder" ] || continue
    mkdir -p "/mnt/store$folder"
    cp -a "$folder/." "/mnt/store$folder"
    mount --bind "/mnt/store$folder" "$folder"
done
rm -rf /etc/ca-certificates/update.d/*
mount --bind /mnt/tmp /tmp
chmod 1777 /tmp
mount -o remount,bind,ro /
exec "$@"
"#;

/// The machine, from inside.
pub(crate) struct Machine {
    folder: PathBuf,
}

impl Machine {
    /// Why there can be none here.
    pub(crate) fn impossible() -> Option<&'static str> {
        let there = ["/usr/sbin/update-ca-certificates", "/usr/bin/curl", "/usr/bin/openssl"];
        if there.iter().any(|program| !Path::new(program).exists()) {
            return Some("needs Debian's packages ca-certificates, curl and openssl");
        }
        vigil_tests::network::impossible()
    }

    /// The machine, if this process is in it. Fails when it should be and is not.
    pub(crate) fn inside() -> Option<Self> {
        let outside = env::var_os(OUTSIDE)?;
        assert_ne!(mounts(), outside, "this is the real machine");
        let elsewhere = fs::write("/usr/vigil-test", "");
        assert!(elsewhere.is_err(), "something else can be written");
        Some(Self { folder: MOUNTED.into() })
    }

    /// A file of the test's folder.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether the real client takes `server` for the host it says it is, with nothing but the
    /// machine's own store; or its words why not.
    pub(crate) fn curl(&self, server: &Server) -> Result<(), String> {
        let (host, port) = (server.host(), server.port());
        let output = Command::new("/usr/bin/curl")
            .args(["-q", "--silent", "--show-error", "--noproxy", "*", "--max-time", "30"])
            .args(["--resolve", &format!("{host}:{port}:127.0.0.1")])
            .arg(format!("https://{host}:{port}/"))
            .env_clear()
            .current_dir(&self.folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => {
                assert_eq!(output.stdout, server.host().as_bytes(), "another server");
                Ok(())
            }
            // CURLE_PEER_FAILED_VERIFICATION: reached, and not believed.
            Some(60) => Err(said.into_owned()),
            _ => panic!("curl did not get as far as a certificate: {}: {said}", output.status),
        }
    }

    /// Tells the process outside that every step was done.
    pub(crate) fn done(&self) {
        fs::write(self.at("done"), "").unwrap();
    }
}

/// Runs `test` of this program once more, on a machine of its own that has `folder`.
pub(crate) fn enter(folder: &Path, test: &str) {
    // Wherever it was built, inside it must not lie under a folder that is covered there.
    fs::copy(env::current_exe().unwrap(), folder.join(PROGRAM)).unwrap();
    let status = Command::new("unshare")
        .args(["--mount", "--net", "--propagation", "private", "sh", "-c", ENTER, "sh"])
        .arg(folder)
        .arg(Path::new(MOUNTED).join(PROGRAM))
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(OUTSIDE, mounts())
        .status()
        .unwrap();

    assert!(status.success(), "on the machine: {status}");
    assert!(folder.join("done").exists(), "the test was not run on the machine");
}

/// The namespace of mounts that this process is in.
fn mounts() -> OsString {
    fs::read_link("/proc/self/ns/mnt").unwrap().into_os_string()
}

/// Every file, link and folder of the store, with what is in it or where it leads.
pub(crate) fn state() -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders: Vec<_> = STORE.iter().map(PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if let Ok(target) = fs::read_link(&path) {
                found.push((path, target.into_os_string().into_encoded_bytes()));
            } else if path.is_dir() {
                found.push((path.clone(), Vec::new()));
                folders.push(path);
            } else {
                let content = fs::read(&path).unwrap();
                found.push((path, content));
            }
        }
    }
    found.sort();
    found
}
