//! `cargo xtask package`: what users install. Packages of the same commit are the same to the byte, by
//! whomever and whenever they are made on the same kind of machine: nothing in them depends on a clock,
//! a folder's name, the order of a listing or who made them.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{cargo::target_dir, extension};

mod binaries;
mod deb;
mod documents;
mod epoch;
mod layout;
mod notices;
pub(crate) mod pkg;
mod sbom;
mod sums;
mod tarball;
mod tools;

use self::{binaries::Binaries, epoch::Epoch, layout::Layout};

const USAGE: &str = "usage: cargo xtask package [deb|tarball|extension|all] [--out DIR] [--binaries DIR]\n\
    \x20      [--version VERSION] [--fast]\n\
    \x20      cargo xtask package [pkg|verify] ...  for macOS (docs/MACOS.md)";

/// What is to be made, of what, and where.
#[derive(Debug)]
struct Options {
    what: What,
    /// Where the packages go.
    out: PathBuf,
    /// Where programs are that were built before; otherwise they are built.
    binaries: Option<PathBuf>,
    /// What the package is called instead of the programs' own version, for trying an upgrade.
    version: Option<String>,
    /// Compress little, for trying.
    fast: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Deb,
    Tarball,
    All,
}

/// What every package is made of.
#[derive(Debug)]
struct Release {
    version: String,
    epoch: Epoch,
    binaries: Binaries,
    layout: Layout,
    fast: bool,
}

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    match args.first().and_then(|what| what.to_str()) {
        Some("extension") => extension::package(args),
        Some("pkg") => pkg::package(args.get(1..).unwrap_or_default()),
        Some("verify") => pkg::verify(args.get(1..).unwrap_or_default()),
        _ => packages(&Options::parse(args)?),
    }
}

fn packages(options: &Options) -> Result<()> {
    let epoch = Epoch::find()?;
    let binaries = match &options.binaries {
        Some(folder) => Binaries::given(folder)?,
        None => Binaries::build(epoch)?,
    };
    let version = options.version.clone().unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    let sbom = sbom::write(&version, epoch, &binaries)?;
    let layout = Layout::of(&binaries, &sbom, &version, epoch)?;
    let release = Release { version, epoch, binaries, layout, fast: options.fast };
    fs::create_dir_all(&options.out)
        .with_context(|| format!("create {}", options.out.display()))?;
    let mut made = Vec::new();
    if options.what != What::Tarball {
        made.push(deb::write(&release, &options.out)?);
    }
    if options.what != What::Deb {
        made.push(tarball::write(&release, &options.out)?);
    }
    if options.what == What::All {
        made.extend(extension::write(&options.out)?);
    }
    let name = format!("{}.cdx.json", release.name());
    made.push(put(&options.out, &name, &sbom)?);
    made.push(sums::write(&options.out)?);
    for path in made {
        eprintln!("{}", path.display());
    }
    Ok(())
}

impl Release {
    /// What its files begin with.
    fn name(&self) -> String {
        format!("vigil-{}-linux-{}", self.version, self.binaries.arch.gnu)
    }
}

/// A file in the folder for packages.
fn put(out: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = out.join(name);
    fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

impl Options {
    fn parse(args: &[OsString]) -> Result<Self> {
        let (mut what, mut out, mut binaries) = (None, None, None);
        let (mut version, mut fast) = (None, false);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().context(USAGE);
            match arg.to_str() {
                Some("deb") if what.is_none() => what = Some(What::Deb),
                Some("tarball") if what.is_none() => what = Some(What::Tarball),
                Some("all") if what.is_none() => what = Some(What::All),
                Some("--out") => out = Some(PathBuf::from(value()?)),
                Some("--binaries") => binaries = Some(PathBuf::from(value()?)),
                Some("--version") => version = Some(version_of(value()?)?),
                Some("--fast") => fast = true,
                _ => bail!("{USAGE}"),
            }
        }
        let out = match out {
            Some(out) => out,
            None => target_dir()?.join("package"),
        };
        Ok(Self { what: what.unwrap_or(What::All), out, binaries, version, fast })
    }
}

/// A version that both kinds of packages can be called by.
fn version_of(word: &OsString) -> Result<String> {
    let word = word.to_str().unwrap_or_default();
    let begins = word.starts_with(|first: char| first.is_ascii_digit());
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || ".+~".contains(c));
    if !begins || !is_plain {
        bail!("a version begins with a digit and has letters, digits and .+~ alone");
    }
    Ok(word.to_owned())
}

#[cfg(test)]
mod tests;
