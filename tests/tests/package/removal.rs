//! What `prerm` makes of the list of users, and of how their own removal ends. Nothing of this machine's
//! is asked or changed: the list, the daemon and what would begin something as a user are the test's own.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

struct Machine(TempDir);

impl Machine {
    /// A machine on which each user's own removal ends with this.
    fn new(enrolled: &str, ends: u8) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        fs::write(machine.path("enrolled"), enrolled).unwrap();
        machine.program("getent", "echo \"user$2:x:$2:$2::/nowhere:/bin/sh\"");
        let folder = machine.0.path().display();
        let timeout = format!("echo \"$*\" | tr '\\n' ' ' >>'{folder}/begun'; exit {ends}");
        machine.program("timeout", &timeout);
        machine.program("vigild", ":");
        machine
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn program(&self, name: &str, does: &str) {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn remove(&self, anyway: bool) -> Output {
        let prerm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/debian/prerm");
        let mut text = fs::read_to_string(prerm).unwrap();
        for (theirs, ours) in [
            ("/etc/vigil/enrolled", "enrolled"),
            ("/usr/libexec/vigil/vigild", "vigild"),
            ("/run/systemd/system", "no-systemd"),
        ] {
            assert!(text.contains(theirs), "{theirs}");
            text = text.replace(theirs, self.path(ours).to_str().unwrap());
        }
        let mut script = Command::new("sh");
        script.arg("-c").arg(text).args(["prerm", "remove"]).env_remove("VIGIL_REMOVE_ANYWAY");
        script.env("PATH", format!("{}:/usr/bin:/bin", self.0.path().display()));
        if anyway {
            script.env("VIGIL_REMOVE_ANYWAY", "1");
        }
        script.output().unwrap()
    }

    fn begun(&self) -> String {
        fs::read_to_string(self.path("begun")).unwrap_or_default()
    }
}

fn words(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap()
}

#[test]
fn everybody_whom_the_daemon_serves_is_undone() {
    let list = "# who\n1000#ada\n 1001 admin # bob\n\n0\n#1002\nten\n1003";
    let machine = Machine::new(list, 0);

    let output = machine.remove(false);

    assert!(output.status.success(), "{}", words(&output));
    for number in [1000, 1001, 1003] {
        assert!(machine.begun().contains(&format!("--reuid {number} ")), "{}", machine.begun());
        assert!(words(&output).contains(&format!("user{number}'s clients")), "{}", words(&output));
    }
    assert_eq!(machine.begun().matches("--reuid").count(), 3, "{}", machine.begun());
    // One that does not end when it is asked to is ended.
    assert_eq!(machine.begun().matches("-k 10 120 ").count(), 3, "{}", machine.begun());
}

#[test]
fn what_a_user_has_set_up_and_cannot_be_undone_keeps_the_package() {
    let machine = Machine::new("1000\n1001\n", 1);

    let output = machine.remove(false);

    assert!(!output.status.success(), "{}", words(&output));
    let said = words(&output);
    assert!(said.contains("so the package stays"), "{said}");
    assert!(said.contains("as user1001, run: vigil uninstall"), "{said}");
    assert!(said.contains("sudo VIGIL_REMOVE_ANYWAY=1 apt remove vigil"), "{said}");
    let output = machine.remove(true);
    assert!(output.status.success(), "{}", words(&output));
}

#[test]
fn nothing_is_claimed_of_whoever_has_nothing_where_it_is_looked_for() {
    let home = tempfile::tempdir().unwrap();
    let machine = Machine::new("1000\n", 0);
    // What would run as the user, in a home with nothing in it.
    let looks = format!("for last; do :; done; HOME='{}' sh -c \"$last\"", home.path().display());
    machine.program("timeout", &looks);

    let output = machine.remove(false);

    assert!(output.status.success(), "{}", words(&output));
    let said = words(&output);
    assert!(said.contains("user1000 has nothing of Vigil's in the usual places"), "{said}");
    assert!(!said.contains("nothing leads"), "{said}");
}
