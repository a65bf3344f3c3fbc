//! Where packages come from.

use std::borrow::Cow;

use vigil_proto::{Severity, package::PackageSource};

use super::{judge, package};

/// Severity and rules of a package from `url`.
fn from(
    source: PackageSource,
    url: Option<&str>,
    flags: &[&'static str],
) -> (Option<Severity>, Vec<String>) {
    let mut package = package("pypi", "requests");
    package.source = source;
    package.url = url.map(str::to_owned);
    package.flags = flags.iter().map(|flag| Cow::Borrowed(*flag)).collect();
    if flags.contains(&"pipe-to-shell") {
        package.ecosystem = Cow::Borrowed("script");
        package.name = None;
    }
    let thought = judge(&package);
    (thought.severity, thought.reasons.iter().map(|reason| reason.rule.to_string()).collect())
}

#[track_caller]
fn says(found: &(Option<Severity>, Vec<String>), severity: Severity, rules: &[&str]) {
    assert_eq!(found.0, Some(severity), "{:?}", found.1);
    assert_eq!(found.1, rules);
}

const SCRIPT: &[&str] = &["pipe-to-shell"];

#[test]
fn installers_that_everybody_runs_are_no_alarm() {
    for url in [
        "https://sh.rustup.rs",
        "https://get.docker.com",
        "https://raw.githubusercontent.com/nvm-sh/nvm/v0.40.0/install.sh",
    ] {
        says(&from(PackageSource::Url, Some(url), SCRIPT), Severity::Low, &["pipe-to-shell"]);
    }
}

#[test]
fn a_script_of_anybodys_is_one() {
    let script = |url| from(PackageSource::Url, Some(url), SCRIPT);
    says(&script("https://x.example/i.sh"), Severity::High, &["pipe-to-shell"]);
    let forge = "https://raw.githubusercontent.com/u/r/main/i.sh";
    says(&script(forge), Severity::Medium, &["pipe-to-shell"]);
    says(&script("http://x.example/i.sh"), Severity::High, &["pipe-to-shell", "unencrypted"]);
    let bare = "http://203.0.113.9/i.sh";
    says(&script(bare), Severity::High, &["pipe-to-shell", "unencrypted", "bare-address"]);
    let thrown = "https://a-b-c.trycloudflare.com/i";
    says(&script(thrown), Severity::High, &["pipe-to-shell", "throwaway-host"]);
    says(&script("http://localhost:8000/i.sh"), Severity::Medium, &["pipe-to-shell"]);
}

#[test]
fn another_index_is_said_by_whose_it_is() {
    let index = |url, flags| from(PackageSource::Index, url, flags);
    let strange = Some("https://index.example/simple");
    says(&index(strange, &["index-url"]), Severity::Medium, &["redirected-index"]);
    says(&index(strange, &["extra-index-url"]), Severity::Medium, &["extra-index"]);
    let vendor = Some("https://download.pytorch.org/whl/cu121");
    says(&index(vendor, &["extra-index-url"]), Severity::Info, &["extra-index"]);
    let own = Some("http://10.0.0.8/simple");
    says(&index(own, &["index-url"]), Severity::Low, &["redirected-index"]);
    says(&index(Some("internal"), &[]), Severity::Low, &["redirected-index"]);
    assert_eq!(index(Some("conda-forge"), &["channel"]), (None, Vec::new()));
    let plain = Some("http://index.example/simple");
    says(&index(plain, &[]), Severity::High, &["unencrypted", "redirected-index"]);
}

#[test]
fn repositories_and_addresses_are_no_registry() {
    let git = |url| from(PackageSource::Git, Some(url), &[]);
    says(&git("git+https://github.com/psf/requests"), Severity::Low, &["from-repository"]);
    says(&git("git+ssh://git@github.com/psf/requests"), Severity::Low, &["from-repository"]);
    says(&git("git@github.com:psf/requests.git"), Severity::Low, &["from-repository"]);
    says(&git("https://git.example/r.git"), Severity::Medium, &["from-repository"]);
    let url = |url| from(PackageSource::Url, Some(url), &[]);
    says(&url("https://x.example/r-1.tar.gz"), Severity::Medium, &["from-address"]);
    says(&url("https://github.com/o/r/archive/1.zip"), Severity::Low, &["from-address"]);
    assert_eq!(from(PackageSource::File, Some("./r.whl"), &[]), (None, Vec::new()));
    assert_eq!(from(PackageSource::Manifest, None, &[]), (None, Vec::new()));
}

#[test]
fn what_is_switched_off_is_said() {
    let off = from(PackageSource::Registry, None, &["no-verify"]);
    says(&off, Severity::Medium, &["verification-off"]);
    says(&from(PackageSource::Unresolved, None, &[]), Severity::Info, &["unresolved-name"]);
}
