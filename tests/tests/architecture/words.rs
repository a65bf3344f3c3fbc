//! What may stand in which file.

use std::{env, path::Path};

use super::{
    assert_none,
    code::{has_word, production, without_words},
    files::{self, SourceFile},
};

/// The point where a file has become two.
const MAX_LINES: usize = 600;

/// Who may declare text to be masked.
const MAY_MASK: &[&str] = &["vigil-proto/", "vigil-detect/", "vigil-store/"];

fn platform_words(file: &SourceFile) -> Vec<String> {
    if file.path.starts_with("vigil-platform/") {
        return Vec::new();
    }
    let code = without_words(&file.text);
    ["unsafe", "target_os", "target_vendor", "target_family"]
        .iter()
        .filter(|word| has_word(&code, word))
        .map(|word| format!("{}: `{word}` outside vigil-platform", file.path))
        .collect()
}

fn too_long(file: &SourceFile) -> Option<String> {
    let is_code = Path::new(&file.path).extension().is_some_and(|end| end == "rs" || end == "js");
    if !is_code || files::is_test(&file.path) || file.path.contains("/vendor/") {
        return None;
    }
    let lines = production(&file.text).lines().count();
    (lines > MAX_LINES).then(|| format!("{}: {lines} lines; split it", file.path))
}

fn masks_by_itself(file: &SourceFile) -> Option<String> {
    let exempt =
        files::is_test(&file.path) || MAY_MASK.iter().any(|who| file.path.starts_with(who));
    if exempt {
        return None;
    }
    let code = without_words(&file.text);
    production(&code)
        .contains("Masked::from_scan(")
        .then(|| format!("{}: only a scan makes masked text", file.path))
}

fn needles_in(file: &SourceFile, needles: &[String]) -> Vec<String> {
    file.text
        .lines()
        .enumerate()
        .filter(|(_, line)| needles.iter().any(|needle| begins_a_path(line, needle)))
        // The line itself stays out of the message: it may be what must not be published.
        .map(|(at, _)| format!("{}:{}: names a developer's machine", file.path, at + 1))
        .collect()
}

/// True when `needle` stands in `line` as the beginning of a path (`~/x/` is nobody's folder `/x/`).
fn begins_a_path(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "~._-}".contains(c))
    })
}

/// Folders of the machine we run on, and of the ones the project was ever written on. Put together
/// here, or this file would name them itself.
fn machine_needles() -> Vec<String> {
    let mut needles: Vec<String> = [["/wo", "rk/"], ["/tm", "p/v/"], ["/Us", "ers/"]]
        .iter()
        .map(|parts| parts.concat())
        .collect();
    needles.push(format!("{}/", files::root().display()));
    if let Some(home) = env::var("HOME").ok().filter(|home| home.len() > 1) {
        needles.push(format!("{}/", home.trim_end_matches('/')));
    }
    needles
}

/// A downloaded package comes from its public registry, never from somebody's mirror.
fn mirrors_in(file: &SourceFile) -> Vec<String> {
    let public = ["https://regis", "try.npmjs.org/"].concat();
    file.text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"resolved\": \""))
        .filter(|address| !address.starts_with(&public))
        .map(|_| format!("{}: a package from a mirror", file.path))
        .collect()
}

#[test]
fn the_operating_system_is_known_only_to_the_platform_crate() {
    let offences: Vec<String> = files::rust().iter().flat_map(platform_words).collect();

    assert_none(&offences);
}

#[test]
fn no_file_has_become_two() {
    let offences: Vec<String> = files::tracked().iter().filter_map(too_long).collect();

    assert_none(&offences);
}

#[test]
fn only_a_scan_makes_masked_text() {
    let offences: Vec<String> = files::rust().iter().filter_map(masks_by_itself).collect();

    assert_none(&offences);
}

#[test]
fn no_file_names_a_developers_machine() {
    let needles = machine_needles();

    let offences: Vec<String> =
        files::tracked().iter().flat_map(|file| needles_in(file, &needles)).collect();

    assert_none(&offences);
}

#[test]
fn no_lock_file_names_a_mirror() {
    let locks =
        files::tracked().into_iter().filter(|file| file.path.ends_with("package-lock.json"));

    let offences: Vec<String> = locks.flat_map(|file| mirrors_in(&file)).collect();

    assert_none(&offences);
}

fn sample(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn platform_words_are_found() {
    let bad = "#[cfg(target_os = \"linux\")]\nfn f() { unsafe { g() } }";

    assert_eq!(platform_words(&sample("vigil-agent/src/app.rs", bad)).len(), 2);
    assert_eq!(platform_words(&sample("vigil-platform/src/x.rs", bad)).len(), 0);
    assert_eq!(platform_words(&sample("x.rs", "#![forbid(unsafe_code)] // unsafe")).len(), 0);
}

#[test]
fn a_long_file_is_found() {
    let long = "x\n".repeat(MAX_LINES + 1);

    assert!(too_long(&sample("vigil-agent/src/app.rs", &long)).is_some());
    assert!(too_long(&sample("vigil-agent/dashboard/app.js", &long)).is_some());
    assert!(too_long(&sample("vigil-agent/src/app/tests.rs", &long)).is_none());
}

#[test]
fn masking_by_hand_is_found() {
    let bad = "let title = Masked::from_scan(title);";
    let tested = format!("#[cfg(test)]\nmod tests {{ {bad} }}");

    assert!(masks_by_itself(&sample("vigil-cli/src/show.rs", bad)).is_some());
    assert!(masks_by_itself(&sample("vigil-cli/src/show.rs", &tested)).is_none());
    assert!(masks_by_itself(&sample("vigil-detect/src/mask.rs", bad)).is_none());
}

#[test]
fn a_developers_folder_is_found_and_not_repeated() {
    let folder = ["/wo", "rk/main"].concat();

    let offences = needles_in(&sample("README.md", &format!("see\n{folder}")), &machine_needles());

    assert_eq!(offences, ["README.md:2: names a developer's machine"]);
    let own = ["~/wo", "rk/app"].concat();
    assert_eq!(needles_in(&sample("README.md", &own), &machine_needles()).len(), 0);
}

#[test]
fn a_mirror_is_found() {
    let bad = "  \"resolved\": \"https://mirror.example/x.tgz\",\n";

    assert_eq!(mirrors_in(&sample("package-lock.json", bad)).len(), 1);
}
