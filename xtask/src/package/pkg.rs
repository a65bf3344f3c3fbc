//! `cargo xtask package pkg`: the flat package for macOS, from programs that were built on a Mac. It is
//! written, signed and read back on any machine, by the tool in `packaging/macos`, which is a workspace
//! of its own. `cargo xtask package verify FILE` reads one back.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use super::{binaries::Binaries, documents, epoch::Epoch, notices, sbom, sums, tools, version_of};
use crate::{
    cargo::{self, root, target_dir},
    extension,
};

const USAGE: &str = "usage: cargo xtask package pkg --binaries DIR [--out DIR] [--version VERSION]\n\
    \x20      [--certificate PEM --key PEM] [--manual-by VIGIL]\n\
    \x20      cargo xtask package verify FILE [--anchor PEM]";

/// The tool's manifest.
pub(crate) const MANIFEST: &str = "packaging/macos/Cargo.toml";

/// Where everything of ours is that launchd and the shell's path do not need elsewhere.
const PREFIX: &str = "Library/Application Support/Vigil";

/// Programs, and where each goes from the root of the disk.
const PROGRAMS: [(&str, &str); 3] = [
    ("vigil", "Library/Application Support/Vigil/bin/vigil"),
    ("vigil-agent", "Library/Application Support/Vigil/libexec/vigil/vigil-agent"),
    ("vigild", "Library/PrivilegedHelperTools/dev.vigil.vigild"),
];

/// Files of the checkout that go as they are, and the mode of each.
const COPIED: [(&str, &str, u32); 5] = [
    ("launchd/dev.vigil.vigild.plist", "Library/LaunchDaemons/dev.vigil.vigild.plist", 0o644),
    ("launchd/vigild.sb", "Library/Application Support/Vigil/vigild.sb", 0o644),
    ("packaging/macos/uninstall", "Library/Application Support/Vigil/uninstall", 0o755),
    ("packaging/macos/paths", "private/etc/paths.d/vigil", 0o644),
    ("LICENSE", "Library/Application Support/Vigil/share/doc/vigil/LICENSE", 0o644),
];

/// Run by the installer, each with the version in it.
const SCRIPTS: [&str; 2] = ["preinstall", "postinstall"];
const VERSION: &str = "@VERSION@";

/// A certificate of our own is for trying: macOS does not take it.
const TRY_DAYS: &str = "365";
const TRY_NAME: &str = "/CN=Vigil, for trying only";

/// Whose signature it gets.
struct Signer {
    certificate: PathBuf,
    key: PathBuf,
}

struct Options {
    binaries: PathBuf,
    out: PathBuf,
    version: String,
    signer: Option<Signer>,
    manual_by: Option<PathBuf>,
}

/// Writes the package, and reads it back.
pub(super) fn package(args: &[OsString]) -> Result<()> {
    make(&Options::parse(args)?, Epoch::find()?)
}

fn make(options: &Options, epoch: Epoch) -> Result<()> {
    let package = write(options, epoch)?;
    let mut read_back = tool()?;
    read_back.arg("verify").arg(&package);
    cargo::succeed(read_back).context("the package is not what it should be")?;
    let listed = sums::write(&options.out)?;
    eprintln!("{}\n{}", package.display(), listed.display());
    Ok(())
}

/// Reads a package back.
pub(super) fn verify(args: &[OsString]) -> Result<()> {
    ensure!(!args.is_empty(), "{USAGE}");
    let mut verify = tool()?;
    verify.arg("verify");
    for arg in args {
        // The tool is started in another folder; its only flag has a file behind it.
        let is_flag = arg.as_encoded_bytes().starts_with(b"--");
        verify.arg(if is_flag { arg.into() } else { absolute(arg)? });
    }
    cargo::succeed(verify)
}

