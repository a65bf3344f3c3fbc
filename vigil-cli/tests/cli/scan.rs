//! `vigil scan`: places, forms, what is left out and what is said about it.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::home::Home;

/// A token of GitHub's shape, put together here so that no file holds one.
fn token() -> String {
    ["gh", "p_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat()
}

/// Two keys that a vendor prints in its documentation.
fn example() -> String {
    ["AK", "IA", "IOSFODNN7", "EXAMPLE"].concat()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_hit_has_place_severity_type_and_no_clear_value() {
    let home = Home::new();
    home.write("a.txt", format!("first\n  token={}\n", token()));

    let ran = home.vigil(["scan", "a.txt"]).exits(0);

    assert!(ran.stdout.starts_with("a.txt:2:9: "), "{}", ran.stdout.len());
    assert!(ran.stdout.contains("github"), "the type is named");
    assert!(!ran.stdout.contains(&token()), "a clear value was printed");
    assert!(ran.stderr.contains("1 found in 1 texts"), "{}", ran.stderr);
}

#[test]
fn exit_code_says_whether_there_were_hits() {
    let home = Home::new();
    home.write("bad", token());
    home.write("good", "nothing");

    home.vigil(["scan", "bad", "--exit-code"]).exits(1);
    home.vigil(["scan", "good", "--exit-code"]).exits(0);
    home.vigil(["scan", "bad"]).exits(0);
}

#[test]
fn records_give_records_with_offsets_in_bytes() {
    let home = Home::new();
    let token = token();
    let input = format!(
        "{}\n\n{}\n",
        serde_json::json!({ "id": "r1", "text": format!("ü {token} \"x\"") }),
        serde_json::json!({ "id": "r2", "text": "clean" }),
    );
    home.write("in.jsonl", &input);

    let from_file = home.vigil(["scan", "--jsonl-in", "in.jsonl", "--format", "jsonl"]).exits(0);
    let from_stdin =
        home.vigil_fed(["scan", "--jsonl-in", "-", "--format", "jsonl"], &input).exits(0);

    let records = lines(&from_file.stdout);
    assert_eq!(records.len(), 1);
    let record = records[0].as_object().unwrap();
    let keys: Vec<&str> = record.keys().map(String::as_str).collect();
    assert_eq!(keys, ["end", "group", "id", "severity", "start", "type"]);
    assert_eq!(record["id"], "r1");
    assert_eq!((&record["start"], &record["end"]), (&3.into(), &(3 + token.len()).into()));
    assert_eq!(record["group"], "vcs");
    assert_eq!(from_stdin.stdout, from_file.stdout);
}

#[test]
fn a_record_that_cannot_be_read_is_said_and_the_rest_is_scanned() {
    let home = Home::new();
    let good = serde_json::json!({ "id": "r2", "text": token() });
    home.write("in.jsonl", format!("{{\"id\":\"r1\"}}\n{good}\n"));

    let ran = home.vigil(["scan", "--jsonl-in", "in.jsonl", "--format", "jsonl"]).exits(1);

    assert_eq!(lines(&ran.stdout).len(), 1);
    assert!(ran.stderr.contains("not scanned: in.jsonl:1: "), "{}", ran.stderr);
}

#[test]
fn examples_of_documentation_are_left_out_unless_all_is_asked_for() {
    let home = Home::new();
    home.write("doc.md", example());

    let without = home.vigil(["scan", "doc.md", "--exit-code"]).exits(0);
    let with = home.vigil(["scan", "doc.md", "--all", "--json"]).exits(0).document("scan");

    assert_eq!(without.stdout, "");
    assert_eq!(with["hits"][0]["documented_example"], true);
}

#[test]
fn folders_are_walked_in_order_without_following_links() {
    let home = Home::new();
    home.write("tree/b/two", token());
    home.write("tree/a", token());
    home.write("outside/three", token());
    symlink(home.path("outside"), home.path("tree/link")).unwrap();
    symlink(home.path("outside/three"), home.path("tree/file-link")).unwrap();
    symlink(home.path("tree"), home.path("tree/b/loop")).unwrap();

    let document = home.vigil(["scan", "tree", "--json"]).exits(0).document("scan");

    let ids: Vec<&str> = document["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| hit["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["tree/a", "tree/b/two"]);
    assert_eq!(document["texts"], 2);
}

#[test]
fn what_is_not_text_is_named_as_not_scanned() {
    let home = Home::new();
    home.write("bin", [b"\0\x01".as_slice(), token().as_bytes()].concat());

    let ran = home.vigil(["scan", "bin", "--format", "jsonl"]).exits(0);

    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr, "warning: not scanned: bin: binary\n");
}

#[test]
fn a_path_that_is_not_there_fails_after_the_rest_was_scanned() {
    let home = Home::new();
    home.write("a", token());

    let ran = home.vigil(["scan", "missing", "a", "--format", "jsonl"]).exits(1);

    assert_eq!(lines(&ran.stdout).len(), 1);
    assert!(ran.stderr.contains("not scanned: missing: "), "{}", ran.stderr);
}

#[test]
fn bytes_that_are_no_text_do_not_move_the_places() {
    let home = Home::new();
    home.write("latin", [b"\xfc\xe9 ".as_slice(), token().as_bytes()].concat());

    let record = &lines(&home.vigil(["scan", "latin", "--format", "jsonl"]).exits(0).stdout)[0];

    assert_eq!(record["start"], 3);
}

#[test]
fn stdin_is_a_text_like_any_other() {
    let ran = Home::new().vigil_fed(["scan", "-", "--exit-code"], &token()).exits(1);
    assert!(ran.stdout.starts_with("stdin:1:1: "));
}

#[test]
fn sarif_has_rules_places_and_no_clear_value() {
    let home = Home::new();
    home.write("a b.txt", format!("\n{}", token()));

    let ran = home.vigil(["scan", "a b.txt", "--format", "sarif"]).exits(0);

    let log: Value = serde_json::from_str(&ran.stdout).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["results"][0]["ruleId"], run["tool"]["driver"]["rules"][0]["id"]);
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.txt");
    assert_eq!(place["region"]["startLine"], 2);
    assert_eq!(place["region"]["byteOffset"], 1);
    assert!(!ran.stdout.contains(&token()), "a clear value was printed");
}

