//! A Debian of its own for one test: this machine's files with a layer above that takes every change,
//! systemd as its first process, homes of its own, and a network with nothing but loopback. The
//! machine that this runs on is out of reach: its homes are covered, its kernel settings read-only.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use ring::digest::{SHA256, digest};
use vigil_platform::process;

use crate::vigil::{binary, eventually, settles};

/// Makes the root folder in `$1`, and becomes its first process.
const BOOT: &str = r#"
set -e
mount -t tmpfs -o size=3g,mode=755 tmpfs "$1"
R=$1/root
mkdir "$1/above" "$1/work" "$R"
mount -t overlay overlay -o lowerdir=/,upperdir="$1/above",workdir="$1/work" "$R"
mount -t proc proc "$R/proc"
mount --bind "$R/proc/sys" "$R/proc/sys"
mount -o remount,ro,bind "$R/proc/sys"
mount -t sysfs -o ro sysfs "$R/sys"
mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
mount -t tmpfs -o mode=755 tmpfs "$R/run"
mount -t tmpfs -o mode=700 tmpfs "$R/root"
mount -t tmpfs -o mode=755 tmpfs "$R/home"
# Nodes of its own: what systemd does to its console is done to no other.
mount -t tmpfs -o mode=755 tmpfs "$R/dev"
node() { mknod -m 666 "$R/dev/$1" c "$2" "$3"; }
node null 1 3; node zero 1 5; node full 1 7; node random 1 8; node urandom 1 9; node tty 5 0
node console 1 3
mkdir "$R/dev/pts" "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$R/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
ln -s pts/ptmx "$R/dev/ptmx"
ln -s /proc/self/fd "$R/dev/fd"
ln -s /proc/self/fd/0 "$R/dev/stdin"
ln -s /proc/self/fd/1 "$R/dev/stdout"
ln -s /proc/self/fd/2 "$R/dev/stderr"
ip link set lo up
ip addr add 203.0.113.10/32 dev lo
cd "$R"
exec chroot "$R" /usr/bin/env -i container=vigil PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --log-target=journal --show-status=no systemd.unit=basic.target
"#;

/// What [`BOOT`] cannot do without.
const PROBE: &str = r"
set -e
mount -t tmpfs tmpfs /tmp
mkdir /tmp/above /tmp/work /tmp/root
mount -t overlay overlay -o lowerdir=/,upperdir=/tmp/above,workdir=/tmp/work /tmp/root
mknod /tmp/root/vigil-null c 1 3
";

/// Where a model can be, as far as programs in it can tell: no loopback address.
pub const FAR: &str = "203.0.113.10";

/// The parts of the root folder whose every change is looked for.
const LOOKED_AT: &[&str] = &["etc", "home", "opt", "root", "usr", "var"];

/// Files of the system's own book-keeping.
const NOT_LOOKED_AT: &[&str] = &[
    "etc/ld.so.cache",
    "var/backups",
    "var/cache",
    "var/lib/dpkg",
    "var/lib/systemd",
    "var/log",
    "var/tmp",
];

/// One that runs; ended when it is dropped.
#[derive(Debug)]
pub struct Debian {
    /// What made the namespaces, and waits.
    outside: Child,
    /// The number of its first process.
    first: u32,
    folder: tempfile::TempDir,
    group: PathBuf,
    models: Vec<Child>,
}

/// What is known of a file: `None` is for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    what: What,
    mode: u32,
    owner: (u32, u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Folder,
    Link(PathBuf),
    /// With its length, and its hash where this is not the machine's own file.
    File(u64, Option<Vec<u8>>),
    Other,
}

/// The files at one time.
#[derive(Debug)]
pub struct Files(BTreeMap<PathBuf, Entry>);

/// Why there cannot be one here.
pub fn impossible() -> Option<&'static str> {
    if process::uid() != 0 {
        return Some("needs root for namespaces; run: sudo -E cargo xtask test");
    }
    if !Path::new("/lib/systemd/systemd").exists() || !Path::new("/usr/bin/dpkg").exists() {
        return Some("needs a Debian with systemd, such as its container images have not");
    }
    if groups().is_none() {
        return Some("needs control groups of version 2");
    }
    let mut probe = Command::new("unshare");
    probe.args(["--mount", "--net", "--pid", "--cgroup", "--fork", "--propagation", "private"]);
    probe.args(["sh", "-c", PROBE]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let possible = probe.status().is_ok_and(|status| status.success());
    (!possible).then_some(
        "this machine gives no namespaces with a layer of files (unshare, overlay, mknod)",
    )
}

/// Where control groups of version 2 are.
fn groups() -> Option<&'static Path> {
    ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"]
        .map(Path::new)
        .into_iter()
        .find(|place| place.join("cgroup.procs").exists())
}

