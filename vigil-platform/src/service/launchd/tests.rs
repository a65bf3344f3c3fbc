use std::path::Path;

use super::{super::tests::spec, Spec, begin, end, files};

/// The values of a property list's keys in the order that they stand, after a look at whether every
/// element is closed. Enough of a reader for what is written here.
fn strings_after(text: &str, key: &str) -> Vec<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    let mut last_key = "";
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap();
    while let Some((before, after)) = rest.split_once('<') {
        let (tag, next) = after.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            match name {
                "key" => last_key = before,
                "string" if last_key == key => found.push(before.to_owned()),
                _ => {}
            }
        } else if !tag.ends_with('/') && !tag.starts_with('!') {
            open.push(tag.split(' ').next().unwrap());
        }
        rest = next;
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    found
}

#[test]
fn the_list_is_well_formed_and_holds_both_ports() {
    let files = files(&spec("/opt/vigil-agent")).unwrap();

    assert_eq!(files.len(), 1);
    let text = &files[0].text;
    assert_eq!(strings_after(text, "Label"), ["dev.vigil.agent"]);
    assert_eq!(strings_after(text, "ProgramArguments"), ["/opt/vigil-agent", "up"]);
    assert_eq!(strings_after(text, "SockServiceName"), ["9080", "9081"]);
    assert_eq!(strings_after(text, "SockNodeName"), ["127.0.0.1", "127.0.0.1"]);
}

#[test]
fn a_path_cannot_become_markup() {
    let asked = Spec { vigil_home: Some("/a&b".into()), ..spec("/opt/<x></string>/agent") };

    let text = &files(&asked).unwrap()[0].text;

    assert_eq!(
        strings_after(text, "ProgramArguments"),
        ["/opt/&lt;x&gt;&lt;/string&gt;/agent", "up"]
    );
    assert_eq!(strings_after(text, "VIGIL_HOME"), ["/a&amp;b"]);
}

#[test]
fn every_command_is_for_the_users_own_session() {
    let calls: Vec<_> = begin(Path::new("/agents"), 501).into_iter().chain(end(501)).collect();

    assert!(calls.iter().all(|call| call.program == "launchctl"));
    assert_eq!(calls[1].arguments, ["bootstrap", "gui/501", "/agents/dev.vigil.agent.plist"]);
    assert_eq!(calls[2].arguments, ["bootout", "gui/501/dev.vigil.agent"]);
}
