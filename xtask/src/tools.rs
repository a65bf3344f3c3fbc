//! The tools that the checks lean on: which are here, and how to get the others. Installs only
//! with the system's own package manager and rustup, and only what is named here.

use std::{
    env,
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
    Tool { program: "git", package: "git" },
    Tool { program: "ip", package: "iproute2" },
    Tool { program: "unshare", package: "util-linux" },
];

const COMPONENTS: &[(&str, &str)] = &[("fmt", "rustfmt"), ("clippy", "clippy")];

/// True when `program` is on the path.
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
    if have("npm") && have("node") {
        return Ok(());
    }
    if !have("apt-get") {
        bail!("npm is missing; install Node.js 20 or later");
    }
    install(&["nodejs", "npm"])
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
