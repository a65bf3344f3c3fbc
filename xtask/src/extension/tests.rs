use std::io::{Cursor, Read as _};

use serde_json::{Value, json};

use super::{archives, merge};
use crate::cargo::root;

/// The manifest within an archive, and the names of all files.
fn opened(archive: &[u8]) -> (Value, Vec<String>) {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let names = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut text = String::new();
    archive.by_name("manifest.json").unwrap().read_to_string(&mut text).unwrap();
    (serde_json::from_str(&text).unwrap(), names)
}

#[test]
fn what_is_made_twice_is_the_same_to_the_byte() {
    let folder = root().join("browser_extension");
    assert_eq!(archives(&folder).unwrap(), archives(&folder).unwrap());
}

#[test]
fn each_kind_of_browser_has_its_manifest_and_all_files_that_it_names() {
    let [(_, chromium), (_, firefox)] = archives(&root().join("browser_extension")).unwrap();
    let (chromium, names) = opened(&chromium);
    let (firefox, same) = opened(&firefox);
    assert_eq!(names, same);
    assert_eq!(chromium["background"]["service_worker"], "worker.js");
    assert_eq!(firefox["background"]["scripts"], json!(["worker.js"]));
    assert_eq!(firefox["background"]["service_worker"], Value::Null);
    // The worker's own files are modules.
    assert_eq!(chromium["background"]["type"], "module");
    assert_eq!(firefox["background"]["type"], "module");
    assert_eq!(firefox["key"], Value::Null);
    assert_eq!(firefox["permissions"], chromium["permissions"]);
    let scripts = chromium["content_scripts"].as_array().unwrap();
    let named = scripts.iter().flat_map(|script| script["js"].as_array().unwrap());
    for name in named {
        let name = name.as_str().unwrap();
        assert!(names.iter().any(|file| file == name), "{name} is missing");
    }
    let own = ["types.d.ts", "tsconfig.json", "firefox.json"];
    assert!(!names.iter().any(|name| own.contains(&name.as_str())));
}

#[test]
fn a_patch_takes_out_and_puts_in() {
    let mut target = json!({ "a": 1, "b": { "c": 2, "d": 3 } });
    merge(&mut target, &json!({ "a": null, "b": { "c": null, "e": [4] } }));
    assert_eq!(target, json!({ "b": { "d": 3, "e": [4] } }));
}
