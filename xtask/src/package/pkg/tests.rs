use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use super::{COPIED, PREFIX, PROGRAMS, SCRIPTS, stage_scripts, stand_in};
use crate::cargo::root;

/// A Mac of which a script sees what it looks at: a disk, and functions in the place of the system's
/// programs. Each writes its name and arguments into `calls`, in order.
struct Mac(TempDir);

/// The programs that the scripts name, each with what it does here.
const PROGRAMS_OF_A_MAC: [(&str, &str); 8] = [
    (
        "id",
        "case $1 in \
         -un) echo \"${VIGIL_TEST_USER-somebody}\" ;; \
         -G) echo \"${VIGIL_TEST_GROUPS-20 12 80 61}\" ;; \
         *) echo \"${VIGIL_TEST_UID:-0}\" ;; \
         esac",
    ),
    ("env", "return \"${VIGIL_TEST_ENROL:-0}\""),
    ("install", "for folder in \"$@\"; do :; done; /bin/mkdir -p \"$folder\""),
    ("rm", "/bin/rm \"$@\""),
    ("sleep", ":"),
    ("pkgutil", ":"),
    (
        "stat",
        "case $2 in \
         %Lp) echo \"${VIGIL_TEST_MODE:-755}\" ;; \
         *) echo \"${VIGIL_TEST_OWNER:-0}\" ;; \
         esac",
    ),
    // Loaded while the file says so.
    (
        "launchctl",
        "case $1 in \
         print) test -e \"$here/loaded\" ;; \
         bootout) /bin/rm -f \"$here/loaded\" ;; \
         bootstrap) test -z \"${VIGIL_TEST_BUSY-}\" && : >\"$here/loaded\" ;; \
         esac",
    ),
];

impl Mac {
    fn new() -> Self {
        let mac = Self(tempfile::tempdir().unwrap());
        fs::create_dir(mac.disk()).unwrap();
        mac
    }

    fn disk(&self) -> std::path::PathBuf {
        self.0.path().join("disk")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.disk().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The daemon's program, of which every call ends with this.
    fn daemon(&self, ends: u8) {
        let calls = self.0.path().join("calls");
        let text = format!("#!/bin/sh\necho \"daemon $*\" >>'{}'\nexit {ends}\n", calls.display());
        self.write(DAEMON, &text);
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.disk().join(DAEMON), mode).unwrap();
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.0.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Runs a script as the installer does, with this Mac's programs.
    fn run(&self, script: &Path, args: &[&str], set: &[(&str, &str)]) -> Output {
        let mut text = fs::read_to_string(script).unwrap();
        for (name, does) in PROGRAMS_OF_A_MAC {
            let begins = format!("{name}=/");
            let Some(line) = text.lines().find(|line| line.starts_with(&begins)) else { continue };
            let line = line.to_owned();
            let function = format!(
                "{name}=fake_{name}\nfake_{name}() {{\nhere='{}'\n\
                 echo \"{name} $*\" >>\"$here/calls\"\n{does}\n}}",
                self.0.path().display()
            );
            text = text.replacen(&line, &function, 1);
        }
        let copy = self.0.path().join("script");
        fs::write(&copy, text).unwrap();
        let mut command = Command::new("/bin/sh");
        command.arg(&copy).args(args).env_clear().envs(set.iter().copied());
        command.output().unwrap()
    }

    /// A script of the package, on this Mac's disk as a volume of its own.
    fn on_volume(&self, script: &str, set: &[(&str, &str)]) -> Output {
        let scripts = self.0.path().join("scripts");
        stage_scripts(&scripts, "1.10.0").unwrap();
        let disk = self.disk();
        self.run(&scripts.join(script), &["a.pkg", "/", disk.to_str().unwrap()], set)
    }

    /// The same, with the disk as the one that the Mac was started from.
    fn on_root(&self, script: &str, set: &[(&str, &str)]) -> Output {
        let scripts = self.0.path().join("scripts");
        stage_scripts(&scripts, "1.10.0").unwrap();
        let path = scripts.join(script);
        let text = fs::read_to_string(&path).unwrap();
        let disk = self.disk();
        // Every path from the root is one of this disk's; which volume it is stays as it is.
        let text = text.replace("\"$root/", &format!("\"{}$root/", disk.display()));
        fs::write(&path, text).unwrap();
        self.run(&path, &["a.pkg", "/", "/"], set)
    }

    fn uninstall(&self, args: &[&str]) -> Output {
        let script = root().join("packaging/macos/uninstall");
        let text = fs::read_to_string(script).unwrap();
        let copy = self.0.path().join("uninstall");
        let text = text.replacen("\nroot=\n", &format!("\nroot='{}'\n", self.disk().display()), 1);
        fs::write(&copy, text).unwrap();
        self.run(&copy, args, &[])
    }
}

fn words(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8(said).unwrap()
}

const DAEMON: &str = "Library/PrivilegedHelperTools/dev.vigil.vigild";
const VERSION_FILE: &str = "Library/Application Support/Vigil/share/vigil/version";

#[test]
fn every_path_in_the_daemons_list_is_one_that_is_installed_or_the_systems() {
    let list = fs::read_to_string(root().join("launchd/dev.vigil.vigild.plist")).unwrap();
    let installed: Vec<String> = PROGRAMS
        .iter()
        .map(|(_, to)| *to)
        .chain(COPIED.iter().map(|(_, to, _)| *to))
        .map(|path| format!("/{path}"))
        .collect();
    let paths: Vec<&str> = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix("<string>/")?.strip_suffix("</string>"))
        .collect();
    assert!(paths.len() > 3);
    for path in paths {
        let path = format!("/{path}");
        let is_systems = path.starts_with("/usr/bin/") || path.starts_with("/private/var/");
        assert!(is_systems || installed.contains(&path), "{path}");
    }
}

