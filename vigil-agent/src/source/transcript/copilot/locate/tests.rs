use std::{collections::BTreeMap, path::Path};

use vigil_proto::Timestamp;

use super::{folder, is_transcript, place, roots};
use crate::source::transcript::{Options, client::Folder};

#[test]
fn sessions_lie_in_the_home_and_where_the_variable_says() {
    let variables = BTreeMap::from([("COPILOT_HOME", "/moved".into())]);
    let found = roots(&Options { home: "/home/me".into(), variables, ..Options::default() });

    assert_eq!(
        found,
        [Path::new("/moved/session-state"), Path::new("/home/me/.copilot/session-state")]
    );
}

#[test]
fn only_the_logs_of_sessions_are_transcripts() {
    for path in ["5e55/events.jsonl", "5e55.jsonl"] {
        assert!(is_transcript(Path::new(path)), "{path}");
    }
    for path in ["5e55/workspace.yaml", "5e55/other.jsonl", "5e55/files/events.jsonl", "x.json"] {
        assert!(!is_transcript(Path::new(path)), "{path}");
    }
    assert_eq!(folder(Path::new("")), Some(Folder::Lasting));
    assert_eq!(folder(Path::new("5e55")), Some(Folder::Passing));
    assert_eq!(folder(Path::new("5e55/files")), None);
}

#[test]
fn the_folder_names_the_session() {
    for path in ["/s/5e55/events.jsonl", "/s/5e55.jsonl"] {
        let place = place(Path::new(path), Timestamp::default());
        assert_eq!(place.session.as_deref(), Some("5e55"), "{path}");
    }
}
