//! The steps, in the order they run: the quick ones first.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{
    Outcome,
    count::{self, Count},
};
use crate::{
    agents, browser,
    cargo::{cargo, command, root, succeed, target_dir},
    fuzz, offline, package, tools, types, vendor,
};

type Step = fn() -> Result<Outcome>;

/// Every step by name.
pub(super) const ALL: &[(&str, Step)] = &[
    ("tools", have_tools),
    ("agent clients", have_agents),
    ("format", format),
    ("lint", lint),
    ("build", build),
    ("tests", tests),
    ("doc tests", doc_tests),
    ("dashboard types", dashboard_types),
    ("dashboard", dashboard),
    ("loopback only", loopback_only),
    ("dependencies", dependencies),
    ("macOS lint", macos),
    ("macOS package", macos_package),
    ("fuzz", fuzz),
];

/// Seconds for each fuzz target.
const FUZZ_SECONDS: u32 = 10;

/// The doors of the fuzz targets.
const DOORS: &str = "vigil-agent/fuzzing,vigil-detect/fuzzing";

/// What the linter looks at: everything, the fuzz targets' doors included.
const LINT: [&str; 5] = ["clippy", "--workspace", "--all-targets", "--features", DOORS];

fn have_tools() -> Result<Outcome> {
    tools::ensure()?;
    passed()
}

fn have_agents() -> Result<Outcome> {
    agents::ensure()?;
    passed()
}

fn format() -> Result<Outcome> {
    succeed(cargo(&["fmt", "--all", "--check"])).context("run `cargo fmt --all`")?;
    let fuzz = ["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"];
    succeed(cargo(&fuzz)).context("run `cargo fmt --manifest-path fuzz/Cargo.toml`")?;
    passed()
}

fn lint() -> Result<Outcome> {
    let mut clippy = cargo(&LINT);
    clippy.args(["--locked", "--", "-D", "warnings"]);
    succeed(clippy)?;
    passed()
}

/// End-to-end tests start the programs themselves, so these must be there first. Built together
/// with the tests, or what both need would be built twice.
fn build() -> Result<Outcome> {
    succeed(cargo(&["build", "--workspace", "--bins", "--tests", "--examples", "--locked"]))?;
    passed()
}

fn tests() -> Result<Outcome> {
    let mut suite = suite();
    suite.arg("--offline");
    without_a_network(suite)
}

/// The whole suite, with the better runner if it is here. What a failed test said comes last, where
/// it is kept.
fn suite() -> Command {
    if tools::have_cargo("nextest") {
        let mut nextest = cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
        nextest.args(["--failure-output", "final"]);
        return nextest;
    }
    cargo(&["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"])
}

fn doc_tests() -> Result<Outcome> {
    count::run(cargo(&["test", "--workspace", "--locked", "--doc"]))
}

/// The page is written for the API as it is and for the libraries that it is said to have, and
/// every type in it fits.
fn dashboard_types() -> Result<Outcome> {
    types::check()?;
    vendor::check()?;
    browser::check_types()?;
    passed()
}

/// The page in real browsers, in front of the programs that were built.
fn dashboard() -> Result<Outcome> {
    build()?;
    without_a_network(browser::suite()?)
}

/// Runs `suite` where there is no network but loopback, so that a test that needs more fails; with
/// a network where there is no such place, which the step "loopback only" then says.
fn without_a_network(suite: Command) -> Result<Outcome> {
    let outcome = match offline::impossible() {
        None => {
            offline::prove()?;
            count::run(offline::inside(&suite))?
        }
        Some(why) => {
            eprintln!("with the machine's own network: {why}");
            count::run(suite)?
        }
    };
    match outcome {
        Outcome::Passed(count) if count.is_empty() => bail!("no test ran"),
        outcome => Ok(outcome),
    }
}

/// Whether the suites above ran with loopback alone, and that this is what it says.
fn loopback_only() -> Result<Outcome> {
    if let Some(why) = offline::impossible() {
        return skipped(why);
    }
    offline::prove()?;
    passed()
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
    check.arg(script).args(LINT).args(["--", "-D", "warnings"]);
    check.env("CARGO_TARGET_DIR", target_dir()?.join("darwin"));
    // The script brings its own compiler; what `cargo run` set for ours would confuse it.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC", "RUSTC_WORKSPACE_WRAPPER"] {
        check.env_remove(name);
    }
    check.stdin(Stdio::null());
    succeed(check)?;
    passed()
}

/// The tool that writes the package for macOS is sound, and so is a package of stand-ins for programs.
fn macos_package() -> Result<Outcome> {
    let of = |args: &[&str]| {
        let mut cargo = cargo(args);
        cargo.args(["--manifest-path", package::pkg::MANIFEST]);
        cargo
    };
    succeed(of(&["fmt", "--check"])).context("run `cargo fmt` in packaging/macos")?;
    let target = target_dir()?.join("pkg");
    let mut lint = of(&["clippy", "--locked", "--all-targets"]);
    lint.arg("--target-dir").arg(&target).args(["--", "-D", "warnings"]);
    succeed(lint)?;
    package::pkg::check()?;
    let mut tests = of(&["test", "--locked"]);
    tests.arg("--target-dir").arg(&target);
    count::run(tests)
}

fn fuzz() -> Result<Outcome> {
    fuzz::build()?.smoke(FUZZ_SECONDS)?;
    passed()
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
