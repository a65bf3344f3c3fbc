use std::{collections::BTreeMap, path::Path};

use super::{folder, is_transcript, roots, session};
use crate::source::transcript::{Options, client::Folder};

#[test]
fn sessions_lie_in_the_home_and_where_the_variables_say() {
    let variables = BTreeMap::from([
        ("PI_CODING_AGENT_DIR", "/agent".into()),
        ("PI_CODING_AGENT_SESSION_DIR", "/moved".into()),
    ]);
    let found = roots(&Options { home: "/home/me".into(), variables, ..Options::default() });

    let expected = ["/moved", "/agent/sessions", "/home/me/.pi/agent/sessions"];
    assert_eq!(found, expected.map(Path::new));
}

#[test]
fn only_named_files_of_projects_are_transcripts() {
    for path in ["--home-me--/2026_5e55.jsonl", "2026_5e55.jsonl"] {
        assert!(is_transcript(Path::new(path)), "{path}");
        assert_eq!(session(Path::new(path)).as_deref(), Some("5e55"), "{path}");
    }
    for path in ["--home-me--/a/2026_5e55.jsonl", "src/2026_5e55.jsonl", "x.jsonl", "2026_5.txt"] {
        assert!(!is_transcript(Path::new(path)), "{path}");
    }
    assert_eq!(folder(Path::new("")), Some(Folder::Lasting));
    assert_eq!(folder(Path::new("--home-me--")), Some(Folder::Lasting));
    assert_eq!(folder(Path::new("src")), None);
}
