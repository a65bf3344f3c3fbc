use std::time::UNIX_EPOCH;

use super::*;

fn file(home: &Path, place: &str, seconds: u64) {
    let path = home.join(place);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = fs::File::create(&path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    // What stands above it is not newer than it.
    for above in path.ancestors().skip(1).take_while(|above| *above != home) {
        let folder = fs::File::open(above).unwrap();
        folder.set_modified(UNIX_EPOCH + Duration::from_secs(1)).unwrap();
    }
}

#[test]
fn nothing_is_there_until_a_client_has_written() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(look(home.path()), []);
    // An editor without conversations is no client.
    file(home.path(), ".config/Code/User/settings.json", 50);
    assert_eq!(look(home.path()), []);
}

#[test]
fn a_client_is_told_with_its_place_and_when_that_changed() {
    let home = tempfile::tempdir().unwrap();
    file(home.path(), ".config/Cursor/User/globalStorage/state.vscdb", 7_000);
    file(home.path(), "Library/Application Support/Zed/threads/threads.db", 8_000);
    file(home.path(), ".continue/sessions/a.json", 9_000);
    file(home.path(), ".continue/sessions/b.json", 9_500);
    file(home.path(), ".config/Code/User/workspaceStorage/abc/chatSessions/x.jsonl", 5_000);
    file(
        home.path(),
        ".config/VSCodium/User/globalStorage/saoudrizwan.claude-dev/tasks/1/x.json",
        6_000,
    );

    let told: Vec<_> = look(home.path())
        .into_iter()
        .map(|seen| (seen.client, seen.place, seen.last_active.as_micros() / 1_000_000))
        .collect();
    let told: Vec<_> = told.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), *c)).collect();

    assert_eq!(
        told,
        [
            ("cursor", "~/.config/Cursor/User/globalStorage/state.vscdb", 7_000),
            ("vscode-chat", "~/.config/Code/User/workspaceStorage/abc/chatSessions", 5_000),
            ("cline", "~/.config/VSCodium/User/globalStorage/saoudrizwan.claude-dev/tasks", 1),
            ("zed", "~/Library/Application Support/Zed/threads/threads.db", 8_000),
            ("continue", "~/.continue/sessions", 9_500),
        ]
    );
}

#[test]
fn every_client_has_a_name() {
    for row in ROWS {
        assert!(client::name(row.client).is_some(), "{}", row.client);
    }
}
