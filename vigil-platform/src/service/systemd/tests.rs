use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use super::{
    super::{Service, tests::spec},
    Answer, LINKS, NAMES, Spec, Standing, Status, begin, end, files, halt, standing,
};

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
    let environment = vec![("VIGIL_HOME", "/home/a b/50%".into())];
    let asked = Spec { environment, ..spec("/opt/my %n/vigil-agent") };

    let agent = text(&files(&asked).unwrap(), "vigil-agent.service");

    assert!(agent.contains("\nExecStart=\"/opt/my %%n/vigil-agent\" up\n"), "{agent}");
    assert!(agent.contains("\nEnvironment=\"VIGIL_HOME=/home/a b/50%%\"\n"), "{agent}");
}

#[test]
fn every_command_is_the_users_own_service_manager() {
    for call in begin(Path::new("/"), 1000).into_iter().chain(end(1000)).chain(halt(1000)) {
        assert_eq!((call.program, call.arguments[0].as_str()), ("systemctl", "--user"));
    }
}

/// One that cannot begin ends soon, and neither it nor who connects to it may have it begin for ever.
#[test]
fn one_that_cannot_begin_is_given_up() {
    let agent = text(&files(&spec("/opt/a")).unwrap(), "vigil-agent.service");

    let number = |key: &str| {
        let line = agent.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.strip_suffix('h').unwrap_or(line).parse::<u32>().unwrap()
    };
    assert!(number("StartLimitIntervalSec=") >= 1 && number("StartLimitBurst=") > 1, "{agent}");
}

fn told(agent: &str, sockets: &str) -> Standing {
    let socket = |name: &str| format!("Id={name}\nActiveState={sockets}\nUnitFileState=enabled\n");
    let text = [
        socket(NAMES[0]),
        socket(NAMES[1]),
        format!("UnitFileState=enabled\nId={}\n{agent}", NAMES[2]),
    ];
    standing(&Answer { is_ok: true, text: text.join("\n") })
}

#[test]
fn how_it_stands_is_read_of_each_unit() {
    let running = told("ActiveState=active\nMainPID=42\nNRestarts=3\nResult=success\n", "active");
    assert_eq!(
        running,
        Standing {
            status: Status::Running,
            pid: Some(42),
            restarts: Some(3),
            held: [true; 2],
            at_login: true,
            result: None,
        }
    );
    assert!(running.is_whole());

    let failed = told("ActiveState=failed\nMainPID=0\nResult=start-limit-hit\n", "failed");
    assert_eq!((failed.status, failed.pid, failed.holds()), (Status::Failed, None, false));
    assert_eq!(failed.result.as_deref(), Some("start-limit-hit"));

    assert_eq!(told("ActiveState=inactive\n", "active").status, Status::Waiting);
    assert_eq!(told("ActiveState=activating\n", "active").status, Status::Waiting);
    assert_eq!(told("ActiveState=inactive\n", "inactive").status, Status::Stopped);
    assert!(!told("ActiveState=active\n", "inactive").is_whole());
}

/// Where systemd cannot be asked any more, the links that it made are taken away without it.
#[test]
fn links_are_taken_away_and_no_others() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &|_| None, 1000);
    let refuses = |_: &super::Call| Ok(Answer { is_ok: false, text: "no bus".to_owned() });
    let made = service.missing_folders();
    for name in LINKS {
        let link = service.folder().join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(service.folder().join(link.file_name().unwrap()), &link)
            .unwrap();
    }
    let other = service.folder().join("default.target.wants/other.service");
    std::os::unix::fs::symlink("/usr/lib/other.service", &other).unwrap();

    service.uninstall(&made, &mut { refuses }).unwrap();

    assert!(fs::symlink_metadata(&other).is_ok());
    let left = fs::read_dir(service.folder()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["default.target.wants"]);
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
    let environment = vec![("VIGIL_HOME", "/home/a b/50%".into()), ("XDG_STATE_HOME", "/s".into())];
    let asked = Spec { environment, ..spec(program.to_str().unwrap()) };
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
            eprintln!(
                "SKIPPED: systemd-analyze cannot be run ({error}); install `systemd` to have it read the units"
            );
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
