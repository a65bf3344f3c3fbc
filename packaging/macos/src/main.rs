//! The flat package for macOS: written from a folder that holds what is to be installed, and read
//! back by other code than wrote it. What belongs into it is decided by `cargo xtask package pkg`.

#![cfg_attr(
    test,
    allow(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test may fail"
    )
)]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};

mod archive;
mod bom;
mod build;
mod cpio;
mod documents;
mod macho;
mod owners;
mod read;
mod sign;
mod verify;

const HELP: &str = "\
vigil-pkg build --root DIR --scripts DIR --version VERSION --out FILE \
[--certificate PEM --key PEM] [--time SECONDS]
vigil-pkg verify FILE [--anchor PEM] [--scripts DIR]";

fn main() -> ExitCode {
    match run(env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Vec<String>) -> Result<()> {
    let mut words = args.into_iter();
    let task = words.next();
    let mut flags = Flags::default();
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some(name) => {
                let value = words.next().with_context(|| format!("--{name} needs a value"))?;
                flags.named.insert(name.to_owned(), value);
            }
            None => flags.others.push(word),
        }
    }
    match task.as_deref() {
        Some("build") => build(flags),
        Some("verify") => verify(flags),
        _ => bail!("usage:\n{HELP}"),
    }
}

/// What stands behind the task's name.
#[derive(Default)]
struct Flags {
    named: BTreeMap<String, String>,
    others: Vec<String>,
}

impl Flags {
    fn take(&mut self, name: &str) -> Option<String> {
        self.named.remove(name)
    }

    fn must(&mut self, name: &str) -> Result<String> {
        self.take(name).with_context(|| format!("--{name} is missing\n{HELP}"))
    }

    fn none_left(&self) -> Result<()> {
        match self.named.keys().chain(&self.others).next() {
            Some(word) => bail!("`{word}` is not known here\n{HELP}"),
            None => Ok(()),
        }
    }
}

fn build(mut flags: Flags) -> Result<()> {
    let root = PathBuf::from(flags.must("root")?);
    let scripts = PathBuf::from(flags.must("scripts")?);
    let version = flags.must("version")?;
    let out = PathBuf::from(flags.must("out")?);
    let certificate = flags.take("certificate");
    let key = flags.take("key");
    let time = flags.take("time").unwrap_or_else(|| "0".to_owned());
    flags.none_left()?;
    let time = time.parse().context("--time is seconds since 1970")?;

    let unsigned = build::package(&root, &scripts, &version)?;
    let package = match (certificate, key) {
        (Some(certificate), Some(key)) => {
            let signer = sign::Signer::read(Path::new(&certificate), Path::new(&key), time)?;
            signer.sign(unsigned)?
        }
        (None, None) => unsigned,
        _ => bail!("--certificate and --key go together"),
    };
    fs::write(&out, package).with_context(|| format!("write {}", out.display()))
}

fn verify(mut flags: Flags) -> Result<()> {
    let anchor = flags.take("anchor").map(PathBuf::from);
    let scripts = flags.take("scripts").map(PathBuf::from);
    let file = flags.others.pop().with_context(|| format!("which file?\n{HELP}"))?;
    flags.none_left()?;
    let bytes = fs::read(&file).with_context(|| format!("read {file}"))?;
    let report = verify::verify(&bytes, anchor.as_deref())?;
    if let Some(folder) = scripts {
        report.write_scripts(&folder)?;
    }
    print!("{report}");
    report.judge()
}