#[test]
fn the_shells_path_is_the_folder_of_the_command() {
    let paths = fs::read_to_string(root().join("packaging/macos/paths")).unwrap();
    assert_eq!(paths, format!("/{PREFIX}/bin\n"));
}

#[test]
fn nothing_goes_where_others_have_their_things() {
    for to in PROGRAMS.iter().map(|(_, to)| to).chain(COPIED.iter().map(|(_, to, _)| to)) {
        assert!(!to.starts_with("usr/"), "{to}");
        // `/etc` and `/var` are links there: a folder would take a link's place.
        assert!(!to.starts_with("etc/") && !to.starts_with("var/"), "{to}");
    }
}

#[test]
fn scripts_name_every_program_by_its_whole_path() {
    // Words of the shell's own, and of ours.
    const OWN: &[&str] = &[
        "printf",
        "read",
        "unset",
        "export",
        "umask",
        "exit",
        "return",
        "break",
        "continue",
        "set",
        "[",
        "true",
        "say",
        "fail",
        "refuse",
        "is_older",
        "is_loaded",
        "main",
    ];
    let folder = root().join("packaging/macos");
    for script in ["scripts/preinstall", "scripts/postinstall", "uninstall"] {
        let text = fs::read_to_string(folder.join(script)).unwrap();
        assert!(text.starts_with("#!/bin/sh\n"), "{script}");
        for line in text.lines().map(str::trim) {
            let line = line
                .trim_start_matches("if ")
                .trim_start_matches("until ")
                .trim_start_matches("! ");
            let Some(word) = line.split([' ', ';']).next().filter(|word| !word.is_empty()) else {
                continue;
            };
            let is_bare = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'[');
            let is_syntax = matches!(
                word,
                "if" | "then"
                    | "else"
                    | "fi"
                    | "for"
                    | "while"
                    | "until"
                    | "do"
                    | "done"
                    | "case"
                    | "esac"
            );
            assert!(!is_bare || is_syntax || OWN.contains(&word), "{script}: {line}");
        }
    }
}

#[test]
fn an_older_one_does_not_take_the_place_of_a_newer_one_and_says_so() {
    for (had, is_taken) in [
        ("1.10.1", false),
        ("1.11", false),
        ("2.0.0-rc.1", false),
        ("10.0.0", false),
        ("1.10.0", true),
        ("1.9.12", true),
        ("1.10", true),
        ("0.99.99+3", true),
    ] {
        let mac = Mac::new();
        mac.write(VERSION_FILE, &format!("{had}\n"));
        let output = mac.on_volume("preinstall", &[]);
        assert_eq!(output.status.success(), is_taken, "{had}: {}", words(&output));
        assert!(words(&output).contains(had), "{}", words(&output));
        let says_how = words(&output).contains("Vigil/uninstall");
        assert_eq!(says_how, !is_taken, "{}", words(&output));
    }
}

#[test]
fn a_first_installation_is_let_through() {
    let output = Mac::new().on_volume("preinstall", &[]);
    assert!(output.status.success(), "{}", words(&output));
}

