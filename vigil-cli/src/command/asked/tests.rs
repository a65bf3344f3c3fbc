use vigil_proto::client;

use super::*;
use crate::route::clients::CLIENTS;

#[test]
fn a_client_that_can_be_led_has_one_name_everywhere() {
    for led in CLIENTS {
        assert_eq!(client::name(led.word), Some(led.title), "{}", led.word);
    }
}

#[test]
fn a_client_is_known_before_anything_is_on_record() {
    assert_eq!(super::client(Some("Gemini CLI"), None).unwrap().as_deref(), Some("gemini-cli"));
    assert_eq!(super::client(None, None).unwrap(), None);
    let refused = super::client(Some("clod"), None).unwrap_err();
    assert!(matches!(&refused, Failure::Usage { hint, .. } if hint.contains("claude-code, codex")));
}

#[test]
fn a_path_is_meant_from_the_root_on_and_a_name_as_it_is() {
    assert_eq!(project(Some("shop")).as_deref(), Some("shop"));
    assert_eq!(project(Some("/srv/shop")).as_deref(), Some("/srv/shop"));
    let here = env::current_dir().unwrap().canonicalize().unwrap();
    assert_eq!(project(Some(".")), here.to_str().map(str::to_owned));
    assert_eq!(project(Some("..")), here.parent().and_then(Path::to_str).map(str::to_owned));
    let gone = here.join("not-there");
    assert_eq!(project(Some("./not-there")).as_deref(), gone.to_str());
    assert_eq!(project(None), None);
}
