//! The package for Debian, unpacked and read.

use std::{fs, path::Path, process::Command};

use super::made::{Made, fails, impossible, must, tree};

/// What has to be where.
const PLACES: [&str; 15] = [
    "usr/bin/vigil",
    "usr/libexec/vigil/vigil-agent",
    "usr/libexec/vigil/vigild",
    "usr/lib/systemd/system/vigild.service",
    "usr/lib/systemd/system/vigild.socket",
    "usr/share/bash-completion/completions/vigil",
    "usr/share/doc/vigil/changelog.gz",
    "usr/share/doc/vigil/copyright",
    "usr/share/doc/vigil/third-party.txt.gz",
    "usr/share/fish/vendor_completions.d/vigil.fish",
    "usr/share/man/man1/vigil-setup.1.gz",
    "usr/share/man/man8/vigild.8.gz",
    "usr/share/vigil/browser_extension/manifest.json",
    "usr/share/vigil/vigil-extension-firefox.zip",
    "usr/share/zsh/vendor-completions/_vigil",
];

fn field<'a>(control: &'a str, name: &str) -> &'a str {
    let line = control.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in\n{control}"))
}

#[test]
fn it_has_what_it_should_and_nothing_else() {
    if impossible() {
        return;
    }
    let made = Made::of(&["deb"]);
    let deb = made.file(".deb");
    let (files, control) = (made.room("files"), made.room("control"));
    must(Command::new("dpkg-deb").arg("-x").arg(&deb).arg(&files));
    must(Command::new("dpkg-deb").arg("-e").arg(&deb).arg(&control));

    everything_is_roots_and_in_its_place(&deb, &files);
    the_control_file_says_what_it_is(&control);
    the_scripts_are_for_any_shell(&control);
    must(
        Command::new("md5sum")
            .arg("--check")
            .arg("--strict")
            .arg(control.join("md5sums"))
            .current_dir(&files),
    );
    older_ones_are_refused_with_words(&control);
    the_manual_reads_well(&files);
}

fn everything_is_roots_and_in_its_place(deb: &Path, files: &Path) {
    let listed = must(Command::new("dpkg-deb").arg("-c").arg(deb));
    for line in listed.lines() {
        assert_eq!(line.split_whitespace().nth(1), Some("root/root"), "{line}");
    }
    let tree = tree(files);
    for (name, is_folder, mode) in &tree {
        let is_program = name.starts_with("usr/bin/") || name.starts_with("usr/libexec/vigil/");
        let right = if *is_folder || is_program { 0o755 } else { 0o644 };
        assert_eq!(*mode, right, "{name}");
        // Its own folders, and below them what packages may have.
        assert!(name.starts_with("usr"), "{name}");
    }
    for place in PLACES {
        assert!(tree.iter().any(|(name, is_folder, _)| name == place && !is_folder), "no {place}");
    }
}

fn the_control_file_says_what_it_is(control: &Path) {
    let text = fs::read_to_string(control.join("control")).unwrap();
    assert_eq!(field(&text, "Package"), "vigil");
    assert_eq!(field(&text, "Version"), env!("CARGO_PKG_VERSION"));
    // The library that every program is linked with, in the version that it needs.
    let needs = field(&text, "Depends");
    assert!(needs.contains("libc6 (>= 2."), "{needs}");
    let size: u32 = field(&text, "Installed-Size").parse().unwrap();
    assert!(size > 1_000, "{size} KiB");
    // Nothing is a configuration of the package's: what is in /etc is the machine's own.
    assert!(!control.join("conffiles").exists());
}

fn the_scripts_are_for_any_shell(control: &Path) {
    for name in ["preinst", "postinst", "prerm", "postrm"] {
        let script = control.join(name);
        let text = fs::read_to_string(&script).unwrap();
        assert!(text.starts_with("#!/bin/sh\n"), "{name}");
        assert!(text.contains("\nset -e\n"), "{name}");
        assert!(!text.contains('@'), "{name}: a word was not replaced");
        must(Command::new("sh").arg("-n").arg(&script));
        must(Command::new("dash").arg("-n").arg(&script));
        let words = fails(Command::new("sh").arg(&script).arg("no-such-step"));
        assert!(words.contains("no-such-step"), "{name}: {words}");
    }
}

fn older_ones_are_refused_with_words(control: &Path) {
    let preinst = || {
        let mut preinst = Command::new("sh");
        preinst.arg(control.join("preinst")).env_remove("VIGIL_ALLOW_DOWNGRADE");
        preinst
    };
    must(preinst().arg("install"));
    for fine in ["0.0.1", env!("CARGO_PKG_VERSION")] {
        must(preinst().args(["upgrade", fine, env!("CARGO_PKG_VERSION")]));
    }
    for step in ["upgrade", "install"] {
        let words = fails(preinst().args([step, "99.0.0", env!("CARGO_PKG_VERSION")]));
        assert!(words.contains("99.0.0") && words.contains("VIGIL_ALLOW_DOWNGRADE=1"), "{words}");
    }
    must(preinst().args(["upgrade", "99.0.0"]).env("VIGIL_ALLOW_DOWNGRADE", "1"));
}

/// Every page is packed without a time, has its parts, and says nothing that cannot be read.
fn the_manual_reads_well(files: &Path) {
    let pages = tree(&files.join("usr/share/man"));
    let pages = pages.iter().filter(|(_, is_folder, _)| !is_folder);
    let mut count = 0;
    for (name, _, _) in pages {
        let path = files.join("usr/share/man").join(name);
        let packed = fs::read(&path).unwrap();
        // No name and no time within (RFC 1952).
        assert_eq!(packed[3..8], [0; 5], "{name}");
        let page = must(Command::new("gzip").arg("-dc").arg(&path));
        assert!(page.contains(".TH ") && page.contains(".SH NAME"), "{name}");
        count += 1;
    }
    assert!(count > 30, "{count} pages");
    let tests_own = files.join("usr/share/man/man1/vigil-man.1.gz");
    assert!(!tests_own.exists(), "a hidden command has a page");
}
