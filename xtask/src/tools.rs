//! The tools that the checks lean on: which are here, and how to get the others. Installs only
//! with the system's own package manager and rustup, and only what is named here.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::cargo;

/// A system tool and the Debian package it comes from.
struct Tool {
    program: &'static str,
    package: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { program: "cc", package: "build-essential" },
    Tool { program: "curl", package: "curl" },
    Tool { program: "dbus-run-session", package: "dbus-daemon" },
    // For the packages.
    Tool { program: "dpkg-shlibdeps", package: "dpkg-dev" },
    Tool { program: "git", package: "git" },
    Tool { program: "gnome-keyring-daemon", package: "gnome-keyring" },
    Tool { program: "gsettings", package: "libglib2.0-bin" },
    // No program, but where it has to be.
    Tool {
        program: "/usr/share/glib-2.0/schemas/org.gnome.system.proxy.gschema.xml",
        package: "gsettings-desktop-schemas",
    },
    Tool { program: "ip", package: "iproute2" },
    // For jemalloc.
    Tool { program: "make", package: "make" },
    Tool { program: "openssl", package: "openssl" },
    Tool { program: "python3", package: "python3" },
    Tool { program: "secret-tool", package: "libsecret-tools" },
    // Not on the path of everybody.
    Tool { program: "/usr/sbin/nft", package: "nftables" },
    Tool { program: "unshare", package: "util-linux" },
];

/// What the browser tests need: each is here when one of its files is.
const BROWSERS: &[(&[&str], &str)] = &[
    (&["/usr/bin/chromium"], "chromium"),
    (&["/usr/bin/firefox-esr", "/usr/bin/firefox"], "firefox-esr"),
    (&["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"], "fonts-dejavu-core"),
    (&["/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"], "fonts-noto-color-emoji"),
];

/// The oldest Node.js that the tests run on.
const NODE: u32 = 20;

const COMPONENTS: &[(&str, &str)] = &[("fmt", "rustfmt"), ("clippy", "clippy")];

/// True when `program` is on the path, or at its own absolute one.
pub(crate) fn have(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// True when `cargo NAME` works.
pub(crate) fn have_cargo(name: &str) -> bool {
    let mut probe = cargo::cargo(&[name, "--version"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Installs what is missing, or says the exact command.
pub(crate) fn ensure() -> Result<()> {
    for (subcommand, component) in COMPONENTS {
        if !have_cargo(subcommand) {
            let mut add = Command::new("rustup");
            add.args(["component", "add", component]);
            cargo::succeed(add).with_context(|| {
                format!("{component} is missing: rustup component add {component}")
            })?;
        }
    }
    if !have("apt-get") {
        return Ok(());
    }
    let missing: Vec<&str> =
        TOOLS.iter().filter(|tool| !have(tool.program)).map(|tool| tool.package).collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

/// Node.js with npm, which the agent clients and the browser tests need.
pub(crate) fn ensure_node() -> Result<()> {
    if !have("npm") || !have("node") {
        if !have("apt-get") {
            bail!("npm is missing; install Node.js {NODE} or later");
        }
        install(&["nodejs", "npm"])?;
    }
    let output = Command::new("node").arg("--version").output().context("cannot run node")?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    if major.is_none_or(|major: u32| major < NODE) {
        bail!("Node.js {version} is too old; install {NODE} or later");
    }
    Ok(())
}

/// Python with what makes places for its packages.
pub(crate) fn ensure_python() -> Result<()> {
    let mut probe = Command::new("python3");
    probe.args(["-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    if !have("apt-get") {
        bail!("python3 is missing, or is older than 3.11, or has no module `venv`");
    }
    install(&["python3", "python3-venv"])
}

/// Two browsers, and letters to write with.
pub(crate) fn ensure_browsers() -> Result<()> {
    if !have("apt-get") {
        return Ok(());
    }
    let is_here = |files: &[&str]| files.iter().any(|file| Path::new(file).is_file());
    let missing: Vec<&str> =
        BROWSERS.iter().filter(|(files, _)| !is_here(files)).map(|(_, package)| *package).collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

fn install(missing: &[&str]) -> Result<()> {
    if vigil_platform::process::uid() != 0 {
        bail!("packages are missing; run: sudo apt-get install -y {}", missing.join(" "));
    }
    eprintln!("installing {} ...", missing.join(", "));
    let apt = |args: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        cargo::succeed(apt)
    };
    // Lists may be absent on a fresh machine; an outdated one is good enough.
    if let Err(error) = apt(&["update", "-q"]) {
        eprintln!("warning: {error:#}");
    }
    let mut install = vec!["install", "-yq", "--no-install-recommends"];
    install.extend(missing);
    apt(&install)
}
