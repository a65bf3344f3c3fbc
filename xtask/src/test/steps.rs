//! The steps, in the order they run: the quick ones first.

use std::{
    env,
    ffi::OsString,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use super::{
    Outcome,
    count::{self, Count, Failed},
};
use crate::{
    cargo::{cargo, command, root, succeed},
    tools,
};

type Step = fn() -> Result<Outcome>;

/// Every step by name.
pub(super) const ALL: &[(&str, Step)] = &[
    ("tools", have_tools),
    ("format", format),
    ("lint", lint),
    ("build", build),
    ("architecture", architecture),
    ("tests", tests),
    ("doc tests", doc_tests),
    ("tests, loopback only", loopback_only),
    ("dependencies", dependencies),
    ("macOS lint", macos),
    ("fuzz", fuzz),
];

/// Seconds for each fuzz target.
const FUZZ_SECONDS: u32 = 20;

fn have_tools() -> Result<Outcome> {
    tools::ensure()?;
    passed()
}

fn format() -> Result<Outcome> {
    succeed(cargo(&["fmt", "--all", "--check"])).context("run `cargo fmt --all`")?;
    passed()
}

fn lint() -> Result<Outcome> {
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    succeed(cargo(&clippy))?;
    passed()
}

/// End-to-end tests start the programs themselves, so these must be there first.
fn build() -> Result<Outcome> {
    succeed(cargo(&["build", "--workspace", "--bins", "--locked"]))?;
    passed()
}

fn architecture() -> Result<Outcome> {
    // Counted with all the others.
    succeed(cargo(&[
        "test",
        "--quiet",
        "--locked",
        "-p",
        "vigil-tests",
        "--test",
        "architecture",
    ]))?;
    passed()
}

fn tests() -> Result<Outcome> {
    count::run(suite())
}

/// The whole suite, with the better runner if it is here.
fn suite() -> Command {
    if tools::have_cargo("nextest") {
        return cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
    }
    cargo(&["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"])
}

fn doc_tests() -> Result<Outcome> {
    count::run(cargo(&["test", "--workspace", "--locked", "--doc"]))
}

/// Promise 1: nothing leaves the machine. Here nothing can, and everything still works.
fn loopback_only() -> Result<Outcome> {
    if vigil_platform::process::uid() != 0 {
        return skipped("needs root for a network namespace; run: sudo -E cargo xtask test");
    }
    let mut probe = command("unshare", &["-n", "ip", "link", "set", "lo", "up"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return skipped("this machine gives no network namespace (unshare -n)");
    }
    let suite = suite();
    let mut inside = command("unshare", &["-n", "sh", "-c"]);
    inside.arg("ip link set lo up && exec \"$@\"").arg("sh");
    inside.arg(suite.get_program()).args(suite.get_args()).arg("--offline");
    // Tests that need the initial namespace ask this variable.
    inside.env("VIGIL_TEST_LOOPBACK_ONLY", "1");
    match count::run(inside) {
        // The same tests again: only what fails here counts.
        Ok(Outcome::Passed(count)) => {
            eprintln!("{count} without any network");
            passed()
        }
        Err(error) => Err(match error.downcast::<Failed>() {
            Ok(Failed(count)) => Failed(Count { passed: 0, ..count }).into(),
            Err(other) => other,
        }),
        skipped => skipped,
    }
}

fn dependencies() -> Result<Outcome> {
    if !tools::have_cargo("deny") {
        return skipped("cargo-deny is not installed; run: cargo install --locked cargo-deny");
    }
    // Advisories need a download; bans, licences and sources do not.
    succeed(cargo(&["deny", "--offline", "check", "bans", "licenses", "sources"]))?;
    passed()
}

/// Type-checks and lints the macOS code from here. Needs a cross-checking script beside the
/// checkout, or wherever `VIGIL_DARWIN_CHECK` says.
fn macos() -> Result<Outcome> {
    let script = env::var_os("VIGIL_DARWIN_CHECK")
        .map_or_else(|| root().join("../shared/tools/darwin-check.sh"), PathBuf::from);
    if !script.is_file() {
        return skipped("no cross-checking script; set VIGIL_DARWIN_CHECK to one");
    }
    let mut check = command("bash", &[]);
    check.arg(script).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    // The script brings its own compiler; what `cargo run` set for ours would confuse it.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC", "RUSTC_WORKSPACE_WRAPPER"] {
        check.env_remove(name);
    }
    check.stdin(Stdio::null());
    succeed(check)?;
    passed()
}

fn fuzz() -> Result<Outcome> {
    let mut ran = false;
    for package in fuzz_packages()? {
        let targets = fs::read_dir(package.join("fuzz/fuzz_targets")).context("list targets")?;
        let names: Vec<OsString> = targets
            .flatten()
            .map(|target| target.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .filter_map(|path| path.file_stem().map(OsString::from))
            .collect();
        if !names.is_empty() && !can_fuzz() {
            return skipped(
                "cargo-fuzz and a nightly toolchain are not both here; the property tests ran above",
            );
        }
        for name in names {
            let mut run = Command::new("cargo");
            run.current_dir(&package).args(["+nightly", "fuzz", "run"]).arg(name);
            run.args(["--", &format!("-max_total_time={FUZZ_SECONDS}")]);
            run.env_remove("RUSTUP_TOOLCHAIN").stdin(Stdio::null());
            succeed(run)?;
            ran = true;
        }
    }
    if ran { passed() } else { skipped("no fuzz targets; the property tests ran above") }
}

fn fuzz_packages() -> Result<Vec<PathBuf>> {
    let folders = fs::read_dir(root()).context("list the workspace")?;
    Ok(folders
        .flatten()
        .map(|folder| folder.path())
        .filter(|folder| folder.join("fuzz/fuzz_targets").is_dir())
        .collect())
}

fn can_fuzz() -> bool {
    let mut probe = Command::new("cargo");
    probe.args(["+nightly", "fuzz", "--version"]).env_remove("RUSTUP_TOOLCHAIN");
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

#[expect(clippy::unnecessary_wraps, reason = "every step ends in a Result")]
fn passed() -> Result<Outcome> {
    Ok(Outcome::Passed(Count::default()))
}

#[expect(clippy::unnecessary_wraps, reason = "every step ends in a Result")]
fn skipped(why: &str) -> Result<Outcome> {
    eprintln!("not run: {why}");
    Ok(Outcome::Skipped(why.to_owned()))
}
