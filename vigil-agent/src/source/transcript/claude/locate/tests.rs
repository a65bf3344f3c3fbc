use super::*;
use vigil_proto::config;

#[test]
fn transcripts_are_told_from_the_clients_other_files() {
    for (path, wanted) in [
        ("-p/0a.jsonl", true),
        ("-p/agent-0a.jsonl", true),
        ("-p/0a/subagents/agent-1.jsonl", true),
        ("-p/0a/subagents/deep/agent-1.jsonl", true),
        ("-p/0a/tool-results/x.jsonl", false),
        ("-p/0a/subagents/agent-1.meta.json", false),
        ("stray.jsonl", false),
        ("-p/notes.txt", false),
    ] {
        assert_eq!(is_transcript(Path::new(path)), wanted, "{path}");
    }
}

#[test]
fn a_folder_may_stand_for_an_excluded_project() {
    let exclude =
        config::Exclude { projects: vec!["~/work/my.app".into()], ..config::Exclude::default() };
    let exclusions = Exclusions::new(&exclude, Path::new("/home/me"));

    assert!(may_be_excluded("-home-me-work-my-app", &exclusions));
    assert!(may_be_excluded("-home-me-work-my-app-sub", &exclusions));
    assert!(!may_be_excluded("-home-me-work-my-apple", &exclusions));
}

#[test]
fn a_sub_agents_place_names_its_session_and_call() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("-p/5e55/subagents");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("agent-a1.meta.json"),
        r#"{"agentType":"Explore","toolUseId":"toolu_1"}"#,
    )
    .unwrap();

    let place = place(
        root.path(),
        &folder.join("agent-a1.jsonl"),
        Timestamp::default(),
        &Exclusions::default(),
    );

    assert_eq!(place.session.as_deref(), Some("5e55"));
    assert_eq!(place.thread.as_deref(), Some("a1"));
    assert_eq!(place.started_by.as_deref(), Some("toolu_1"));
    assert_eq!(place.agent_type.as_deref(), Some("Explore"));
}
