//! `vigil enroll`: who is on the list, and that it is the daemon's list still.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    process::Command,
};

use serde_json::{Value, json};
use vigil_tests::vigil::{Home, binary};

use crate::world::words;

#[test]
fn who_is_put_on_the_list_is_there_once_and_others_stay() {
    let home = Home::default();
    let folder = home.root().join("etc");
    let file = folder.join("enrolled");
    let path = file.to_str().unwrap();
    let enroll =
        |more: &[&str]| home.json(&[&["enroll", "--json", "--test-file", path][..], more].concat());

    assert_eq!(enroll(&[])["users"], json!([]));
    assert!(!folder.exists(), "looking makes nothing");
    assert_eq!(enroll(&["4242"])["changed"], true);
    assert_eq!(enroll(&["4242"])["changed"], false);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&file)), (0o755, 0o644));
    let before = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{before}# of the owner\n7\n")).unwrap();
    let both = enroll(&["root", "--admin"]);
    assert_eq!(
        both["users"],
        json!([
            {"uid": 4242, "name": null, "admin": false},
            {"uid": 7, "name": both["users"][1]["name"], "admin": false},
            {"uid": 0, "name": "root", "admin": true},
        ])
    );
    enroll(&["4242", "--remove"]);
    enroll(&["root", "--remove"]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("# of the owner\n7\n") && !text.contains("4242"), "{text}");

    fs::remove_file(&file).unwrap();
    enroll(&["4242"]);
    enroll(&["4242", "--remove"]);
    assert!(!folder.exists(), "what was begun here and says nothing goes");
}

#[test]
fn a_list_that_the_daemon_would_not_believe_is_not_written() {
    let home = Home::default();
    let folder = home.root().join("etc");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("enrolled");
    let run = |user: &str| home.run(&["enroll", user, "--test-file", file.to_str().unwrap()]);
    let real = home.root().join("real");
    fs::write(&real, "1\n").unwrap();
    symlink(&real, &file).unwrap();

    let linked = run("4242");
    assert_eq!(linked.status.code(), Some(1), "{}", words(&linked));
    assert_eq!(fs::read_to_string(&real).unwrap(), "1\n");

    fs::remove_file(&file).unwrap();
    fs::write(&file, "1\nroot admin\n").unwrap();
    let odd = run("4242");
    assert!(words(&odd).contains("line 2"), "{}", words(&odd));
    assert_eq!(fs::read_to_string(&file).unwrap(), "1\nroot admin\n");

    fs::write(&file, "1\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(!run("4242").status.success());
    assert_eq!(run("no-such-user").status.code(), Some(2));
}

#[test]
fn who_is_not_root_is_told_what_root_has_to_do() {
    let vigil = binary("vigil");
    let mut command = if vigil_platform::process::uid() == 0 {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=61001", "--regid=61001", "--clear-groups"]).arg(&vigil);
        command
    } else {
        Command::new(&vigil)
    };

    let refused = command.args(["enroll", "4242"]).output().unwrap();

    assert_eq!(refused.status.code(), Some(4), "{}", words(&refused));
    assert!(words(&refused).contains("`sudo vigil enroll 4242`"), "{}", words(&refused));
}

#[test]
fn uninstalling_names_who_has_to_do_the_rest() {
    let home = Home::default();

    let report: Value = home.json(&["uninstall", "--dry-run", "--json"]);

    assert_eq!(
        (&report["schema"], &report["dry_run"]),
        (&json!("vigil.uninstall/1"), &json!(true))
    );
    assert!(!home.vigil().exists(), "what is only looked at makes nothing");
}
