use std::sync::Arc;

use vigil_proto::{
    Batch, ContentHash, EventId, Kind, Masked, Outcome, Sensitive, Severity, Source, SourceId,
    Timestamp, Witness,
    event::ToolCall,
    package::{Assessment, InstallWay, Installed, Package, PackageSource, Reason},
};

use super::{Judge, finding, of_process, unnamed};
use crate::{Engine, FingerprintKey, intel::Intel};

fn judge() -> Judge {
    Judge::new(Arc::new(Intel::default()))
}

fn as_it_is(text: String) -> Masked {
    Masked::from_scan(text)
}

fn id(n: u8) -> EventId {
    EventId::from_bytes([n; 16])
}

/// Names of what a call of `tool` with this input installs.
fn named(tool: &str, input: &str) -> Vec<String> {
    let input = Masked::from_scan(input.to_owned());
    let installed = judge().call((id(1), tool), &input, &as_it_is);
    installed.into_iter().filter_map(|one| one.package.name).map(Masked::into_string).collect()
}

#[test]
fn every_clients_shell_is_read() {
    for (tool, input) in [
        ("Bash", r#"{"command":"npm install left-pad"}"#),
        ("run_shell_command", r#"{"command":"npm install left-pad","directory":"x"}"#),
        ("shell", r#"{"command":["bash","-lc","npm install left-pad"]}"#),
        ("exec_command", r#"{"cmd":"npm install left-pad"}"#),
        ("mcp__desktop__start_process", r#"{"command":"npm install left-pad"}"#),
    ] {
        assert_eq!(named(tool, input), ["left-pad"], "{tool}");
    }
    assert!(named("Bash", r#"{"command":"echo npm install left-pad"}"#).is_empty());
    assert!(named("Read", r#"{"file_path":"/npm install left-pad"}"#).is_empty());
}

#[test]
fn what_is_added_to_a_manifest_is_told() {
    let edit = r#"{"file_path":"/w/package.json","old_string":"\"a\": \"^1\"","new_string":"\"a\": \"^1\",\n\"b\": \"^2\""}"#;
    let edits =
        r#"{"edits":[{"old_string":"","new_string":"c = \"1\""}],"file_path":"Cargo.toml"}"#;
    let write = r#"{"content":"requests\nflask==2\n","file_path":"requirements.txt"}"#;
    let patch = r#"{"input":"*** Begin Patch\n*** Update File: requirements.txt\n-flask==2\n+flask==2\n+numpy\n*** End Patch"}"#;
    let read = r#"{"file_path":"/w/requirements.txt","limit":5}"#;

    assert_eq!(named("Edit", edit), ["b"]);
    assert_eq!(named("MultiEdit", edits), ["c"]);
    assert_eq!(named("Write", write), ["requests", "flask"]);
    assert_eq!(named("apply_patch", patch), ["numpy"]);
    assert!(named("Read", read).is_empty());
    assert!(named("Write", r#"{"content":"requests","file_path":"notes.md"}"#).is_empty());
}

#[test]
fn a_batch_gets_what_its_calls_install_and_nothing_in_clear() {
    let token = format!("ghp_{}", "a1B2c3D4e5F6".repeat(3));
    let input = format!(r#"{{"command":"pip install git+https://{token}@x.test/y.git"}}"#);
    let engine = Engine::new(FingerprintKey::from_bytes([7; 32]));
    let mut batch: Batch<Sensitive> = Batch::new(Source {
        id: SourceId::of(b"test"),
        witness: Witness::Transcript,
        place: "test".into(),
    });
    let call =
        ToolCall { name: "Bash".into(), input: input.as_str().into(), outcome: Outcome::Requested };
    let mut event = vigil_proto::Event::own(id(3), Timestamp::from_micros(1), Kind::ToolCall(call));
    event.content = ContentHash(1);
    batch.events.push(event);
    let (mut batch, mut findings) = engine.inspect(batch);

    let mask = |text: String| engine.mask(text.into()).0;
    judge().batch(&mut batch, &mut findings, &mask);

    assert_eq!(batch.installs.len(), 1);
    assert_eq!(batch.installs[0].event, id(3));
    assert_eq!(batch.installs[0].package.source, PackageSource::Git);
    assert!(!format!("{:?}{findings:?}", batch.installs).contains(&token));
}

fn installed(severity: Option<Severity>, reasons: Vec<Reason>) -> Installed {
    Installed {
        event: id(1),
        place: 0,
        way: InstallWay::Command,
        package: Package {
            manager: "pip".into(),
            ecosystem: "pypi".into(),
            name: Some(Masked::literal("requets")),
            version: None,
            source: PackageSource::Registry,
            url: None,
            flags: Vec::new(),
        },
        verdict: Assessment { severity, reasons },
        judged_by: Timestamp::from_micros(0),
    }
}

#[test]
fn what_is_thought_badly_of_is_found_once_by_its_weightiest_reason() {
    let reasons = vec![Reason::like("similar-name", "requests"), Reason::of("unknown-name")];
    let high = installed(Some(Severity::High), reasons.clone());

    let found = finding(&high).unwrap();

    assert_eq!((found.rule.as_str(), found.group.as_str()), ("package-similar", "package"));
    assert_eq!((found.severity, found.event), (Severity::High, id(1)));
    assert_eq!(found.evidence.as_str(), "requets");
    assert!(found.why.as_str().contains("looks like requests"), "{}", found.why);
    let elsewhere = Installed { event: id(2), ..high };
    assert_eq!(finding(&elsewhere).unwrap().id, found.id);
    assert_eq!(finding(&installed(Some(Severity::Low), reasons)), None);
    assert_eq!(finding(&installed(None, Vec::new())), None);
    let unnamed = unnamed(&elsewhere);
    assert_eq!((unnamed.rule.as_str(), unnamed.severity), ("install-unnamed", Severity::Medium));
    assert_ne!(unnamed.id, found.id);
}

#[test]
fn what_is_judged_the_same_is_not_told_again() {
    let judge = judge();
    let known = installed(Some(Severity::Critical), vec![Reason::of("made-up")]);

    let again = judge.again(&known).unwrap();

    assert_eq!(again.judged_by, judge.made());
    assert_ne!(again.verdict, known.verdict);
    assert_eq!(judge.again(&again), None);
    assert_eq!(judge.again(&Installed { judged_by: Timestamp::from_micros(0), ..again }), None);
}

#[test]
fn a_processs_command_line_is_what_somebody_would_have_written() {
    for (argv, expected) in [
        ("node /usr/lib/node_modules/npm/bin/npm-cli.js install x", "npm install x"),
        ("/usr/bin/python3.12 /usr/local/bin/pip3 install x", "pip install x"),
        ("python3 -m pip install x", "python3 -m pip install x"),
        ("'npm install x'", "npm install x"),
        ("bash /home/me/.pyenv/exec/pip-rehash/pip install x", "pip install x"),
        ("bash -c 'npm install x'", "bash -c 'npm install x'"),
        ("node server.js", "node server.js"),
    ] {
        assert_eq!(of_process(argv).as_deref(), Some(expected), "{argv}");
    }
    let helper = "/usr/bin/python3 /x/pip/__pip-runner__.py install --prefix /tmp/y -- setuptools";
    assert_eq!(of_process(helper), None);
}

#[test]
fn the_worst_of_very_many_packages_is_kept_wherever_it_stands() {
    let judged = |n: usize, severity| {
        let mut package = installed(None, Vec::new()).package.map(Masked::into_string);
        package.name = Some(format!("p{n}"));
        (package, Assessment { severity, ..Assessment::default() })
    };
    let mut all: Vec<_> = (0..300).map(|n| judged(n, None)).collect();
    all.extend([judged(300, Some(Severity::Critical)), judged(301, Some(Severity::Low))]);

    let kept = super::worst(all);

    assert_eq!(kept.len(), super::MOST);
    let names: Vec<_> = kept.iter().filter_map(|(package, _)| package.name.as_deref()).collect();
    assert_eq!(names.first(), Some(&"p0"));
    assert_eq!(names[super::MOST - 3..], ["p197", "p300", "p301"]);
}
