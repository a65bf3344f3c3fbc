use super::*;

#[test]
fn rollouts_are_told_from_the_clients_other_files() {
    for (path, wanted) in [
        ("2026/11/26/rollout-2026-11-26T00-51-36-01a2.jsonl", true),
        ("rollout-2026-11-26T00-51-36-01a2.jsonl", true),
        ("2026/11/26/rollout-2026-11-26T00-51-36-01a2.jsonl.zst", false),
        ("2026/11/26/deep/rollout-2026.jsonl", false),
        ("2026/11/26/history.jsonl", false),
        ("rollout-2026.json", false),
    ] {
        assert_eq!(is_transcript(Path::new(path)), wanted, "{path}");
    }
}

#[test]
fn only_a_days_folder_is_forgotten() {
    for (path, wanted) in [
        ("", Some(Folder::Lasting)),
        ("2026", Some(Folder::Lasting)),
        ("2026/11", Some(Folder::Lasting)),
        ("2026/11/26", Some(Folder::Passing)),
        ("2026/11/26/more", None),
        ("notes", None),
    ] {
        assert_eq!(folder(Path::new(path)), wanted, "{path}");
    }
}

#[test]
fn a_files_name_holds_its_thread_wherever_it_lies() {
    let at = |folder: &str, name: &str| place(&Path::new(folder).join(name), Timestamp::default());
    let name = "rollout-2026-11-26T00-51-36-01a21556-23ff-7f43-b5ee-7bc1b629067a.jsonl";
    let used = at("/home/me/.codex/sessions/2026/11/26", name);
    let archived = at("/home/me/.codex/archived_sessions", name);

    assert_eq!(used.thread.as_deref(), Some("01a21556-23ff-7f43-b5ee-7bc1b629067a"));
    assert_eq!(used.source, archived.source);
    assert_eq!(at("/tmp", "rollout-short.jsonl").thread, None);
}
