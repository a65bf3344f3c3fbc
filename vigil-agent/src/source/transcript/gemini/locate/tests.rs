use super::*;

const ROOT: &str = "/home/me/.gemini/tmp";

#[test]
fn sessions_are_told_from_the_clients_other_files() {
    for (path, wanted) in [
        ("app/chats/session-2026-11-26T01-04-8fec5801.jsonl", true),
        ("app/chats/8fec5801-ba28-4439-bca7-000000000001/agent-1.jsonl", true),
        ("app/chats/session-2026-11-26T01-04-8fec5801.json", false),
        ("app/chats/notes.jsonl", false),
        ("app/logs/session-1.jsonl", false),
        ("session-1.jsonl", false),
    ] {
        assert_eq!(is_transcript(Path::new(path)), wanted, "{path}");
    }
}

#[test]
fn only_the_way_to_sessions_is_looked_at() {
    for (path, wanted) in [
        ("", Some(Folder::Lasting)),
        ("app", Some(Folder::Lasting)),
        ("app/chats", Some(Folder::Lasting)),
        ("app/chats/8fec5801", Some(Folder::Passing)),
        ("app/logs", None),
        ("app/chats/8fec5801/more", None),
    ] {
        assert_eq!(folder(Path::new(path)), wanted, "{path}");
    }
}

#[test]
fn a_sub_agents_place_names_its_session() {
    let root = Path::new(ROOT);
    let at = |below: &str| place(root, &root.join(below), Timestamp::default());
    assert_eq!(at("app/chats/session-1.jsonl").parent, None);
    let parent = at("app/chats/8fec5801/agent-1.jsonl").parent;
    assert_eq!(parent, Some(("8fec5801".to_owned(), "agent-1".to_owned())));
}

#[test]
fn the_projects_path_is_read_where_the_client_noted_it() {
    let home = tempfile::tempdir().unwrap();
    let chats = home.path().join("app/chats");
    fs::create_dir_all(&chats).unwrap();
    let cwd = || place(home.path(), &chats.join("session-1.jsonl"), Timestamp::default()).cwd;
    assert_eq!(cwd(), None);
    fs::write(home.path().join("app/.project_root"), "/home/me/work/app\n").unwrap();
    assert_eq!(cwd().as_deref(), Some("/home/me/work/app"));
}