fn write(options: &Options, epoch: Epoch) -> Result<PathBuf> {
    let staged = tempfile::tempdir().context("make a folder")?;
    let (files, scripts) = (staged.path().join("root"), staged.path().join("scripts"));
    let vigil = match &options.manual_by {
        Some(vigil) => fs::canonicalize(vigil).context("find the vigil for the manual")?,
        None => built_vigil()?,
    };
    let binaries = Binaries::of_mac(&options.binaries, vigil)?;
    stage(&files, options, &binaries, epoch)?;
    stage_scripts(&scripts, &options.version)?;

    let trying;
    let signer = if let Some(signer) = &options.signer {
        signer
    } else {
        trying = for_trying()?;
        &trying
    };
    fs::create_dir_all(&options.out)
        .with_context(|| format!("create {}", options.out.display()))?;
    let package = options.out.join(format!("vigil-{}-macos.pkg", options.version));
    let mut build = tool()?;
    build.arg("build").arg("--root").arg(&files).arg("--scripts").arg(&scripts);
    build.args(["--version", &options.version, "--time", &epoch.to_string()]);
    build.arg("--certificate").arg(&signer.certificate).arg("--key").arg(&signer.key);
    build.arg("--out").arg(&package);
    cargo::succeed(build).context("the package could not be written")?;
    Ok(package)
}

/// Puts everything where it is to be installed, below `files`.
fn stage(files: &Path, options: &Options, binaries: &Binaries, epoch: Epoch) -> Result<()> {
    for (name, to) in PROGRAMS {
        put(files, to, &read(&binaries.path(name))?, 0o755)?;
    }
    for (from, to, mode) in COPIED {
        put(files, to, &read(&root().join(from))?, mode)?;
    }
    for (name, bytes) in extension::unpacked()? {
        let name = name.to_str().context("the extension's files have plain names")?;
        put(files, &format!("{PREFIX}/share/vigil/browser_extension/{name}"), &bytes, 0o644)?;
    }
    let firefox = extension::for_firefox()?;
    put(files, &format!("{PREFIX}/share/vigil/vigil-extension-firefox.zip"), &firefox, 0o644)?;
    for file in documents::made_by(&binaries.vigil)? {
        // Shells on a Mac look for completions elsewhere: `vigil completions` says where.
        if file.path.starts_with("share/man/") {
            put(files, &format!("{PREFIX}/{}", file.path), &file.bytes, 0o644)?;
        }
    }
    // Crates that only a Mac has may not have been needed here before.
    let mut fetch = cargo::cargo(&["fetch", "--quiet", "--locked", "--target"]);
    fetch.arg(binaries.arch.target);
    cargo::succeed(fetch).context("the sources of what the programs are made of")?;
    for (name, bytes) in [
        ("CHANGELOG.md.gz", read(&root().join("CHANGELOG.md"))?),
        ("third-party.txt.gz", notices::gather(binaries.arch)?.into_bytes()),
        ("vigil.cdx.json.gz", sbom::write(&options.version, epoch, binaries)?),
    ] {
        put(files, &format!("{PREFIX}/share/doc/vigil/{name}"), &tools::gzip(&bytes)?, 0o644)?;
    }
    // What `preinstall` of another version compares itself with.
    let version = format!("{}\n", options.version);
    put(files, &format!("{PREFIX}/share/vigil/version"), version.as_bytes(), 0o644)
}

fn stage_scripts(folder: &Path, version: &str) -> Result<()> {
    for name in SCRIPTS {
        let text = read(&root().join("packaging/macos/scripts").join(name))?;
        let text = String::from_utf8(text).with_context(|| format!("{name} is text"))?;
        put(folder, name, text.replace(VERSION, version).as_bytes(), 0o755)?;
        // A script that no shell can read would leave half an installation.
        let mut check = Command::new("sh");
        tools::output(check.arg("-n").arg(folder.join(name)))?;
    }
    Ok(())
}

