//! The dashboard with a large record, in a real browser: first views, answers of the API, scrolling,
//! a live event's way to the screen, and what an open tab costs. Measured by `tests/browser/bench`;
//! docs/BENCH.md says what the figures mean.

use std::{ffi::OsString, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{browser, cargo};

/// Homes that are made: their sessions, and their megabytes.
const SIZES: [(u32, u64); 2] = [(200, 100), (2000, 1000)];

/// What to measure.
#[derive(Debug, Default)]
struct Options {
    home: Option<PathBuf>,
    quick: bool,
}

impl Options {
    fn read(args: &[OsString]) -> Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.to_str() {
                Some("--quick") => options.quick = true,
                Some("--home") => {
                    let home = args.next().context("--home takes a folder")?;
                    let home = fs::canonicalize(home)
                        .with_context(|| format!("there is no {}", home.display()))?;
                    options.home = Some(home);
                }
                _ => bail!("usage: cargo xtask bench dashboard [--quick] [--home DIR]"),
            }
        }
        Ok(options)
    }
}

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    let options = Options::read(args)?;
    eprintln!("building Vigil and the load in release ...");
    let built = cargo::build_release()?;
    let load =
        ["-p", "vigil-bench", "-p", "vigil-tests", "--bin", "vigil-bench", "--bin", "machine"];
    let mut build = cargo::cargo(&["build", "--release", "--locked"]);
    build.args(load);
    cargo::succeed(build).context("the build of the load failed")?;

    let scratch = tempfile::tempdir().context("make a scratch folder")?;
    // A build in the meantime changes nothing.
    let binaries = scratch.path().join("bin");
    fs::create_dir(&binaries).context("make a folder for the programs")?;
    for name in ["vigil", "vigil-agent", "machine"] {
        fs::copy(built.join(name), binaries.join(name)).with_context(|| format!("copy {name}"))?;
    }
    if let Some(home) = options.home {
        let mut argument = OsString::from("home:");
        argument.push(home);
        return measure(&binaries, argument);
    }
    let sizes = SIZES.iter().take(if options.quick { 1 } else { SIZES.len() });
    for (sessions, megabytes) in sizes {
        let home = scratch.path().join(format!("home-{megabytes}"));
        eprintln!("making a home of {megabytes} MB ...");
        let mut make = Command::new(built.join("vigil-bench"));
        make.arg("home").arg(&home).arg(sessions.to_string());
        make.arg((megabytes * 1_000_000).to_string());
        cargo::succeed(make).context("the home could not be made")?;
        let mut argument = OsString::from(format!("made:{megabytes}:"));
        argument.push(&home);
        measure(&binaries, argument)?;
        fs::remove_dir_all(&home).with_context(|| format!("remove {}", home.display()))?;
    }
    Ok(())
}

fn measure(binaries: &std::path::Path, argument: OsString) -> Result<()> {
    let mut bench = browser::script("bench/dashboard.js")?;
    bench.arg(argument).env("VIGIL_TEST_BINARIES", binaries);
    cargo::succeed(bench)
}
