//! `cargo xtask fuzz [TARGET] [SECONDS]`: the targets of `fuzz/`, built with coverage counters on
//! the compiler we have, and driven by libFuzzer. Seeds come from the sources; what a run finds
//! is kept below the target folder.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

use anyhow::{Context, Result, bail};

use crate::cargo::{self, root};

/// What makes the compiler count where a run has been. Stable flags, and no sanitizer: the code
/// under test has no unsafe part.
const COUNTERS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Bounds of one run: seconds and mebibytes that an input may take, and bytes it may have.
const BOUNDS: [&str; 3] = ["-timeout=30", "-rss_limit_mb=1024", "-max_len=32768"];

/// How much of a failing target's words is shown.
const SHOWN: usize = 6000;

/// The targets, built.
pub(crate) struct Targets {
    folder: PathBuf,
    kept: PathBuf,
    pub(crate) names: Vec<String>,
}

/// `cargo xtask fuzz`: one target or all, with what earlier runs have learnt.
pub(crate) fn run(args: &[OsString]) -> Result<()> {
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let (target, seconds) = match args.as_slice() {
        [] => (None, "60"),
        [one] if one.parse::<u32>().is_ok() => (None, &**one),
        [target] => (Some(&**target), "60"),
        [target, seconds] if seconds.parse::<u32>().is_ok() => (Some(&**target), &**seconds),
        _ => bail!("usage: cargo xtask fuzz [TARGET] [SECONDS]"),
    };
    let mut targets = build()?;
    if let Some(target) = target {
        targets.names.retain(|name| name == target);
    }
    if targets.names.is_empty() {
        bail!("there is no such target; see fuzz/README.md");
    }
    let learnt = targets.kept.join("corpus");
    targets.each(|name| {
        targets.fuzz(name, &learnt.join(name), &[format!("-max_total_time={seconds}")])
    })
}

/// Builds every target.
pub(crate) fn build() -> Result<Targets> {
    let host = host()?;
    let kept = cargo::target_dir()?.join("fuzz");
    let mut build = cargo::cargo(&["build", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
    // With a target named, build scripts and macros are left without counters.
    build.args(["--target", &host]).arg("--target-dir").arg(&kept);
    build.env("RUSTFLAGS", COUNTERS).env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo::succeed(build).context(
        "the fuzz targets do not build; after a change of dependencies run: \
         cargo update --workspace --manifest-path fuzz/Cargo.toml",
    )?;
    let sources = fs::read_dir(root().join("fuzz/fuzz_targets")).context("list the targets")?;
    let mut names: Vec<String> = sources
        .flatten()
        .filter_map(|source| Some(source.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(Targets { folder: kept.join(host).join("debug"), kept, names })
}

impl Targets {
    /// Runs each target for some seconds from its seeds alone, always with the same dice: what
    /// guards a change must not fail by another's luck.
    pub(crate) fn smoke(&self, seconds: u32) -> Result<()> {
        let fresh = tempfile::tempdir().context("make a folder for inputs")?;
        let bounds = [format!("-max_total_time={seconds}"), "-seed=1".to_owned()];
        self.each(|name| self.fuzz(name, &fresh.path().join(name), &bounds))
    }

    /// `work` for every target, as many at a time as there are processors.
    fn each(&self, work: impl Fn(&str) -> Result<()> + Sync) -> Result<()> {
        let queue = Mutex::new(self.names.iter());
        let failed = Mutex::new(Vec::new());
        let next = || queue.lock().ok().and_then(|mut queue| queue.next());
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    while let Some(name) = next() {
                        if let Err(error) = work(name)
                            && let Ok(mut failed) = failed.lock()
                        {
                            eprintln!("error: {error:#}");
                            failed.push(name.as_str());
                        }
                    }
                });
            }
        });
        let failed = failed.into_inner().unwrap_or_default();
        if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
    }

    fn fuzz(&self, name: &str, learnt: &Path, bounds: &[String]) -> Result<()> {
        let failures = self.kept.join("artifacts").join(name);
        for folder in [learnt, &failures] {
            fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        let mut fuzz = Command::new(self.folder.join(name));
        fuzz.args(BOUNDS).args(bounds).current_dir(root()).stdin(Stdio::null());
        fuzz.arg(format!("-artifact_prefix={}/", failures.display()));
        fuzz.arg(learnt).arg(root().join("fuzz/seeds").join(name)).env("RUST_BACKTRACE", "0");
        let output = fuzz.output().with_context(|| format!("cannot start {name}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            let last = said.lines().rfind(|line| line.contains("cov:")).unwrap_or_default();
            eprintln!("{name:<13} {last}");
            return Ok(());
        }
        let from = said.floor_char_boundary(said.len().saturating_sub(SHOWN));
        eprintln!("{}", said.get(from..).unwrap_or_default());
        bail!("{name} found an input that fails; it is in {}", failures.display())
    }
}

/// The triple that this machine is called by.
fn host() -> Result<String> {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = cargo::command(&rustc, &["-vV"]).output().context("ask rustc for its version")?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}
