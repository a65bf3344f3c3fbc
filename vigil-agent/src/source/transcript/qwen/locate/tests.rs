use super::*;

#[test]
fn sessions_are_told_from_the_clients_other_files() {
    for (path, wanted) in [
        ("-home-me-app/chats/51008f04.jsonl", true),
        ("-home-me-app/memory/51008f04.jsonl", false),
        ("-home-me-app/chats/51008f04.json", false),
        ("-home-me-app/51008f04.jsonl", false),
        ("-home-me-app/chats/more/51008f04.jsonl", false),
    ] {
        assert_eq!(is_transcript(Path::new(path)), wanted, "{path}");
    }
}

#[test]
fn only_the_way_to_sessions_is_looked_at() {
    for (path, wanted) in [
        ("", Some(Folder::Lasting)),
        ("-home-me-app", Some(Folder::Lasting)),
        ("-home-me-app/chats", Some(Folder::Lasting)),
        ("-home-me-app/memory", None),
        ("-home-me-app/chats/more", None),
    ] {
        assert_eq!(folder(Path::new(path)), wanted, "{path}");
    }
}