#[test]
fn a_folder_that_is_anothers_is_refused() {
    let mac = Mac::new();
    mac.write(VERSION_FILE, "1.0.0\n");
    let output = mac.on_volume("preinstall", &[("VIGIL_TEST_OWNER", "501")]);
    assert!(!output.status.success());
    assert!(words(&output).contains("does not belong to root"), "{}", words(&output));

    let mac = Mac::new();
    fs::create_dir_all(mac.disk().join("Library/Application Support")).unwrap();
    std::os::unix::fs::symlink("/", mac.disk().join("Library/Application Support/Vigil")).unwrap();
    let output = mac.on_volume("preinstall", &[]);
    assert!(!output.status.success());
    assert!(words(&output).contains("is a link"), "{}", words(&output));

    // What root's programs are written through is held to the same.
    for inner in ["bin", "libexec", "share"] {
        let mac = Mac::new();
        let folder = mac.disk().join("Library/Application Support/Vigil");
        fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink("/", folder.join(inner)).unwrap();
        let output = mac.on_volume("preinstall", &[]);
        assert!(!output.status.success(), "{inner}");
        assert!(words(&output).contains("is a link"), "{}", words(&output));
    }
}

#[test]
fn a_folder_that_others_can_change_is_refused() {
    for (mode, is_taken) in [
        ("755", true),
        ("1755", true),
        ("700", true),
        ("775", false),
        ("777", false),
        ("1757", false),
    ] {
        let mac = Mac::new();
        mac.write(VERSION_FILE, "1.0.0\n");
        let output = mac.on_volume("preinstall", &[("VIGIL_TEST_MODE", mode)]);
        assert_eq!(output.status.success(), is_taken, "{mode}: {}", words(&output));
        let says_why = words(&output).contains("can be changed by others");
        assert_eq!(says_why, !is_taken, "{mode}: {}", words(&output));
    }
}

#[test]
fn a_version_that_is_not_there_is_no_version() {
    for empty in ["", "\n"] {
        let mac = Mac::new();
        mac.write(VERSION_FILE, empty);
        let output = mac.on_volume("preinstall", &[]);
        assert!(!output.status.success());
        assert!(words(&output).contains("names no version"), "{}", words(&output));
    }
}

#[test]
fn whoever_is_not_root_is_told() {
    for script in SCRIPTS {
        let output = Mac::new().on_volume(script, &[("VIGIL_TEST_UID", "501")]);
        assert!(!output.status.success());
        assert!(words(&output).contains("as root"), "{script}: {}", words(&output));
    }
}

#[test]
fn the_first_time_the_daemon_starts_and_whoever_is_at_the_screen_is_enrolled() {
    let mac = Mac::new();
    let output = mac.on_root("postinstall", &[("VIGIL_TEST_OWNER", "501")]);
    assert!(output.status.success(), "{}", words(&output));
    let calls = mac.calls();
    let at = |part: &str| calls.iter().position(|call| call.contains(part));
    let (enabled, started) = (at("launchctl enable"), at("launchctl bootstrap system"));
    assert!(enabled.is_some() && enabled < started, "{calls:?}");
    assert_eq!(at("bootout"), None);
    let enrolled = calls.iter().find(|call| call.starts_with("env -i ")).unwrap();
    assert!(enrolled.ends_with("bin/vigil enroll 501"), "{enrolled}");
    assert!(words(&output).contains("sudo vigil enroll --remove somebody"), "{}", words(&output));
}

#[test]
fn an_upgrade_replaces_the_daemon_and_enrols_nobody() {
    let mac = Mac::new();
    mac.write("private/etc/vigil/enrolled", "502\n");
    fs::write(mac.0.path().join("loaded"), "").unwrap();
    let output = mac.on_root("postinstall", &[]);
    assert!(output.status.success(), "{}", words(&output));
    let calls = mac.calls();
    let at = |part: &str| calls.iter().position(|call| call.contains(part)).unwrap();
    assert!(at("bootout system/dev.vigil.vigild") < at("bootstrap system"), "{calls:?}");
    assert!(!calls.iter().any(|call| call.contains("enroll")), "{calls:?}");
    assert!(words(&output).contains("stays as it is"));
}

#[test]
fn nobody_at_the_screen_is_nobody_enrolled() {
    for nobody in ["", "root", "loginwindow", "_mbsetupuser"] {
        let mac = Mac::new();
        let owner = ("VIGIL_TEST_OWNER", "501");
        let output = mac.on_root("postinstall", &[("VIGIL_TEST_USER", nobody), owner]);
        assert!(output.status.success());
        assert!(!mac.calls().iter().any(|call| call.contains("enroll")));
        assert!(words(&output).contains("sudo vigil enroll NAME"), "{}", words(&output));
    }
}

#[test]
fn whoever_is_no_administrator_is_not_enrolled_for_being_at_the_screen() {
    // A guest, a user of the system's own, and somebody without rights.
    for (number, groups) in [("201", "20 80"), ("88", "80"), ("501", "20 180 801"), ("", "80")] {
        let mac = Mac::new();
        let set = [("VIGIL_TEST_OWNER", number), ("VIGIL_TEST_GROUPS", groups)];
        let output = mac.on_root("postinstall", &set);
        assert!(output.status.success());
        assert!(!mac.calls().iter().any(|call| call.contains("enroll")), "{number} {groups}");
        assert!(words(&output).contains("sudo vigil enroll NAME"), "{}", words(&output));
    }
}

