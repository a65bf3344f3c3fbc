use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::json;
use vigil_platform::{changes::Changes, guards::NAME, private};
use vigil_proto::{Batch, Kind, Sensitive, Timestamp, change::Changed, guard, surface::HookState};

use super::{super::Standing, Look};

const HOOK: &str = r#"{"command":"vigil hook codex"}"#;

/// A folder of state with a client that is guarded by a file in it.
fn guarded(mode: &str) -> (tempfile::TempDir, Look, Standing) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hooks.json"), HOOK).unwrap();
    journal(folder.path(), mode);
    let standing = Standing::default();
    let path = folder.path().to_path_buf();
    let look = Look::new(path.clone(), path, standing.clone());
    (folder, look, standing)
}

fn journal(folder: &Path, mode: &str) {
    let journal = json!({"codex": {
        "mode": mode, "since": "2026-11-26T10:00:00Z", "path": folder.join("hooks.json"),
        "entries": [{"name": "PreToolUse", "value": HOOK}],
    }});
    private::write(&folder.join(NAME), journal.to_string().as_bytes()).unwrap();
}

fn looks(look: &mut Look) -> Vec<(String, String)> {
    let change = |batch: Batch<Sensitive>| match &batch.events[0].kind {
        Kind::ConfigChange(change) => {
            (change.what.expose().to_owned(), change.detail.expose().to_owned())
        }
        other => panic!("{other:#?}"),
    };
    look.after_clients(Timestamp::from_micros(9)).into_iter().map(change).collect()
}

#[test]
fn a_hook_that_was_taken_away_is_told_once_and_again_after_it_came_back() {
    let (folder, mut look, standing) = guarded("deny");
    let file = folder.path().join("hooks.json");
    let state = || standing.all()["codex"].hook;
    assert!(looks(&mut look).is_empty());
    assert_eq!(state(), HookState::There);

    fs::write(&file, "{}").unwrap();
    assert!(looks(&mut look).is_empty(), "it may be written anew just now");
    let told = looks(&mut look);
    assert!(looks(&mut look).is_empty(), "that is known");

    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, guard::GONE);
    assert!(told[0].1.starts_with("codex: "), "{told:?}");
    assert_eq!(state(), HookState::Gone);
    fs::write(&file, HOOK).unwrap();
    assert!(looks(&mut look).is_empty());
    assert_eq!(state(), HookState::There);
    fs::remove_file(&file).unwrap();
    assert!(looks(&mut look).is_empty());
    assert_eq!(looks(&mut look).len(), 1);
}

#[test]
fn a_mode_that_changes_is_told_whoever_changed_it() {
    let (folder, mut look, standing) = guarded("deny");
    assert!(looks(&mut look).is_empty());

    journal(folder.path(), "observe");
    let weaker = looks(&mut look);
    fs::remove_file(folder.path().join(NAME)).unwrap();
    let off = looks(&mut look);

    let [mode, gone] = weaker.as_slice() else { panic!("{weaker:?}") };
    assert_eq!(*mode, ("guard mode".to_owned(), "codex: observe, before: deny".to_owned()));
    assert_eq!(gone.0, guard::GONE, "nobody noted it");
    let [mode, gone] = off.as_slice() else { panic!("{off:?}") };
    assert_eq!(*mode, ("guard mode".to_owned(), "codex: off, before: observe".to_owned()));
    assert_eq!(gone.0, guard::GONE);
    assert!(standing.all().is_empty());
    assert!(looks(&mut look).is_empty());
}

#[test]
fn what_vigil_guard_noted_is_no_finding() {
    let (folder, mut look, _) = guarded("deny");
    assert!(looks(&mut look).is_empty());
    let note = |what, words: &str| {
        Changes::hold(folder.path()).unwrap().note(what, words).unwrap();
    };

    note(Changed::GuardOn, "Codex asks Vigil, mode observe, by hooks.json");
    journal(folder.path(), "observe");
    let weaker = looks(&mut look);
    note(Changed::GuardOff, "Codex no longer asks Vigil by hooks.json");
    fs::remove_file(folder.path().join(NAME)).unwrap();
    let off = looks(&mut look);

    for told in [weaker, off] {
        let [(name, _)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(name, "guard mode");
    }
}

#[test]
fn a_journal_that_was_edited_is_told() {
    let (folder, mut look, standing) = guarded("deny");
    assert!(looks(&mut look).is_empty());
    let edited = |since: &str, entries: &str| {
        let path = folder.path().join("hooks.json");
        let journal = format!(
            r#"{{"codex":{{"mode":"deny","since":"{since}","path":{path:?},"entries":{entries}}}}}"#
        );
        private::write(&folder.path().join(NAME), journal.as_bytes()).unwrap();
    };

    edited("2036-11-26T10:00:00Z", &json!([{"value": HOOK}]).to_string());
    let later = looks(&mut look);
    edited("2036-11-26T10:00:00Z", "[]");
    let empty = looks(&mut look);

    for told in [later, empty] {
        let [(name, words)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(name, guard::GONE);
        assert!(words.starts_with("codex: "), "{words}");
    }
    assert_eq!(standing.all()["codex"].hook, HookState::Gone, "who says nothing says not that");
}

#[test]
fn a_journal_that_cannot_be_read_is_told_once() {
    let (folder, mut look, standing) = guarded("deny");
    let file = folder.path().join(NAME);
    assert!(looks(&mut look).is_empty());

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let told = looks(&mut look);
    assert!(looks(&mut look).is_empty(), "that is known");

    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, guard::GONE);
    assert_eq!(standing.all()["codex"].hook, HookState::There, "what was known stays");
    journal(folder.path(), "deny");
    assert!(looks(&mut look).is_empty());
    fs::write(&file, "[1]").unwrap();
    assert_eq!(looks(&mut look).len(), 1, "it is no journal");
}
