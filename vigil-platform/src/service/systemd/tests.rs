use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use super::{super::tests::spec, Spec, begin, end, files};

fn text(files: &[super::UnitFile], name: &str) -> String {
    files.iter().find(|file| file.name == name).unwrap().text.clone()
}

#[test]
fn each_port_is_held_on_loopback_under_its_name() {
    let files = files(&spec("/opt/vigil-agent")).unwrap();

    let proxy = text(&files, "vigil-agent-proxy.socket");
    assert!(proxy.contains("\nListenStream=127.0.0.1:9080\nFileDescriptorName=proxy\n"), "{proxy}");
    let dashboard = text(&files, "vigil-agent-dashboard.socket");
    assert!(dashboard.contains("\nListenStream=127.0.0.1:9081\nFileDescriptorName=dashboard\n"));
}

#[test]
fn a_path_is_one_word_whatever_is_in_it() {
    let asked = Spec { vigil_home: Some("/home/a b/50%".into()), ..spec("/opt/my %n/vigil-agent") };

    let agent = text(&files(&asked).unwrap(), "vigil-agent.service");

    assert!(agent.contains("\nExecStart=\"/opt/my %%n/vigil-agent\" up\n"), "{agent}");
    assert!(agent.contains("\nEnvironment=\"VIGIL_HOME=/home/a b/50%%\"\n"), "{agent}");
}

#[test]
fn every_command_is_the_users_own_service_manager() {
    for call in begin(Path::new("/"), 1000).into_iter().chain(end(1000)) {
        assert_eq!((call.program, call.arguments[0].as_str()), ("systemctl", "--user"));
    }
}

/// systemd itself reads what is written. Keys that are newer than it are told and passed over.
#[test]
fn systemd_finds_nothing_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("my %n agent");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let units = dir.path().join("units");
    fs::create_dir(&units).unwrap();
    let asked =
        Spec { vigil_home: Some("/home/a b/50%".into()), ..spec(program.to_str().unwrap()) };
    let mut command = Command::new("systemd-analyze");
    command.args(["verify", "--user", "--man=no"]);
    for file in files(&asked).unwrap() {
        fs::write(units.join(file.name), file.text).unwrap();
        command.arg(units.join(file.name));
    }
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", dir.path()).env("XDG_RUNTIME_DIR", dir.path());

    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED: systemd-analyze cannot be run ({error})");
            return;
        }
    };

    let words = String::from_utf8(output.stderr).unwrap();
    let newer = ["RestartSteps", "RestartMaxDelaySec"];
    let told: Vec<&str> = words
        .lines()
        .filter(|line| line.contains("vigil"))
        .filter(|line| !newer.iter().any(|key| line.contains(key)))
        .collect();
    assert!(told.is_empty(), "{words}");
    assert!(output.status.success(), "{words}");
}
