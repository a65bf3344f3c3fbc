//! Disks that are full or shut, each in a mount namespace of its own.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use vigil_tests::vigil::{Home, Running, binary, eventually};

use crate::{
    rig::{Said, UP, down, said},
    support::is_root,
};

/// A mount namespace that lives as long as this process in it.
struct Namespace(Child);

impl Namespace {
    fn new(home: &Home) -> Self {
        let sleeping = Command::new("unshare").args(["--mount", "sleep", "600"]).spawn().unwrap();
        let namespace = Self(sleeping);
        let outside = fs::read_link("/proc/self/ns/mnt").unwrap();
        eventually("the namespace is there", || {
            let inside = fs::read_link(format!("/proc/{}/ns/mnt", namespace.0.id())).ok()?;
            (inside != outside).then_some(())
        });
        namespace.must(home, "mount", &["--make-rprivate", "/"]);
        namespace
    }

    fn inside(&self, home: &Home, program: &str, arguments: &[&str]) -> Command {
        let mount = format!("--mount=/proc/{}/ns/mnt", self.0.id());
        let mut command = home.clean("nsenter".into(), &[&mount, "--", program]);
        command.args(arguments);
        command
    }

    fn must(&self, home: &Home, program: &str, arguments: &[&str]) {
        let output = self.inside(home, program, arguments).output().unwrap();
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {why}");
    }

    fn up(&self, home: &Home) -> Ending {
        let (vigil, ours) = (binary("vigil"), std::process::id().to_string());
        let arguments = [&UP[..], &[&ours]].concat();
        let mut up = self.inside(home, vigil.to_str().unwrap(), &arguments);
        let up = Ending(up.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        eventually("the agent answers", || {
            let asked =
                self.inside(home, vigil.to_str().unwrap(), &["status", "--json"]).output().unwrap();
            let status: serde_json::Value = serde_json::from_slice(&asked.stdout).ok()?;
            (status["agent"]["running"] == true).then_some(())
        });
        up
    }

    fn doctor(&self, home: &Home) -> Said {
        let vigil = binary("vigil");
        said(&self.inside(home, vigil.to_str().unwrap(), &["doctor", "--json"]).output().unwrap())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_disk_that_is_full() {
    if !is_root() {
        return;
    }
    let home = Home::default();
    fs::create_dir_all(home.vigil()).unwrap();
    let namespace = Namespace::new(&home);
    let disk = home.vigil();
    let disk = disk.to_str().unwrap();
    namespace.must(&home, "mount", &["-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", disk]);
    let _up = namespace.up(&home);
    namespace.doctor(&home).is_well();
    let filler = format!("{disk}/filler");
    // It ends when nothing more goes in.
    let _ = namespace
        .inside(&home, "dd", &["if=/dev/zero", &format!("of={filler}"), "bs=64k"])
        .stderr(Stdio::null())
        .status()
        .unwrap();

    let fault = namespace.doctor(&home).fault("room").tells(&["left on the disk"]);

    assert!(fault.remedy.starts_with("make room"), "{}", fault.remedy);
    namespace.must(&home, "rm", &[&filler]);
    eventually("what waited is written", || {
        (namespace.doctor(&home).code == Some(0)).then_some(())
    });
}

#[test]
fn a_data_folder_that_is_read_only() {
    if !is_root() {
        return;
    }
    let home = Home::default();
    down(Running::start(&home, &[]));
    let namespace = Namespace::new(&home);
    let data = home.vigil().join("data");
    let data = data.to_str().unwrap();
    namespace.must(&home, "mount", &["--bind", data, data]);
    namespace.must(&home, "mount", &["-o", "remount,ro,bind", data]);

    let fault = namespace.doctor(&home).fault("folders").tells(&[data, "Read-only"]);

    assert!(fault.remedy.contains("mounted for writing"), "{}", fault.remedy);
    namespace.must(&home, "mount", &["-o", "remount,rw,bind", data]);
    let _up = namespace.up(&home);
    namespace.doctor(&home).is_well();
}
