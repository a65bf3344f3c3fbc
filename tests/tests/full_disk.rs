//! A full disk stops the recording of all clients with a remedy, loses nothing that was committed,
//! and goes on by itself when there is room again. Needs root, for a small tmpfs in a mount
//! namespace.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use vigil_tests::{
    corpus,
    transcript::{Session, jsonl},
    vigil::{Home, eventually, signal},
};

/// A mount namespace that lives as long as this process in it.
struct Namespace(Child);

/// `vigil up` in it, killed when the test ends early.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Namespace {
    fn new() -> Self {
        Self(Command::new("unshare").args(["--mount", "sleep", "600"]).spawn().unwrap())
    }

    fn inside(&self, home: &Home, program: &str, arguments: &[&str]) -> Command {
        let mount = format!("--mount=/proc/{}/ns/mnt", self.0.id());
        let mut command = home.clean("nsenter".into(), &[&mount, "--", program]);
        command.args(arguments);
        command
    }

    fn json(&self, home: &Home, arguments: &[&str]) -> Option<Value> {
        let vigil = vigil_tests::vigil::binary("vigil");
        let output = self.inside(home, vigil.to_str().unwrap(), arguments).output().unwrap();
        serde_json::from_slice(&output.stdout).ok()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn calls(namespace: &Namespace, home: &Home) -> u64 {
    let usage = namespace.json(home, &["usage", "--json"]);
    usage.and_then(|usage| usage["total"]["calls"].as_u64()).unwrap_or(0)
}

#[test]
fn a_full_disk_keeps_what_was_committed_and_goes_on_when_there_is_room() {
    let root = Command::new("id").arg("-u").output().unwrap();
    if root.stdout.trim_ascii() != b"0" {
        eprintln!("SKIPPED: a small disk can only be made as root");
        return;
    }
    let home = Home::default();
    // Text that compresses badly, so that 24 sessions do not fit.
    let mut noise = 1_u64;
    let mut word = move || {
        noise =
            noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x} ", noise >> 16)
    };
    let folder = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&folder).unwrap();
    for number in 0..24 {
        let mut session = Session::new(number);
        let mut lines = Vec::new();
        for m in 0..40 {
            let (message, tool) = (format!("msg_{number}_{m}"), format!("toolu_{number}_{m}"));
            lines.push(session.call(&message, &tool, "cat noise"));
            lines.push(session.result(&tool, &(0..700).map(|_| word()).collect::<String>()));
        }
        fs::write(folder.join(format!("{}.jsonl", session.id)), jsonl(&lines)).unwrap();
    }
    let others = corpus::write_home(&home.user(), 20, 2_000_000).unwrap();
    let all = 24 * 40 + others.turns;
    fs::create_dir_all(home.vigil()).unwrap();
    let namespace = Namespace::new();
    let disk = home.vigil();
    let disk = disk.to_str().unwrap();
    let mount = |options: &str| {
        let mut mount =
            namespace.inside(&home, "mount", &["-t", "tmpfs", "-o", options, "tmpfs", disk]);
        assert!(mount.status().unwrap().success());
    };
    eventually("the namespace is there", || {
        namespace.inside(&home, "true", &[]).status().unwrap().success().then_some(())
    });
    mount("size=8m,mode=0700");

    let ours = std::process::id().to_string();
    let vigil = vigil_tests::vigil::binary("vigil");
    let up = namespace
        .inside(
            &home,
            vigil.to_str().unwrap(),
            // None of this machine's agents.
            &[
                "up",
                "--port",
                "0",
                "--telemetry-port",
                "0",
                "--no-proxy",
                "--ready-json",
                "--test-agents-of",
                &ours,
            ],
        )
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut up = Up(up);

    let warning = eventually("status says that the disk is full", || {
        let status = namespace.json(&home, &["status", "--json"])?;
        let warnings = status["warnings"].as_array()?.clone();
        warnings
            .iter()
            .find_map(|w| w.as_str().filter(|w| w.contains("no space")).map(str::to_owned))
    });
    assert!(warning.contains("free"), "no remedy in: {warning}");
    let before = calls(&namespace, &home);
    assert!(before < all, "everything fitted; the disk was not full");

    mount("remount,size=128m");
    eventually("the rest is recorded", || (calls(&namespace, &home) == all).then_some(()));
    // nsenter became vigil, vigil became the agent: the pid stayed.
    signal(up.0.id(), "TERM");
    assert!(up.0.wait().unwrap().success());
}
