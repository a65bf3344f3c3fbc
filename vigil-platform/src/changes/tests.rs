use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, thread};

use vigil_proto::change::{Change, Changed};

use super::{Changes, NAME};

fn note(state: &Path, what: Changed, detail: &str) {
    Changes::hold(state).unwrap().note(what, detail).unwrap();
}

fn waiting(state: &Path) -> Vec<Change> {
    let waiting = Changes::hold(state).unwrap().waiting().unwrap();
    waiting.changes().map(Result::unwrap).collect()
}

#[test]
fn notes_wait_in_their_order_in_a_file_of_the_users_own() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");

    note(&state, Changed::RouteOn, "a\nb");
    note(&state, Changed::RouteOff, "c");

    let notes = waiting(&state);
    let told: Vec<_> = notes.iter().map(|note| (note.what, note.detail.as_str())).collect();
    assert_eq!(told, [(Changed::RouteOn, "a\nb"), (Changed::RouteOff, "c")]);
    assert!(notes[0].at < notes[1].at);
    let mode = fs::metadata(state.join(NAME)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_was_noted_since_is_not_forgotten() {
    let state = tempfile::tempdir().unwrap();
    note(state.path(), Changed::RouteOn, "first");
    let taken = Changes::hold(state.path()).unwrap().waiting().unwrap();
    note(state.path(), Changed::RouteOff, "second");

    // Twice, as two that took the same would.
    for _ in 0..2 {
        Changes::hold(state.path()).unwrap().forget(&taken).unwrap();
        assert_eq!(waiting(state.path()).len(), 1);
        assert_eq!(waiting(state.path())[0].detail, "second");
    }

    let rest = Changes::hold(state.path()).unwrap().waiting().unwrap();
    Changes::hold(state.path()).unwrap().forget(&rest).unwrap();
    assert!(Changes::hold(state.path()).unwrap().waiting().unwrap().is_empty());
}

#[test]
fn many_who_note_at_once_lose_nothing() {
    let state = tempfile::tempdir().unwrap();

    thread::scope(|scope| {
        for who in 0..4 {
            let state = state.path();
            scope.spawn(move || {
                (0..8).for_each(|n| note(state, Changed::RouteOn, &format!("{who} {n}")));
            });
        }
    });

    let notes = waiting(state.path());
    assert_eq!(notes.len(), 32);
    assert!(notes.windows(2).all(|pair| pair[0].at < pair[1].at));
}

#[test]
fn a_file_that_others_could_read_is_not_used() {
    let state = tempfile::tempdir().unwrap();
    note(state.path(), Changed::RouteOn, "a");
    fs::set_permissions(state.path().join(NAME), fs::Permissions::from_mode(0o644)).unwrap();

    assert!(Changes::hold(state.path()).unwrap().waiting().is_err());
    assert!(Changes::hold(state.path()).unwrap().note(Changed::RouteOff, "b").is_err());
}
