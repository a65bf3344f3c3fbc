use std::path::Path;

use super::{super::tests::spec, Answer, Spec, Status, begin, end, files, standing};

mod lint;

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
    let environment = vec![("VIGIL_HOME", "/a&b".into())];
    let asked = Spec { environment, ..spec("/opt/<x></string>/agent") };

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

#[test]
fn how_it_stands_is_read_from_its_page() {
    let page = "gui/501/dev.vigil.agent = {\n\tstate = running\n\truns = 3\n\tpid = 42\n\tlast exit code = 1\n}\n";
    let told = |is_ok, text: &str| standing(&Answer { is_ok, text: text.to_owned() });

    let running = told(true, page);
    assert_eq!((running.status, running.pid), (Status::Running, Some(42)));
    assert_eq!((running.restarts, running.result.as_deref()), (Some(2), Some("exit code 1")));
    assert!(running.is_whole());

    assert_eq!(told(true, "\tstate = not running\n").status, Status::Waiting);
    assert_eq!(told(false, "no such service").status, Status::Stopped);
}
