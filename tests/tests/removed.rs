//! The package is removed on a Debian of its own by somebody who knows nothing of `vigil uninstall`: the
//! user's clients and the system's trust are as they were before. What cannot be put back keeps it.

#![expect(
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[expect(dead_code, reason = "the other test with it needs more")]
#[path = "installed/package.rs"]
mod package;

use std::fs;

use vigil_tests::debian::{self, Debian};

use self::package::Package;

const ADA: &str = "ada";

const SETTINGS: &str = "/home/ada/.claude/settings.json";
const AUTHORITIES: &str = "/usr/local/share/ca-certificates";
const REBUILD: &str = "/usr/sbin/update-ca-certificates";

/// The record is the user's own.
const RECORD: &[&str] = &["home/ada/.local", "home/ada/.config/vigil"];
/// What is there until the package is purged.
const KEPT: &[&str] = &["etc/vigil", "var/lib/vigil"];

fn machine() -> Debian {
    let debian = Debian::boot();
    debian.add(ADA);
    fs::create_dir(debian.path("/home/ada/.claude")).unwrap();
    fs::write(debian.path(SETTINGS), "{ \"env\" : {\"EDITOR\":\"vi\"} }\n").unwrap();
    debian.must(&["chown", "-R", "ada:ada", "/home/ada"]);
    // What its program makes of what this machine has.
    debian.must(&[REBUILD]);
    debian
}

fn trusts_ours(debian: &Debian) -> bool {
    let mut names = fs::read_dir(debian.path(AUTHORITIES)).unwrap();
    names.any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("vigil-"))
}

fn is_led(debian: &Debian) -> bool {
    fs::read_to_string(debian.path(SETTINGS)).unwrap().contains("HTTPS_PROXY")
}

#[test]
fn whoever_only_removes_the_package_has_the_machine_as_it_was() {
    if let Some(why) = debian::impossible() {
        return eprintln!("SKIPPED: {why}");
    }
    let package = Package::build(&package::VERSIONS[..1]);
    let debian = machine();
    package.show(&debian);
    let before = debian.files();
    package::install(&debian, ADA);
    eprintln!("{}", debian.user_must(ADA, &["vigil", "setup", "--yes", "--system-trust"]));
    assert!(is_led(&debian) && trusts_ours(&debian));

    // The list of what is trusted cannot be made anew: the package stays, and so does its daemon.
    debian.must(&["cp", "--archive", REBUILD, "/opt/rebuild"]);
    debian.must(&["cp", "/bin/false", REBUILD]);
    let refused = debian.root(&["dpkg", "--remove", "vigil"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{words}");
    assert!(words.contains("so the package stays"), "{words}");
    let state = debian.must(&["dpkg-query", "-W", "-f", "${db:Status-Status}", "vigil"]);
    assert_eq!(state, "installed", "{words}");
    debian.must(&["systemctl", "is-active", "vigild.socket"]);

    debian.must(&["cp", "--archive", "/opt/rebuild", REBUILD]);
    debian.must(&["rm", "/opt/rebuild"]);
    let said = debian.must(&["dpkg", "--remove", "vigil"]);

    assert!(!is_led(&debian) && !trusts_ours(&debian), "{said}");
    let left = before.changes(&debian.files(), &[RECORD, KEPT].concat());
    assert!(left.is_empty(), "{said}{left:#?}");
    package::purge(&debian);
    let left = before.changes(&debian.files(), RECORD);
    assert!(left.is_empty(), "{left:#?}");
}