#[test]
fn a_hostile_file_name_is_shown_harmless() {
    let home = Home::new();
    home.write("a\u{1b}[2Jb", token());
    let ran = home.vigil(["scan", "."]).exits(0);
    assert!(ran.stdout.starts_with("./a\\u{1b}[2Jb:1:1: "), "{}", ran.stdout);
}

/// Runs git in `folder` of the test's home, with nothing of the machine's own settings.
fn git(home: &Home, folder: &str, args: &[&str]) {
    let ran = std::process::Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(home.path(folder))
        .env("HOME", home.path("home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// A repository `repo` with one commit.
fn repository(home: &Home) {
    home.write("repo/a.txt", "one\ntwo\nthree\nfour\n");
    git(home, "repo", &["init", "-q", "-b", "main"]);
    git(home, "repo", &["add", "."]);
    git(home, "repo", &["commit", "-qm", "first"]);
}

/// `vigil` in a folder of the test's home, with git.
fn beside_git(home: &Home, folder: &str, args: &[&str]) -> std::process::Command {
    let mut command = home.command(args);
    command.current_dir(home.path(folder)).env("PATH", std::env::var_os("PATH").unwrap());
    command.env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// `vigil` in the repository.
fn in_repo(home: &Home, args: &[&str]) -> crate::home::Ran {
    beside_git(home, "repo", args).output().unwrap().into()
}

/// The places that were printed.
fn places(ran: &crate::home::Ran) -> Vec<&str> {
    ran.stdout.lines().map(|line| line.split(": ").next().unwrap()).collect()
}

#[test]
fn a_change_is_scanned_by_its_added_lines_with_their_own_numbers() {
    let home = Home::new();
    repository(&home);
    let (staged, loose) = (token(), token().replace("16C7", "17D8"));
    home.write("repo/a.txt", format!("zero\none\ntwo\nthree\n  key={staged}\nfour\n"));
    home.write("repo/new name.txt", format!("\n\n{staged}\n"));
    git(&home, "repo", &["add", "."]);
    home.write("repo/a.txt", format!("zero\none\ntwo\nthree\n  key={staged}\nfour\n{loose}\n"));

    let staged = in_repo(&home, &["scan", "--staged", "--exit-code"]).exits(1);
    let both = in_repo(&home, &["scan", "--git-diff", "a.txt", "--json"]).exits(0).document("scan");

    assert_eq!(places(&staged), ["a.txt:5:7", "new name.txt:3:1"]);
    let lines: Vec<i64> =
        both["hits"].as_array().unwrap().iter().map(|hit| hit["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [5, 7]);
    git(&home, "repo", &["commit", "-qm", "second"]);
    in_repo(&home, &["scan", "--staged", "--exit-code"]).exits(0);
    let range = in_repo(&home, &["scan", "--git-diff=HEAD~1..HEAD", "--exit-code"]).exits(1);
    assert_eq!(range.stdout.lines().count(), 2);
    let wrong = in_repo(&home, &["scan", "--git-diff=--output=x"]).exits(1);
    assert!(wrong.stderr.contains("git could not tell the change"), "{}", wrong.stderr);
    assert!(!home.path("repo/x").exists());
}

#[test]
fn a_file_that_an_attribute_calls_binary_is_scanned_and_one_that_is_binary_is_named() {
    let home = Home::new();
    repository(&home);
    home.write("repo/.gitattributes", "*.txt -diff\n*.dat binary\n");
    home.write("repo/plain.txt", token());
    home.write("repo/data.dat", token());
    home.write("repo/real.png", format!("\0{}", token()));
    git(&home, "repo", &["add", "."]);

    let ran = in_repo(&home, &["scan", "--staged", "--exit-code"]).exits(1);

    assert_eq!(places(&ran), ["data.dat:1:1", "plain.txt:1:1"]);
    assert!(ran.stderr.contains("not scanned: real.png: binary"), "{}", ran.stderr);
}

#[test]
fn settings_of_git_do_not_change_what_is_read_of_a_change() {
    let home = Home::new();
    repository(&home);
    let lines = |at: &str| format!("1\n2\n{at}\n4\n5\n6\n7\n8\n9\n");
    home.write("repo/below/z.txt", "");
    home.write("repo/c.txt", lines("3"));
    git(&home, "repo", &["add", "."]);
    git(&home, "repo", &["commit", "-qm", "second"]);
    for [name, value] in [
        ["diff.interHunkContext", "10"],
        ["diff.context", "9"],
        ["diff.relative", "true"],
        ["diff.noprefix", "true"],
    ] {
        git(&home, "repo", &["config", name, value]);
    }
    home.write("repo/a.txt", "zero\none\ntwo\nthree\nfour\nfive\n");
    home.write("repo/c.txt", lines(&token()));
    git(&home, "repo", &["add", "."]);

    for folder in ["repo", "repo/below"] {
        let mut command = beside_git(&home, folder, &["scan", "--staged", "--exit-code"]);
        command.env("GIT_DIFF_OPTS", "--unified=5");
        let ran = crate::home::Ran::from(command.output().unwrap()).exits(1);
        assert_eq!(places(&ran), ["c.txt:3:1"], "{folder}");
    }
}

#[test]
fn a_change_is_read_without_running_what_the_repository_says() {
    let home = Home::new();
    repository(&home);
    home.write("repo/.gitattributes", "a.txt filter=one\nb.txt filter=a=b diff=shown\n");
    home.write("repo/b.txt", "one\n");
    git(&home, "repo", &["add", "."]);
    git(&home, "repo", &["commit", "-qm", "second"]);
    // Each leaves a file beside the repository.
    let leaves = |name: &str| format!("touch '{}'; cat", home.path(name).display());
    let hook = format!("#!/bin/sh\n{}\n", leaves("hook"));
    let hook = home.write("repo/.git/hooks/post-index-change", hook);
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (name, value) in [
        ("filter.one.clean", leaves("clean")),
        ("filter.one.required", "true".to_owned()),
        ("filter.a=b.process", leaves("process")),
        ("diff.shown.textconv", leaves("textconv")),
        ("diff.external", leaves("external")),
        ("core.fsmonitor", leaves("monitor")),
    ] {
        git(&home, "repo", &["config", name, &value]);
    }
    home.write("repo/a.txt", format!("one\n{}\n", token()));
    home.write("repo/b.txt", format!("one\n\n{}\n", token()));

    let ran = in_repo(&home, &["scan", "--git-diff", "--exit-code"]).exits(1);

    assert_eq!(places(&ran), ["a.txt:2:1", "b.txt:3:1"]);
    for name in ["hook", "clean", "process", "textconv", "external", "monitor"] {
        assert!(!home.path(name).exists(), "{name} was run");
    }
}

#[test]
fn what_is_tracked_is_scanned_though_a_pattern_ignores_it() {
    let home = Home::new();
    repository(&home);
    home.write("repo/.gitignore", "*.env\n/build/\n");
    for file in ["secret.env", "other.env", "build/deep/kept", "build/deep/loose", "build/loose"] {
        home.write(&format!("repo/{file}"), token());
    }
    git(&home, "repo", &["add", ".gitignore"]);
    git(&home, "repo", &["add", "-f", "secret.env", "build/deep/kept"]);

    let ran = in_repo(&home, &["scan", ".", "--json"]).exits(0);
    let document = ran.document("scan");
    let hits = document["hits"].as_array().unwrap();
    let ids: Vec<&str> = hits.iter().map(|hit| hit["id"].as_str().unwrap()).collect();

    assert_eq!(ids, ["./build/deep/kept", "./secret.env"]);
    assert_eq!(document["ignored"], 4, "other.env, both that are loose, and .git");
    assert_eq!(document["not_scanned"].as_array().unwrap().len(), 0);
    let mut without_git = home.command(["scan", "repo"]);
    without_git.env("PATH", home.path("nothing"));
    let without_git = crate::home::Ran::from(without_git.output().unwrap()).exits(0);
    let words = "git cannot tell which of the ignored files are tracked";
    assert!(without_git.stderr.contains(words), "{}", without_git.stderr);
}

#[test]
fn what_a_repository_ignores_is_left_out_and_counted_unless_it_is_asked_for() {
    let home = Home::new();
    home.write("repo/.gitignore", "*.log\n/build/\n!keep.log\n");
    home.write("repo/.git/HEAD", "");
    home.write("repo/.git/config", token());
    for file in ["a.log", "keep.log", "build/x", "src/b.log", "src/build/y"] {
        home.write(&format!("repo/{file}"), token());
    }
    home.write("repo/src/.gitignore", "!b.log\n");
    home.write("plain/.gitignore", "*");
    home.write("plain/z", token());

    let ids = |args: &[&str]| -> (Vec<String>, u64) {
        let document = home.vigil(args).exits(0).document("scan");
        let hits = document["hits"].as_array().unwrap();
        let ids = hits.iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect();
        (ids, document["ignored"].as_u64().unwrap())
    };

    let (found, ignored) = ids(&["scan", "repo", "--json"]);
    assert_eq!(found, ["repo/keep.log", "repo/src/b.log", "repo/src/build/y"]);
    assert_eq!(ignored, 3, "a.log, build and .git");
    let (below, _) = ids(&["scan", "repo/src", "--json"]);
    assert_eq!(below, ["repo/src/b.log", "repo/src/build/y"], "rules from above hold below");
    let (all, none) = ids(&["scan", "repo", "--no-ignore", "--json"]);
    assert_eq!((all.len(), none), (6, 0));
    assert_eq!(ids(&["scan", "plain", "--json"]).0, ["plain/z"], "that is no repository");
    let words = home.vigil(["scan", "repo"]).exits(0).stderr;
    assert!(words.contains("3 were left out as the repository ignores them"), "{words}");
}

#[test]
fn a_baseline_knows_values_by_fingerprint_wherever_they_are() {
    let home = Home::new();
    let (old, new) = (token(), token().replace("16C7", "17D8"));
    home.write("tree/a", format!("{old}\n"));

    let wrote = home.vigil(["scan", "tree", "--write-baseline", "known.json"]).exits(0);
    home.write("tree/b", format!("{old}\n{new}\n"));
    let ran = home.vigil(["scan", "tree", "--baseline", "known.json", "--exit-code"]).exits(1);

    assert!(wrote.stderr.contains("1 known from now on"), "{}", wrote.stderr);
    let file = std::fs::read_to_string(home.path("known.json")).unwrap();
    assert!(!file.contains(&old[4..]), "a clear value was written");
    assert!(ran.stdout.starts_with("tree/b:2:1: ") && ran.stdout.lines().count() == 1);
    assert!(ran.stderr.contains("2 more are in the baseline"), "{}", ran.stderr);
    home.vigil(["scan", "tree", "--write-baseline", "known.json"]).exits(0);
    home.vigil(["scan", "tree", "--baseline", "known.json", "--exit-code"]).exits(0);
    let again: Value =
        serde_json::from_str(&std::fs::read_to_string(home.path("known.json")).unwrap()).unwrap();
    let before: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(again["key"], before["key"], "fingerprints stay the same");
    home.write("wrong.json", "{}");
    let wrong = home.vigil(["scan", "tree", "--baseline", "wrong.json"]).exits(1);
    assert!(wrong.stderr.contains("is no baseline"), "{}", wrong.stderr);
}

#[test]
fn sarif_has_everything_that_its_schema_requires() {
    let home = Home::new();
    home.write("a", token());
    home.write("bin", b"\0");

    let ran = home.vigil(["scan", "a", "bin", "gone", "--format", "sarif"]).exits(1);

    // The required members of sarif-schema-2.1.0.json, of every object that is written.
    let log: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif"));
    for run in log["runs"].as_array().unwrap() {
        let driver = &run["tool"]["driver"];
        assert!(driver["name"].is_string());
        for rule in driver["rules"].as_array().unwrap() {
            assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string());
        }
        let known = ["utf16CodeUnits", "unicodeCodePoints"];
        assert!(known.contains(&run["columnKind"].as_str().unwrap()));
        for result in run["results"].as_array().unwrap() {
            assert!(result["message"]["text"].is_string());
            let level = result["level"].as_str().unwrap();
            assert!(["none", "note", "warning", "error"].contains(&level));
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert!(region["startLine"].as_u64().unwrap() >= 1);
            assert!(region["startColumn"].as_u64().unwrap() >= 1);
        }
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false, "something asked for was missed");
        let told = invocation["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|told| told["message"]["text"].is_string()));
    }
}

#[test]
fn a_baseline_that_is_not_there_is_an_error_that_says_how_to_write_one() {
    let home = Home::new();
    home.write("a.txt", token());

    let ran = home.vigil(["scan", "a.txt", "--baseline", "none.json"]).exits(1);

    assert!(ran.stderr.contains("there is no baseline none.json"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--write-baseline"), "{}", ran.stderr);
}

#[test]
fn a_range_that_is_given_as_a_path_is_no_empty_change() {
    let home = Home::new();

    let ran = home.vigil(["scan", "--git-diff", "HEAD~1"]).exits(1);

    assert!(ran.stderr.contains("there is no HEAD~1"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--git-diff=HEAD~1`"), "{}", ran.stderr);
}

#[test]
fn lines_of_json_say_where_a_hit_is_and_what_of_it_may_be_seen() {
    let home = Home::new();
    home.write("a.txt", format!("first\n  {}\n", token()));

    let ran = home.vigil(["scan", "a.txt", "--format", "jsonl"]).exits(0);

    let [hit] = lines(&ran.stdout).try_into().unwrap();
    assert_eq!((&hit["line"], &hit["column"]), (&2.into(), &3.into()), "{hit}");
    assert!(hit["masked"].is_string() && hit["confidence"].is_string(), "{hit}");
    assert!(!ran.stdout.contains(&token()[8..]), "a clear value was printed");
}

#[test]
fn a_baseline_is_added_to_and_what_is_new_is_told_once() {
    let home = Home::new();
    let (old, new) = (token(), token().replace("16C7", "17D8"));
    home.write("a", format!("{old}\n"));
    home.vigil(["scan", "a", "--write-baseline", "known.json"]).exits(0);
    home.write("b", format!("{new}\n{new}\n"));

    let ran = home.vigil(["scan", "b", "--update-baseline", "known.json", "--exit-code"]).exits(1);

    assert_eq!(ran.stdout.lines().count(), 2, "both of its places: {}", ran.stdout);
    assert!(ran.stderr.contains("2 known from now on"), "{}", ran.stderr);
    home.vigil(["scan", "a", "b", "--baseline", "known.json", "--exit-code"]).exits(0);
    home.vigil(["scan", "a", "--update-baseline", "none.json"]).exits(1);
}

#[test]
fn a_file_of_utf_16_is_text() {
    let home = Home::new();
    let text = format!("\u{feff}first\r\nkey {}\r\n", token());
    let bytes = |unit: u16| unit.to_le_bytes();
    home.write("a.txt", text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>());

    let ran = home.vigil(["scan", "a.txt", "--exit-code"]).exits(1);
    let sarif = home.vigil(["scan", "./a.txt", "--format", "sarif"]).exits(0);

    assert!(ran.stdout.starts_with("a.txt:2:5: "), "{}", ran.stdout);
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a.txt", "without what says nothing");
    assert!(place["region"]["byteOffset"].is_null(), "its bytes are not those of the text");
}