#[test]
fn what_could_not_be_done_is_said_with_what_to_do() {
    let mac = Mac::new();
    let refused =
        [("VIGIL_TEST_BUSY", "1"), ("VIGIL_TEST_ENROL", "4"), ("VIGIL_TEST_OWNER", "501")];
    let output = mac.on_root("postinstall", &refused);
    assert!(output.status.success());
    assert!(words(&output).contains("sudo launchctl bootstrap system"), "{}", words(&output));
    assert!(words(&output).contains("run: sudo vigil enroll somebody"), "{}", words(&output));
}

#[test]
fn on_another_volume_nothing_is_started() {
    let mac = Mac::new();
    let output = mac.on_volume("postinstall", &[]);
    assert!(output.status.success(), "{}", words(&output));
    assert!(!mac.calls().iter().any(|call| call.contains("launchctl")), "{:?}", mac.calls());
    assert!(words(&output).contains("starts with that system"));
}

/// A Mac with everything that the package and the daemon put there, and one neighbour each.
fn installed() -> Mac {
    let mac = Mac::new();
    let ours = PROGRAMS.iter().map(|(_, to)| *to).chain(COPIED.iter().map(|(_, to, _)| *to));
    for path in ours.chain(["private/var/log/vigild.log", "private/var/run/vigild.sock"]) {
        mac.write(path, "ours");
    }
    for path in [
        "private/etc/vigil/enrolled",
        "private/var/db/vigil/journal",
        "Library/LaunchDaemons/another.plist",
        "Library/PrivilegedHelperTools/another",
        "private/etc/paths.d/another",
        "Library/Application Support/Another/file",
    ] {
        mac.write(path, "not ours");
    }
    fs::write(mac.0.path().join("loaded"), "").unwrap();
    mac.daemon(0);
    mac
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn uninstalling_leaves_neighbours_and_says_what_it_left() {
    let mac = installed();
    let output = mac.uninstall(&[]);
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(
        files_below(&mac.disk()),
        [
            "Library/Application Support/Another/file",
            "Library/LaunchDaemons/another.plist",
            "Library/PrivilegedHelperTools/another",
            "private/etc/paths.d/another",
            "private/etc/vigil/enrolled",
            "private/var/db/vigil/journal",
        ]
    );
    assert!(words(&output).contains("--purge deletes it"));
    assert!(mac.calls().iter().any(|call| call == "pkgutil --forget dev.vigil.pkg"));

    assert!(mac.uninstall(&["--purge"]).status.success());
    assert!(!mac.disk().join("private/etc/vigil").exists());
    assert!(!mac.disk().join("private/var/db/vigil").exists());
    assert!(mac.uninstall(&["--purge"]).status.success(), "what is gone is gone");
}

#[test]
fn uninstalling_puts_back_what_the_daemon_changed_or_deletes_nothing() {
    let mac = installed();
    mac.daemon(1);
    let before = files_below(&mac.disk());
    let output = mac.uninstall(&["--purge"]);
    assert!(!output.status.success());
    assert!(words(&output).contains("could not be put back"), "{}", words(&output));
    assert_eq!(files_below(&mac.disk()), before);
    let calls = mac.calls();
    let at = |part: &str| calls.iter().position(|call| call.contains(part));
    assert!(at("bootout") < at("daemon --undo all"), "{calls:?}");
    assert!(at("daemon --undo all") < at("bootstrap system"), "{calls:?}");

    mac.daemon(0);
    assert!(mac.uninstall(&[]).status.success());
    assert!(!mac.disk().join(DAEMON).exists());

    let mac = installed();
    mac.daemon(1);
    assert!(mac.uninstall(&["--force"]).status.success());
    assert!(!mac.disk().join(DAEMON).exists());
}

#[test]
fn uninstalling_waits_for_those_who_have_it_set_up() {
    let mac = installed();
    mac.write("Users/somebody/Library/LaunchAgents/dev.vigil.agent.plist", "");
    let before = files_below(&mac.disk());
    let output = mac.uninstall(&[]);
    assert!(!output.status.success());
    assert!(words(&output).contains("`vigil uninstall` as somebody"), "{}", words(&output));
    assert_eq!(files_below(&mac.disk()), before);
    assert!(mac.uninstall(&["--force"]).status.success());
}

#[test]
fn a_stand_in_has_the_head_of_a_program() {
    assert_eq!(stand_in("vigil")[..8], [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 0x01]);
}
