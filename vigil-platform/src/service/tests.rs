use std::{ffi::OsString, fs, path::PathBuf};

use vigil_proto::rpc::Port;

use super::{Answer, Call, Service, ServiceError, Spec, Status, imp};

pub(super) fn spec(program: &str) -> Spec {
    Spec {
        program: PathBuf::from(program),
        proxy: Port::new(9080).unwrap(),
        dashboard: Port::new(9081).unwrap(),
        vigil_home: None,
    }
}

fn none(_: &str) -> Option<OsString> {
    None
}

/// A service manager that notes what it is asked, and says no to what contains a word.
struct Manager {
    asked: Vec<String>,
    refuses: &'static str,
    state: &'static str,
}

impl Manager {
    const fn new() -> Self {
        Self { asked: Vec::new(), refuses: "\0", state: "" }
    }

    fn answer(&mut self, call: &Call) -> Answer {
        let asked = format!("{} {}", call.program, call.arguments.join(" "));
        let is_ok = !asked.contains(self.refuses);
        self.asked.push(asked);
        let text = if is_ok { self.state } else { "no" };
        Answer { is_ok, text: text.to_owned() }
    }
}

fn names(service: &Service) -> Vec<String> {
    let found = fs::read_dir(service.folder()).into_iter().flatten();
    let mut names: Vec<_> =
        found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn it_is_installed_shown_and_taken_away() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &none, 1000);
    let mut manager = Manager::new();
    let status =
        |manager: &mut Manager| service.status(&mut |call| Ok(manager.answer(call))).unwrap();
    assert_eq!(status(&mut manager), Status::Absent);
    assert_eq!(manager.asked, Vec::<String>::new());

    service.install(&spec("/opt/vigil-agent"), &mut |call| Ok(manager.answer(call))).unwrap();

    let mut expected: Vec<String> = imp::NAMES.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(names(&service), expected);
    assert_eq!(manager.asked.len(), imp::begin(service.folder(), 1000).len());
    assert_eq!(status(&mut manager), Status::Stopped);
    manager.state =
        if cfg!(target_os = "macos") { "\tstate = running\n" } else { "ActiveState=active\n" };
    assert_eq!(status(&mut manager), Status::Running);

    service.uninstall(&mut |call| Ok(manager.answer(call))).unwrap();

    assert_eq!(names(&service), Vec::<String>::new());
    assert_eq!(status(&mut manager), Status::Absent);
}

#[test]
fn one_that_is_there_is_ended_before_it_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &none, 1000);
    let mut manager = Manager::new();
    service.install(&spec("/opt/old"), &mut |call| Ok(manager.answer(call))).unwrap();
    manager.asked.clear();

    service.install(&spec("/opt/new"), &mut |call| Ok(manager.answer(call))).unwrap();

    let end = &imp::end(1000)[0];
    assert_eq!(manager.asked[0], format!("{} {}", end.program, end.arguments.join(" ")));
    let files: String = imp::NAMES
        .iter()
        .map(|name| fs::read_to_string(service.folder().join(name)).unwrap())
        .collect();
    assert!(files.contains("/opt/new") && !files.contains("/opt/old"), "{files}");
}

#[test]
fn what_the_service_manager_refuses_is_taken_away_again() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &none, 1000);
    let refuses =
        if cfg!(target_os = "macos") { "bootstrap" } else { "enable --now vigil-agent.s" };
    let mut manager = Manager { refuses, ..Manager::new() };

    let refused =
        service.install(&spec("/opt/a"), &mut |call| Ok(manager.answer(call))).unwrap_err();

    assert!(matches!(&refused, ServiceError::Refused { words, .. } if words == "no"), "{refused}");
    assert_eq!(names(&service), Vec::<String>::new());
}

#[test]
fn a_file_of_somebody_elses_is_never_touched() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &none, 1000);
    fs::create_dir_all(service.folder()).unwrap();
    let path = service.folder().join(imp::NAMES[0]);
    fs::write(&path, "mine").unwrap();
    let mut manager = Manager::new();
    let mut run = |call: &Call| Ok(manager.answer(call));

    for result in [
        service.install(&spec("/opt/a"), &mut run),
        service.uninstall(&mut run),
        service.status(&mut run).map(drop),
    ] {
        assert!(matches!(result, Err(ServiceError::Foreign(at)) if at == path));
    }

    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(manager.asked, Vec::<String>::new());
}

#[test]
fn without_a_service_manager_nothing_stays() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &none, 1000);
    let mut run = super::runner(&none);

    let failed = service.install(&spec("/opt/a"), &mut run);

    assert!(matches!(failed, Err(ServiceError::NoManager { .. })), "{failed:?}");
}

#[test]
fn paths_that_would_be_more_than_a_path_are_refused() {
    let hostile = [
        "relative/a",
        "/a\nExecStartPre=/bin/sh",
        "/a\" -x",
        "/$HOME/a",
        "/a\\x22",
        "/a'b",
        "/\u{7f}",
    ];
    for path in hostile {
        for files in [super::systemd::files, super::launchd::files] {
            assert!(matches!(files(&spec(path)), Err(ServiceError::Path(_))), "{path:?}");
            let home = Spec { vigil_home: Some(path.into()), ..spec("/opt/a") };
            assert!(matches!(files(&home), Err(ServiceError::Path(_))), "{path:?}");
        }
    }
}
