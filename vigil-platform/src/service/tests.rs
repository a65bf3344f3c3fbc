use std::{ffi::OsString, fs, path::PathBuf};

use vigil_proto::rpc::Port;

use super::{Answer, Call, Installed, Service, ServiceError, Spec, Status, imp};

pub(super) fn spec(program: &str) -> Spec {
    Spec {
        program: PathBuf::from(program),
        proxy: Port::new(9080).unwrap(),
        dashboard: Port::new(9081).unwrap(),
        taken: [None; 2],
        environment: Vec::new(),
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
        |manager: &mut Manager| service.standing(&mut |call| Ok(manager.answer(call))).unwrap();
    assert_eq!(status(&mut manager).status, Status::Absent);
    assert_eq!(manager.asked, Vec::<String>::new());
    let made = service.missing_folders();
    assert!(made.contains(&service.folder().to_owned()), "{made:?}");

    service.install(&spec("/opt/vigil-agent"), &mut |call| Ok(manager.answer(call))).unwrap();

    let mut expected: Vec<String> = imp::NAMES.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(names(&service), expected);
    assert_eq!(manager.asked.len(), imp::begin(service.folder(), 1000).len());
    assert!(service.is_as(&spec("/opt/vigil-agent")).unwrap());
    assert!(!service.is_as(&spec("/opt/other")).unwrap());

    service.uninstall(&made, &mut |call| Ok(manager.answer(call))).unwrap();

    assert_eq!(status(&mut manager).status, Status::Absent);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "no folder of ours stays");
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
fn the_one_before_is_back_where_another_was_refused() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &none, 1000);
    let mut manager = Manager::new();
    service.install(&spec("/opt/old"), &mut |call| Ok(manager.answer(call))).unwrap();
    let refuses =
        if cfg!(target_os = "macos") { "bootstrap" } else { "enable --now vigil-agent.s" };
    let mut manager = Manager { refuses, ..Manager::new() };
    let mut is_refused = false;

    let refused = service.install(&spec("/opt/new"), &mut |call| {
        let answer = manager.answer(call);
        if !answer.is_ok {
            // Only what was new is.
            is_refused = true;
            manager.refuses = "\0";
        }
        Ok(answer)
    });

    assert!(refused.is_err() && is_refused);
    assert!(service.is_as(&spec("/opt/old")).unwrap());
    let begin = imp::begin(service.folder(), 1000);
    let last = begin.last().unwrap();
    let asked = format!("{} {}", last.program, last.arguments.join(" "));
    assert_eq!(manager.asked.last(), Some(&asked));
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
        service.uninstall(&[], &mut run),
        service.standing(&mut run).map(drop),
        service.installed().map(drop),
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
    let found = service.find_manager(home.path(), &mut run);
    assert!(matches!(found, Err(ServiceError::NoManager { .. })), "{found:?}");

    let failed = service.install(&spec("/opt/a"), &mut run);

    assert!(matches!(failed, Err(ServiceError::NoManager { .. })), "{failed:?}");
    assert_eq!(names(&service), Vec::<String>::new());
}

#[test]
fn what_is_installed_is_read_from_its_files() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &none, 1000);
    let mut manager = Manager::new();
    assert_eq!(service.installed().unwrap(), None);
    let asked = Spec {
        proxy: Port::new(9180).unwrap(),
        dashboard: Port::new(9282).unwrap(),
        taken: [None, Port::new(9081).ok()],
        environment: vec![("VIGIL_HOME", "/home/a & b/50%".into())],
        ..spec("/opt/a")
    };

    service.install(&asked, &mut |call| Ok(manager.answer(call))).unwrap();

    let installed = service.installed().unwrap().unwrap();
    assert_eq!(installed.files.len(), imp::NAMES.len());
    assert_eq!(
        Installed { files: Vec::new(), ..installed },
        Installed {
            files: Vec::new(),
            proxy: Some(asked.proxy),
            dashboard: Some(asked.dashboard),
            taken: asked.taken,
            vigil_home: Some("/home/a & b/50%".into()),
        }
    );
}

#[test]
fn both_service_managers_files_are_read() {
    for (files, read) in [
        (super::systemd::files as fn(&Spec) -> _, super::systemd::read as fn(&str, &mut Installed)),
        (super::launchd::files, super::launchd::read),
    ] {
        let environment = vec![("XDG_STATE_HOME", "/s".into()), ("VIGIL_HOME", "/v<%>&".into())];
        let taken = [Port::new(9080).ok(), None];
        let asked = Spec { taken, environment, ..spec("/opt/a") };
        let mut installed = Installed::default();

        for file in files(&asked).unwrap() {
            read(&file.text, &mut installed);
        }

        assert_eq!(installed.proxy, Some(asked.proxy));
        assert_eq!(installed.dashboard, Some(asked.dashboard));
        assert_eq!(installed.taken, asked.taken);
        assert_eq!(installed.vigil_home, Some("/v<%>&".into()));
    }
}

#[test]
fn a_service_manager_of_another_home_is_none_of_ours() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(home.path(), &none, 1000);
    let answers = |text: String| {
        service.find_manager(home.path(), &mut |_| Ok(Answer { is_ok: true, text: text.clone() }))
    };

    assert!(answers(format!("LANG=C\nHOME={}\n", home.path().display())).is_ok());
    if !cfg!(target_os = "macos") {
        let other = answers("HOME=/home/other\n".to_owned());
        assert!(matches!(other, Err(ServiceError::NoManager { .. })), "{other:?}");
    }
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
            let environment = vec![("VIGIL_HOME", path.into())];
            let home = Spec { environment, ..spec("/opt/a") };
            assert!(matches!(files(&home), Err(ServiceError::Path(_))), "{path:?}");
        }
    }
}
