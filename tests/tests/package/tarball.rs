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

impl Unpacked {
    /// The same as another version, which has not these files.
    fn becomes(&self, version: &str, without: &[&str]) {
        let script = self.archive.join("install.sh");
        let text = fs::read_to_string(&script).unwrap();
        let line = text.lines().find(|line| line.starts_with("version='")).unwrap().to_owned();
        fs::write(&script, text.replace(&line, &format!("version='{version}'"))).unwrap();
        for name in without {
            fs::remove_file(self.archive.join("files").join(name)).unwrap();
        }
    }

    /// `install.sh`, which ends before the line that begins so.
    fn cut_off(&self, before: &str) {
        let whole = self.archive.join("install.sh");
        let text = fs::read_to_string(&whole).unwrap();
        let part = self.archive.join("part.sh");
        let (first, _) = text.split_once(&format!("\n{before}")).unwrap();
        fs::write(&part, format!("{first}\nexit 9\n")).unwrap();
        let ended = self.script("part.sh").arg("--yes").output().unwrap();
        assert_eq!(ended.status.code(), Some(9), "{}", String::from_utf8_lossy(&ended.stderr));
    }
}

const FISH: &str = "share/fish/vendor_completions.d/vigil.fish";
const ZSH: &str = "share/zsh/site-functions/_vigil";

#[test]
fn no_link_in_its_way_is_followed() {
    if impossible() {
        return;
    }
    let unpacked = Unpacked::of(&[]);
    let root = unpacked.root();
    let theirs = unpacked.made.room("theirs").join("file");
    fs::write(&theirs, "theirs").unwrap();
    fs::create_dir_all(root.join("usr/local/libexec/vigil")).unwrap();
    for name in ["bin/vigil.vigil-new", "libexec/vigil/manifest.new"] {
        std::os::unix::fs::symlink(&theirs, root.join("usr/local").join(name)).unwrap();
    }

    must(unpacked.script("install.sh").arg("--yes"));

    assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs");
    for name in ["bin/vigil", "libexec/vigil/manifest"] {
        let about = fs::symlink_metadata(root.join("usr/local").join(name)).unwrap();
        assert!(about.is_file(), "{name} is a link");
    }
}

#[test]
fn places_that_it_cannot_vouch_for_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    if impossible() {
        return;
    }
    let unpacked = Unpacked::of(&[]);
    let open = unpacked.made.room("open");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let script = || {
        let mut script = Command::new("sh");
        script.arg(unpacked.archive.join("install.sh")).arg("--dry-run");
        script
    };

    let shown = must(script().args(["--prefix", "/of-a-test-of-vigil"]));
    assert!(shown.contains("write /of-a-test-of-vigil/bin/vigil"), "{shown}");
    let words = fails(script().arg("--prefix").arg(open.join("below")));
    assert!(words.contains("others than root can change"), "{words}");

    for prefix in ["/opt/a&b", "/opt/a|b", "/opt/a b", "/opt/[a]", "/opt/../b", "/", "opt"] {
        let words = fails(script().args(["--prefix", prefix]));
        assert!(words.contains("--prefix takes"), "{prefix}: {words}");
    }

    let words = fails(script().arg("--root").arg(open.join("nowhere")));
    assert!(words.contains("is not there"), "{words}");
}

#[test]
fn a_newer_one_takes_out_what_it_has_not_and_leaves_what_was_changed() {
    if impossible() {
        return;
    }
    let unpacked = Unpacked::of(&[]);
    let root = unpacked.root();
    must(unpacked.script("install.sh").arg("--yes"));
    let (fish, zsh) = (root.join("usr/local").join(FISH), root.join("usr/local").join(ZSH));
    fs::write(&zsh, "changed").unwrap();
    unpacked.becomes("99.0.0", &[FISH, ZSH]);

    let said = must(unpacked.script("install.sh").arg("--yes"));

    assert!(!fish.exists(), "{said}");
    assert!(zsh.exists() && said.contains(&format!("left: /usr/local/{ZSH}")), "{said}");
}

#[test]
fn an_upgrade_that_was_broken_off_is_carried_through_or_taken_out() {
    if impossible() {
        return;
    }
    let (first, obsolete) = ("# Each file.", "# What the former version had");
    let mut unpacked = Unpacked::of(&[]);
    let whole = unpacked.archive.clone();
    let root = unpacked.root();
    let before = tree(&root);
    for (cut, again) in [(first, true), (first, false), (obsolete, true), (obsolete, false)] {
        unpacked.archive.clone_from(&whole);
        must(unpacked.script("install.sh").arg("--yes"));
        unpacked.archive = unpacked.made.room("newer").join("archive");
        drop(fs::remove_dir_all(&unpacked.archive));
        must(Command::new("cp").arg("-a").arg(&whole).arg(&unpacked.archive));
        unpacked.becomes("99.0.0", &[FISH]);
        // What the newer one has changed.
        let changed = unpacked.archive.join("files/bin/vigil");
        fs::write(&changed, "another").unwrap();
        unpacked.cut_off(cut);
        let manifest = root.join("usr/local/libexec/vigil/manifest");
        let list = fs::read_to_string(&manifest).unwrap();
        assert!(!list.contains("version 99.0.0") && list.contains(FISH), "{list}");
        if again {
            must(unpacked.script("install.sh").arg("--yes"));
            assert!(!root.join("usr/local").join(FISH).exists());
        }

        let said = must(installed_script(&root).arg("--yes"));

        assert!(tree(&root) == before, "{cut}, again: {again}: {said}");
    }
}

#[test]
fn a_first_one_that_was_broken_off_begins_as_a_first_one_again() {
    if impossible() {
        return;
    }
    let unpacked = Unpacked::of(&[]);
    let root = unpacked.root();
    unpacked.cut_off("# What the former version had");
    let list = fs::read_to_string(root.join("usr/local/libexec/vigil/manifest")).unwrap();
    assert!(!list.contains("version ") && list.contains("/bin/vigil\n"), "{list}");

    let said = must(unpacked.script("install.sh").arg("--yes"));

    assert!(said.contains("each user begins with: vigil setup"), "{said}");
}

#[test]
fn a_folder_in_a_files_place_ends_nothing_half_way() {
    if impossible() {
        return;
    }
    let unpacked = Unpacked::of(&[]);
    let root = unpacked.root();
    must(unpacked.script("install.sh").arg("--yes"));
    let fish = root.join("usr/local").join(FISH);
    fs::remove_file(&fish).unwrap();
    fs::create_dir(&fish).unwrap();
    // What is not below the prefix is no file of this installation, whatever the list says.
    let theirs = root.join("theirs");
    fs::write(&theirs, "").unwrap();
    let manifest = root.join("usr/local/libexec/vigil/manifest");
    let list = fs::read_to_string(&manifest).unwrap();
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    fs::write(&manifest, format!("{list}file {nothing} /theirs\n")).unwrap();

    let said = must(installed_script(&root).arg("--yes"));

    assert!(said.contains("vigil.fish is no file any more"), "{said}");
    assert!(theirs.exists() && said.contains("left: /theirs"), "{said}");
    let files = tree(&root).into_iter().filter(|(_, is_folder, _)| !is_folder).count();
    assert_eq!(files, 1, "{said}");
}
