//! The three programs: built so that two builds are the same to the byte, or taken as they are given.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::{
    epoch::{self, Epoch},
    tools,
};
use crate::cargo::{cargo, root, succeed, target_dir};

/// The command, the agent, the daemon.
pub(super) const NAMES: [&str; 3] = ["vigil", "vigil-agent", "vigild"];
const PACKAGES: [&str; 3] = ["vigil-cli", "vigil-agent", "vigild"];

/// Between flags of the compiler's in one variable.
const UNIT: &str = "\u{1f}";

/// Programs without symbols in a folder of their own, which is deleted with this.
#[derive(Debug)]
pub(super) struct Binaries {
    folder: TempDir,
    /// What they are for.
    pub(super) arch: Arch,
    /// The command as it was built, which runs here.
    pub(super) vigil: PathBuf,
}

/// A kind of machine by the names that each field gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arch {
    pub(super) debian: &'static str,
    pub(super) gnu: &'static str,
    pub(super) target: &'static str,
}

/// By the number in the head of a program (ELF, `e_machine`).
const ARCHS: [(u16, Arch); 2] = [
    (0x3e, Arch { debian: "amd64", gnu: "x86_64", target: "x86_64-unknown-linux-gnu" }),
    (0xb7, Arch { debian: "arm64", gnu: "aarch64", target: "aarch64-unknown-linux-gnu" }),
];

/// A Mac with Apple's processor. What the programs are made of is the same on the others.
const MAC: Arch = Arch { debian: "", gnu: "", target: "aarch64-apple-darwin" };

impl Binaries {
    /// Those of a Mac in `folder`, as they are: nothing here could strip or start them. `vigil` is a
    /// command that runs here.
    pub(super) fn of_mac(folder: &Path, vigil: PathBuf) -> Result<Self> {
        let copies = tempfile::tempdir().context("cannot make a folder")?;
        for name in NAMES {
            let from = folder.join(name);
            fs::copy(&from, copies.path().join(name))
                .with_context(|| format!("copy {}", from.display()))?;
        }
        Ok(Self { folder: copies, arch: MAC, vigil })
    }

    /// Those in `folder`.
    pub(super) fn given(folder: &Path) -> Result<Self> {
        let stripped = tempfile::tempdir().context("cannot make a folder")?;
        let mut arch = None;
        for name in NAMES {
            let into = stripped.path().join(name);
            tools::strip(&folder.join(name), &into)?;
            let head = fs::read(&into).with_context(|| format!("read {}", into.display()))?;
            let its = arch_of(&head).with_context(|| {
                format!(
                    "{name} is no program for Linux on {}",
                    ARCHS.map(|(_, a)| a.gnu).join(" or ")
                )
            })?;
            if *arch.get_or_insert(its) != its {
                bail!("the programs are for different machines");
            }
        }
        let arch = arch.context("there are programs")?;
        // It is started from another folder, too.
        let vigil = fs::canonicalize(folder.join("vigil")).context("find vigil")?;
        Ok(Self { folder: stripped, arch, vigil })
    }

    /// Built now, in release, with every folder of this machine replaced in what the compilers write.
    pub(super) fn build(epoch: Epoch) -> Result<Self> {
        let folders = folders()?;
        let mut build = cargo(&["build", "--release", "--locked", "--bins"]);
        for package in PACKAGES {
            build.args(["-p", package]);
        }
        let rust: Vec<String> =
            folders.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
        let c: Vec<String> =
            folders.iter().map(|(from, to)| format!("-ffile-prefix-map={from}={to}")).collect();
        build
            .env("CARGO_ENCODED_RUSTFLAGS", rust.join(UNIT))
            .env("CFLAGS", c.join(" "))
            .env("CARGO_PROFILE_RELEASE_DEBUG", "none")
            .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
            .env("CARGO_INCREMENTAL", "0")
            .env(epoch::VARIABLE, epoch.to_string());
        succeed(build).context("the build failed")?;
        let built = Self::given(&target_dir()?.join("release"))?;
        built.name_no_folder(&folders)?;
        Ok(built)
    }

    /// One of them, without symbols.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder of this machine in a program would be another one elsewhere.
    fn name_no_folder(&self, folders: &[(String, &str)]) -> Result<()> {
        for name in NAMES {
            let bytes = fs::read(self.path(name)).with_context(|| format!("read {name}"))?;
            for (folder, _) in folders {
                if bytes.windows(folder.len()).any(|window| window == folder.as_bytes()) {
                    bail!("{name} names {folder}: it would not be the same from elsewhere");
                }
            }
        }
        Ok(())
    }
}

/// The folders that compilers see, each with what stands for it. The last that fits counts.
fn folders() -> Result<Vec<(String, &'static str)>> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let home = home.context("cargo has no home")?;
    let sysroot = tools::output(std::process::Command::new("rustc").args(["--print", "sysroot"]))?;
    let sysroot = String::from_utf8(sysroot).context("the compiler's folder is text")?;
    let folders = [
        (sysroot.trim().into(), "/rust"),
        (home, "/cargo"),
        (root().to_owned(), "/vigil"),
        (target_dir()?, "/target"),
    ];
    folders.into_iter().map(|(from, to)| Ok((text(&from)?, to))).collect()
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|text| !text.contains([' ', '=', '\x1f']));
    text.map(ToOwned::to_owned)
        .with_context(|| format!("{} cannot be said to the compilers", path.display()))
}

/// What a program is for: 64 bits, little ends first, of a kind we know.
fn arch_of(program: &[u8]) -> Option<Arch> {
    if !program.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let machine = u16::from_le_bytes(program.get(18..20)?.try_into().ok()?);
    ARCHS.iter().find(|(number, _)| *number == machine).map(|(_, arch)| *arch)
}

#[cfg(test)]
mod tests;
