use std::{fs, path::Path};

use serde_json::json;
use vigil_platform::{guards::NAME, private};
use vigil_proto::{Batch, Kind, Sensitive, Timestamp, guard, surface::HookState};

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

    assert_eq!(weaker, [("guard mode".to_owned(), "codex: observe, before: deny".to_owned())]);
    assert_eq!(off, [("guard mode".to_owned(), "codex: off, before: observe".to_owned())]);
    assert!(standing.all().is_empty());
    assert!(looks(&mut look).is_empty());
}