fn put(folder: &Path, to: &str, bytes: &[u8], mode: u32) -> Result<()> {
    let path = folder.join(to);
    let parent = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
    fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("set the mode of {}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("read {}", path.display()))
}

/// A command that runs here: the programs in the package may be another system's.
fn built_vigil() -> Result<PathBuf> {
    cargo::succeed(cargo::cargo(&["build", "--locked", "-p", "vigil-cli", "--bins"]))
        .context("the command for the manual does not build")?;
    Ok(target_dir()?.join("debug/vigil"))
}

/// The tool, built.
fn tool() -> Result<Command> {
    let target = target_dir()?.join("pkg");
    let mut build = cargo::cargo(&["build", "--quiet", "--locked", "--manifest-path", MANIFEST]);
    build.arg("--target-dir").arg(&target);
    cargo::succeed(build).context("the tool for packages does not build")?;
    let mut tool = Command::new(target.join("debug/vigil-pkg"));
    tool.current_dir(root());
    Ok(tool)
}

/// A certificate and a key that are made here once and never leave the target folder.
fn for_trying() -> Result<Signer> {
    let folder = target_dir()?.join("pkg/trying");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let mut still_good = Command::new("openssl");
    still_good.args(["x509", "-noout", "-checkend", "86400", "-in"]).arg(&certificate);
    if !(key.is_file() && tools::output(&mut still_good).is_ok()) {
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        make_certificate(&certificate, &key)?;
    }
    eprintln!("signed by a certificate made here, which macOS does not take; see docs/MACOS.md");
    Ok(Signer { certificate, key })
}

fn make_certificate(certificate: &Path, key: &Path) -> Result<()> {
    let mut make = Command::new("openssl");
    make.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", TRY_DAYS]);
    make.args(["-subj", TRY_NAME, "-addext", "basicConstraints=critical,CA:FALSE"]);
    make.args(["-addext", "keyUsage=critical,digitalSignature"]);
    make.arg("-keyout").arg(key).arg("-out").arg(certificate);
    tools::output(&mut make).map(drop)
}

impl Options {
    fn parse(args: &[OsString]) -> Result<Self> {
        let (mut binaries, mut out, mut version) = (None, None, None);
        let (mut certificate, mut key, mut manual_by) = (None, None, None);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().map(PathBuf::from).context(USAGE);
            match arg.to_str() {
                Some("--binaries") => binaries = Some(value()?),
                Some("--out") => out = Some(value()?),
                Some("--certificate") => certificate = Some(value()?),
                Some("--key") => key = Some(value()?),
                Some("--manual-by") => manual_by = Some(value()?),
                Some("--version") => version = Some(version_of(&value()?.into_os_string())?),
                _ => bail!("{USAGE}"),
            }
        }
        let signer = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(Signer { certificate, key }),
            (None, None) => None,
            _ => bail!("--certificate and --key go together\n{USAGE}"),
        };
        Ok(Self {
            binaries: absolute(binaries.with_context(|| {
                format!(
                    "programs for macOS are built on a Mac (cargo build --release); \
                     say where they are\n{USAGE}"
                )
            })?)?,
            out: out.map_or_else(|| Ok(target_dir()?.join("package")), absolute)?,
            version: version.unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
            signer,
            manual_by,
        })
    }
}

/// The tool is started in another folder.
fn absolute(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    std::path::absolute(path).with_context(|| format!("find {}", path.display()))
}

/// Two packages of stand-ins for programs are the same to the byte, and what is read back is what went in;
/// for `cargo xtask test`.
pub(crate) fn check() -> Result<()> {
    let folder = tempfile::tempdir().context("make a folder")?;
    let binaries = folder.path().join("binaries");
    fs::create_dir(&binaries).context("make a folder")?;
    for (name, _) in PROGRAMS {
        fs::write(binaries.join(name), stand_in(name)).context("write a stand-in")?;
    }
    let mut options = Options {
        binaries,
        out: folder.path().join("first"),
        version: "1.2.3".to_owned(),
        signer: None,
        manual_by: Some(built_vigil()?),
    };
    // A commit in between is not what this is about.
    let epoch = Epoch::find()?;
    let first = write(&options, epoch)?;
    options.out = folder.path().join("second");
    let second = write(&options, epoch)?;
    ensure!(read(&first)? == read(&second)?, "two packages of the same differ");
    verify(&[first.into_os_string()])
}

/// The head of a program for Apple's processors (`mach_header_64`), with nothing behind it.
fn stand_in(name: &str) -> Vec<u8> {
    const HEAD: [u32; 8] = [0xfeed_facf, 0x0100_000c, 0, 2, 0, 0, 0, 0];
    let head = HEAD.iter().flat_map(|word| word.to_le_bytes());
    head.chain(OsStr::new(name).as_encoded_bytes().iter().copied()).collect()
}

#[cfg(test)]
mod tests;
