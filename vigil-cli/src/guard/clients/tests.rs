use std::path::{Path, PathBuf};

use serde_json::Value;
use vigil_proto::guard;

use super::{CLIENTS, Call, Client};
use crate::route::edit::{self, Form};

fn call(home: Option<&str>) -> Call {
    Call { vigil: PathBuf::from("/opt/my tools/vigil"), home: home.map(str::to_owned) }
}

fn named(word: &str) -> &'static Client {
    Client::named(word).unwrap()
}

#[test]
fn every_client_with_hooks_has_a_row() {
    let words: Vec<_> = CLIENTS.iter().map(|client| client.word).collect();

    assert_eq!(words, guard::CLIENTS);
    for word in words {
        assert!(vigil_proto::client::name(word).is_some(), "{word}");
    }
}

#[test]
fn a_hook_calls_this_program_and_names_its_client() {
    for client in CLIENTS {
        let value = client.entry(&call(None)).value;
        assert!(value.contains("/opt/my tools/vigil"), "{value}");
        assert!(value.contains(client.word), "{value}");
        assert!(!value.contains("@COMMAND@"), "{value}");
        let moved = client.entry(&call(Some("/else where"))).value;
        assert!(moved.contains("/else where"), "{moved}");
    }
}

#[test]
fn what_a_shell_reads_is_quoted() {
    let value: Value =
        serde_json::from_str(&named("claude").entry(&call(Some("/x'y"))).value).unwrap();

    let line = value["hooks"][0]["command"].as_str().unwrap();
    assert_eq!(line, r"VIGIL_HOME='/x'\''y' '/opt/my tools/vigil' hook claude-code");
    assert_eq!(value["matcher"], "Bash");
}

#[test]
fn a_file_that_is_ours_is_what_its_client_reads() {
    let copilot: Value = serde_json::from_str(&named("copilot").entry(&call(None)).value).unwrap();
    let hook = &copilot["hooks"]["preToolUse"][0];
    // A project's settings may set it for the client.
    assert_eq!(hook["bash"], "VIGIL_HOME= '/opt/my tools/vigil' hook copilot-cli");
    assert_eq!(copilot["version"], 1);

    let plugin = named("opencode").entry(&call(None)).value;
    let said = r#"const call = {"arguments":["hook","opencode"],"home":"","vigil":"/opt/my tools/vigil"};"#;
    assert!(plugin.contains(said), "{plugin}");
}

#[test]
fn a_folder_that_was_moved_is_found() {
    let lookup = |name: &str| (name == "CODEX_HOME").then(|| "/moved".into());
    let (path, form) = named("codex").settings(Path::new("/home/me"), &lookup);
    assert_eq!((path.as_path(), form), (Path::new("/moved/hooks.json"), Form::Hooks));

    for client in CLIENTS {
        let (path, form) = client.settings(Path::new("/home/me"), &|_| None);
        assert!(path.starts_with("/home/me"), "{}", path.display());
        edit::add(form, b"", &[client.entry(&call(None))]).unwrap();
    }
}