impl Debian {
    /// Starts one and waits until it is up.
    pub fn boot() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let name = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let group = groups().unwrap().join(format!("vigil-test-{name}"));
        fs::create_dir(&group).unwrap();
        // The shell is in the group before it makes the namespace that begins there.
        let enter = "echo $$ >\"$2/cgroup.procs\"; exec unshare --mount --net --pid --cgroup --uts --ipc \
                     --propagation private --fork --kill-child sh -c \"$0\" sh \"$1\"";
        let outside = Command::new("sh")
            .args(["-c", enter, BOOT])
            .arg(folder.path())
            .arg(&group)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let children = format!("/proc/{0}/task/{0}/children", outside.id());
        let first = eventually("the first process is there", || {
            fs::read_to_string(&children).ok()?.split_whitespace().next()?.parse().ok()
        });
        let debian = Self { outside, first, folder, group, models: Vec::new() };
        settles("it is up", || {
            let said = debian.root(&["systemctl", "is-system-running"]);
            let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
            matches!(said.as_str(), "running" | "degraded").then_some(()).ok_or(said)
        });
        // An image of a container may forbid packages to start what they bring.
        debian.must(&["rm", "-f", "/usr/sbin/policy-rc.d"]);
        // What this machine runs besides is not started.
        debian.must(&["systemctl", "start", "systemd-user-sessions", "systemd-logind"]);
        debian
    }

    /// A command in it, as root.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.first.to_string()])
            .args([
                "--mount", "--net", "--pid", "--cgroup", "--uts", "--ipc", "--root", "--wd", "--",
            ])
            .args(["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"])
            .arg(program)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command as root.
    pub fn root(&self, words: &[&str]) -> Output {
        let (program, arguments) = words.split_first().unwrap();
        self.command(program).args(arguments).output().unwrap()
    }

    /// Runs a command as root, which must succeed, and gives what it printed.
    pub fn must(&self, words: &[&str]) -> String {
        said(words, &self.root(words))
    }

    /// A command of a user who was [`Self::add`]ed.
    pub fn command_of(&self, user: &str, program: &str) -> Command {
        let uid = self.must(&["id", "-u", user]).trim().to_owned();
        let mut command = self.command("setpriv");
        command
            .args(["--reuid", user, "--regid", user, "--init-groups", "/usr/bin/env", "-i"])
            .arg(format!("--chdir=/home/{user}"))
            .arg(format!("HOME=/home/{user}"))
            .arg(format!("USER={user}"))
            .arg(format!("XDG_RUNTIME_DIR=/run/user/{uid}"))
            .args(["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "SHELL=/bin/bash", "NO_COLOR=1"])
            .arg(program);
        command
    }

    /// Runs a command as this user.
    pub fn user(&self, user: &str, words: &[&str]) -> Output {
        let (program, arguments) = words.split_first().unwrap();
        self.command_of(user, program).args(arguments).output().unwrap()
    }

    /// Runs a command as this user, which must succeed, and gives what it printed.
    pub fn user_must(&self, user: &str, words: &[&str]) -> String {
        said(words, &self.user(user, words))
    }

    /// A user with a home, and a service manager of the user's own.
    pub fn add(&self, user: &str) {
        self.must(&["useradd", "--create-home", "--shell", "/bin/bash", user]);
        self.must(&["loginctl", "enable-linger", user]);
        settles("the user's service manager is up", || {
            let said = self.user(user, &["systemctl", "--user", "is-system-running"]);
            let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
            matches!(said.as_str(), "running" | "degraded").then_some(()).ok_or(said)
        });
    }

    /// Shows a file or folder of the machine's in it, read-only.
    pub fn lend(&self, what: &Path, at: &str) {
        let place = self.above().join("../root").join(at.trim_start_matches('/'));
        if what.is_dir() {
            fs::create_dir_all(&place).unwrap();
        } else {
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(&place, "").unwrap();
        }
        let inside = self.folder.path().join("root").join(at.trim_start_matches('/'));
        let script = "mount --bind \"$1\" \"$2\" && mount -o remount,ro,bind \"$2\"";
        let done = self
            .namespaces()
            .args(["sh", "-c", script, "sh"])
            .args([what, inside.as_path()])
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Where the test sees a path of its.
    pub fn path(&self, at: &str) -> PathBuf {
        self.above().join("../root").join(at.trim_start_matches('/'))
    }

    /// Has a scripted model be `host`, which the whole system trusts.
    pub fn model(&mut self, host: &str) {
        let files = tempfile::tempdir().unwrap();
        let child = self
            .namespaces()
            .arg(binary("far-models"))
            .arg(files.path())
            .args([host, &format!("{FAR}:443")])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        self.models.push(child);
        eventually("the model listens", || files.path().join("ready").exists().then_some(()));
        let trusted = self.path("/usr/local/share/ca-certificates/company.crt");
        fs::create_dir_all(trusted.parent().unwrap()).unwrap();
        fs::copy(files.path().join("model-ca.pem"), trusted).unwrap();
        self.must(&["update-ca-certificates"]);
        let hosts = self.path("/etc/hosts");
        fs::write(hosts, format!("127.0.0.1 localhost\n{FAR} {host}\n")).unwrap();
    }

    /// What the layer above has. It is seen through the process that waits outside.
    fn above(&self) -> PathBuf {
        let root = Path::new("/proc").join(self.outside.id().to_string()).join("root");
        root.join(self.folder.path().strip_prefix("/").unwrap()).join("above")
    }

    /// A command in its namespaces that sees this machine's files.
    fn namespaces(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.first.to_string(), "--mount", "--net", "--"]);
        command
    }

    /// Every file that somebody could have changed.
    pub fn files(&self) -> Files {
        let (above, root) = (self.above(), self.above().join("../root"));
        let mut files = BTreeMap::new();
        let mut folders: Vec<PathBuf> = LOOKED_AT.iter().map(PathBuf::from).collect();
        while let Some(folder) = folders.pop() {
            for name in fs::read_dir(root.join(&folder)).into_iter().flatten() {
                let path = folder.join(name.unwrap().file_name());
                if NOT_LOOKED_AT.iter().any(|not| path == Path::new(not)) {
                    continue;
                }
                // What a running program deletes in between is not there.
                let Ok(about) = fs::symlink_metadata(root.join(&path)) else { continue };
                let what = if about.is_dir() {
                    folders.push(path.clone());
                    What::Folder
                } else if about.is_symlink() {
                    What::Link(fs::read_link(root.join(&path)).unwrap_or_default())
                } else if about.is_file() {
                    // Homes are wholly its own.
                    let is_own = path.starts_with("home")
                        || path.starts_with("root")
                        || fs::symlink_metadata(above.join(&path)).is_ok();
                    What::File(about.len(), is_own.then(|| hash(&root.join(&path))))
                } else {
                    What::Other
                };
                let owner = (about.uid(), about.gid());
                files.insert(path, Entry { what, mode: about.mode() & 0o7777, owner });
            }
        }
        Files(files)
    }
}

