//! The package for Debian and Ubuntu, by their own tool.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};

use super::{
    Release,
    binaries::{Binaries, NAMES},
    epoch::{self, Epoch},
    tools,
};
use crate::cargo::root;

/// Whom the package is of. The project has no address for letters.
pub(super) const MAINTAINER: &str = "The Vigil authors <vigil@localhost>";

/// What dpkg runs as root, and what it may have in it.
const SCRIPTS: [&str; 4] = ["preinst", "postinst", "prerm", "postrm"];
/// What Debian's own checker is answered.
const OVERRIDES: &str = "usr/share/lintian/overrides/vigil";
const VERSION: &str = "@VERSION@";

const DESCRIPTION: &str = "\
Description: flight recorder for AI coding agents
 Vigil records what the AI coding agents on this machine do, from as many
 independent witnesses as it can get, finds leaked credentials and says how much
 of the truth it is seeing. Everything stays on the machine.
 .
 The package has the command, the agent that each user runs, and a root daemon
 that changes nothing unless an enrolled user asks for it. `vigil setup' goes on
 from here.
";

/// Writes it into the folder `out`.
pub(super) fn write(release: &Release, out: &Path) -> Result<PathBuf> {
    let build = tempfile::tempdir().context("cannot make a folder")?;
    let tree = build.path();
    let mut sizes = 0;
    let mut paths = Vec::new();
    for file in &release.layout.files {
        let path = format!("usr/{}", file.path);
        place(tree, &path, file.mode, &file.bytes)?;
        sizes += file.bytes.len().div_ceil(1024);
        paths.push(path);
    }
    let overrides = root().join("packaging/lintian-overrides");
    let overrides = fs::read(&overrides).context("read packaging/lintian-overrides")?;
    place(tree, OVERRIDES, 0o644, &overrides)?;
    paths.push(OVERRIDES.to_owned());
    let sums = tools::sums("md5sum", tree, &paths)?;
    place(tree, "DEBIAN/md5sums", 0o644, sums.as_bytes())?;
    place(tree, "DEBIAN/control", 0o644, control(release, sizes)?.as_bytes())?;
    for name in SCRIPTS {
        let script = script(name, &release.version)?;
        place(tree, &format!("DEBIAN/{name}"), 0o755, script.as_bytes())?;
    }
    date(tree, release.epoch)?;
    let name = format!("vigil_{}_{}.deb", release.version, release.binaries.arch.debian);
    let path = out.join(name);
    let mut dpkg = Command::new("dpkg-deb");
    dpkg.args(["--root-owner-group", "--uniform-compression", "-Zxz"]);
    dpkg.arg(if release.fast { "-z0" } else { "-z6" });
    dpkg.arg("--build").arg(tree).arg(&path);
    dpkg.env(epoch::VARIABLE, release.epoch.to_string());
    tools::output(&mut dpkg)?;
    Ok(path)
}

/// A file with all folders above it, readable by everybody whatever the umask.
pub(super) fn place(tree: &Path, path: &str, mode: u32, bytes: &[u8]) -> Result<()> {
    let place = tree.join(path);
    let failed = || format!("write {path}");
    let folder = place.parent().with_context(failed)?;
    fs::create_dir_all(folder).with_context(failed)?;
    fs::write(&place, bytes).with_context(failed)?;
    fs::set_permissions(&place, Permissions::from_mode(mode)).with_context(failed)?;
    for folder in folder.ancestors().take_while(|folder| folder.starts_with(tree)) {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).with_context(failed)?;
    }
    Ok(())
}

/// Everything is of one time. The tool itself only takes away what is later.
fn date(path: &Path, epoch: Epoch) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("list {}", path.display()))? {
            date(&entry?.path(), epoch)?;
        }
    }
    let when = SystemTime::UNIX_EPOCH + Duration::from_secs(epoch.0);
    let dated = fs::File::open(path).and_then(|file| file.set_modified(when));
    dated.with_context(|| format!("date {}", path.display()))
}

fn script(name: &str, version: &str) -> Result<String> {
    let path = root().join("packaging/debian").join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    Ok(text.replace(VERSION, version))
}

fn control(release: &Release, kibibytes: usize) -> Result<String> {
    Ok(format!(
        "Package: vigil\n\
         Version: {}\n\
         Architecture: {}\n\
         Maintainer: {MAINTAINER}\n\
         Installed-Size: {kibibytes}\n\
         Depends: {}\n\
         Recommends: ca-certificates, xdg-utils\n\
         Suggests: gsettings-desktop-schemas, libglib2.0-bin, libsecret-tools, nftables\n\
         Section: admin\n\
         Priority: optional\n\
         {DESCRIPTION}",
        release.version,
        release.binaries.arch.debian,
        needs(&release.binaries)?,
    ))
}

/// The libraries that the programs are linked with, in the versions whose symbols they have.
fn needs(binaries: &Binaries) -> Result<String> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let control = "Source: vigil\n\nPackage: vigil\nArchitecture: any\n";
    place(folder.path(), "debian/control", 0o644, control.as_bytes())?;
    let mut shlibdeps = Command::new("dpkg-shlibdeps");
    shlibdeps.arg("-O").args(NAMES.map(|name| binaries.path(name))).current_dir(folder.path());
    let said = tools::output(&mut shlibdeps).context("the libraries are not known")?;
    let said = String::from_utf8(said).context("libraries have plain names")?;
    let needs = said.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    Ok(needs.context("dpkg-shlibdeps names no library")?.to_owned())
}
