//! The archive's own scripts, on a root folder that is no system's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::made::{Made, fails, impossible, inode, must, tree};

/// An unpacked archive, and a system to install it on.
struct Unpacked {
    made: Made,
    archive: PathBuf,
}

impl Unpacked {
    fn of(arguments: &[&str]) -> Self {
        let made = Made::of(&[&["tarball"], arguments].concat());
        let room = made.room("unpacked");
        must(Command::new("tar").arg("-xzf").arg(made.file(".tar.gz")).arg("-C").arg(&room));
        let archive = fs::read_dir(&room).unwrap().next().unwrap().unwrap().path();
        Self { made, archive }
    }

    fn root(&self) -> PathBuf {
        let root = self.made.room("root");
        fs::create_dir_all(root.join("usr/local/bin")).unwrap();
        root
    }

    fn script(&self, name: &str) -> Command {
        let mut script = Command::new("sh");
        script.arg(self.archive.join(name)).arg("--root").arg(self.root());
        script.env_remove("VIGIL_ALLOW_DOWNGRADE");
        script
    }
}

/// One that `uninstall.sh` finds by where it is.
fn installed_script(root: &Path) -> Command {
    let mut script = Command::new("sh");
    script.arg(root.join("usr/local/libexec/vigil/uninstall.sh")).arg("--root").arg(root);
    script
}

#[test]
fn it_goes_in_and_out_without_a_trace() {
    if impossible() {
        return;
    }
    let unpacked = Unpacked::of(&[]);
    let root = unpacked.root();
    let before = tree(&root);

    let shown = must(unpacked.script("install.sh").arg("--dry-run"));
    assert!(shown.contains("write /usr/local/bin/vigil (0755)"), "{shown}");
    assert!(tree(&root) == before, "only showing has written something");
    // Nobody to ask: nothing is done.
    fails(&mut unpacked.script("install.sh"));
    assert!(tree(&root) == before, "without an answer something was written");

    must(unpacked.script("install.sh").arg("--yes"));

    let unit = root.join("usr/local/lib/systemd/system/vigild.service");
    let unit = fs::read_to_string(unit).unwrap();
    assert!(unit.contains("\nExecStart=/usr/local/libexec/vigil/vigild\n"), "{unit}");
    let written = tree(&root);
    assert!(written.iter().all(|(name, _, _)| !name.ends_with("-new")), "{written:?}");
    for (name, is_folder, mode) in &written {
        let is_program = name.contains("/bin/") || name.contains("/libexec/vigil/");
        let is_program = is_program && !name.ends_with("manifest");
        assert_eq!(*mode, if *is_folder || is_program { 0o755 } else { 0o644 }, "{name}");
    }
    // Once more: the same.
    must(unpacked.script("install.sh").arg("--yes"));
    assert!(tree(&root) == written);
    let said = must(installed_script(&root).arg("--yes"));
    assert!(tree(&root) == before, "{said}");
}

#[test]
fn what_is_not_its_own_stays() {
    if impossible() {
        return;
    }
    let unpacked = Unpacked::of(&[]);
    let root = unpacked.root();
    let vigil = root.join("usr/local/bin/vigil");
    fs::write(&vigil, "somebody's").unwrap();
    let before = tree(&root);

    let words = fails(unpacked.script("install.sh").arg("--yes"));

    assert!(words.contains("/usr/local/bin/vigil is there"), "{words}");
    assert!(tree(&root) == before);
    fs::remove_file(&vigil).unwrap();
    must(unpacked.script("install.sh").arg("--yes"));
    let socket = root.join("usr/local/lib/systemd/system/vigild.socket");
    fs::write(&socket, "changed").unwrap();
    let theirs = root.join("usr/local/share/vigil/browser_extension/theirs");
    fs::write(&theirs, "").unwrap();

    let said = must(installed_script(&root).arg("--yes"));

    assert!(said.contains("vigild.socket was changed since"), "{said}");
    assert!(said.contains("browser_extension is not empty"), "{said}");
    assert!(socket.exists() && theirs.exists());
    let files = tree(&root).into_iter().filter(|(_, is_folder, _)| !is_folder).count();
    assert_eq!(files, 2);
}

#[test]
fn a_newer_one_is_not_replaced_by_an_older_one() {
    if impossible() {
        return;
    }
    let newer = Unpacked::of(&["--version", "99.0.0"]);
    let root = newer.root();
    must(newer.script("install.sh").arg("--yes"));
    let program = root.join("usr/local/bin/vigil");
    let placed = inode(&program);
    // The present version, by the same script: the number is all that differs.
    let script = newer.archive.join("install.sh");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text.replace("version='99.0.0'", "version='0.1.0'")).unwrap();

    let words = fails(newer.script("install.sh").arg("--yes"));

    assert!(
        words.contains("99.0.0 is installed") && words.contains("VIGIL_ALLOW_DOWNGRADE=1"),
        "{words}"
    );
    assert_eq!(inode(&program), placed);
    must(newer.script("install.sh").arg("--yes").env("VIGIL_ALLOW_DOWNGRADE", "1"));
    let manifest = root.join("usr/local/libexec/vigil/manifest");
    assert!(fs::read_to_string(manifest).unwrap().starts_with("version 0.1.0\n"));
}

#[test]
fn one_that_was_broken_off_is_taken_out_again() {
    if impossible() {
        return;
    }
    let unpacked = Unpacked::of(&[]);
    let root = unpacked.root();
    let before = tree(&root);
    must(unpacked.script("install.sh").arg("--yes"));
    // As though it had come to the third file and no further: the list is whole before the first.
    let manifest = root.join("usr/local/libexec/vigil/manifest");
    let list = fs::read_to_string(&manifest).unwrap();
    let files = list.lines().filter_map(|line| line.strip_prefix("file ")?.split_once(' '));
    for (_, path) in files.skip(2) {
        fs::remove_file(root.join(path.trim_start_matches('/'))).unwrap();
    }
    let half = root.join("usr/local/libexec/vigil/vigild.vigil-new");
    fs::write(half, "half of it").unwrap();

    must(unpacked.script("uninstall.sh").arg("--yes"));

    assert!(tree(&root) == before);
}