impl Drop for Debian {
    fn drop(&mut self) {
        // The first process of a namespace takes all others with it.
        let _ = self.outside.kill();
        let _ = Command::new("kill").args(["-KILL", &self.first.to_string()]).status();
        let _ = self.outside.wait();
        for model in &mut self.models {
            let _ = model.kill();
            let _ = model.wait();
        }
        for _ in 0..100 {
            if remove_groups(&self.group) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Groups have to be removed one by one, the innermost first.
fn remove_groups(group: &Path) -> bool {
    for inner in fs::read_dir(group).into_iter().flatten().flatten() {
        if inner.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_groups(&inner.path());
        }
    }
    fs::remove_dir(group).is_ok()
}

impl Files {
    /// What is another way in `later`, in words, without what is below one of `but`.
    pub fn changes(&self, later: &Self, but: &[&str]) -> Vec<String> {
        let paths: BTreeSet<&PathBuf> = self.0.keys().chain(later.0.keys()).collect();
        let is_left_out = |path: &Path| but.iter().any(|but| path.starts_with(but));
        let mut changes = Vec::new();
        for path in paths.into_iter().filter(|path| !is_left_out(path)) {
            let words = match (self.0.get(path), later.0.get(path)) {
                (Some(was), Some(is)) if was.is_like(is, path) => continue,
                (Some(was), Some(is)) => format!("changed, {} -> {}", was.words(), is.words()),
                (Some(_), None) => "gone".to_owned(),
                (None, _) => "new".to_owned(),
            };
            changes.push(format!("/{}: {words}", path.display()));
        }
        changes
    }
}

impl Entry {
    fn words(&self) -> String {
        let what = match &self.what {
            What::Folder => "folder".to_owned(),
            What::Link(to) => format!("link to {}", to.display()),
            What::File(length, _) => format!("{length} bytes"),
            What::Other => "something else".to_owned(),
        };
        format!("{what} {:o} {}:{}", self.mode, self.owner.0, self.owner.1)
    }

    fn is_like(&self, other: &Self, path: &Path) -> bool {
        let content = match (&self.what, &other.what) {
            (What::File(length, was), What::File(other, is)) => {
                // Without a hash it is the machine's own file.
                let machine = || hash(&Path::new("/").join(path));
                length == other
                    && (was == is
                        || was.clone().unwrap_or_else(machine)
                            == is.clone().unwrap_or_else(machine))
            }
            (was, is) => was == is,
        };
        content && self.mode == other.mode && self.owner == other.owner
    }
}

fn hash(path: &Path) -> Vec<u8> {
    let is_file = fs::symlink_metadata(path).is_ok_and(|about| !about.file_type().is_fifo());
    let content = if is_file { fs::read(path).unwrap_or_default() } else { Vec::new() };
    digest(&SHA256, &content).as_ref().to_vec()
}

fn said(words: &[&str], output: &Output) -> String {
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words:?}: {}\n{said}\n{complained}", output.status);
    said.into_owned()
}
