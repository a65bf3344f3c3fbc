//! `cargo xtask vendor [--check]`: the libraries that the dashboard serves, made from the packages
//! that `tests/browser/package-lock.json` names. Nothing in the folder is edited by hand; the
//! check needs neither Node nor a network.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    browser,
    cargo::{self, root},
};

mod sha256;

/// Where the dashboard serves them from.
const FOLDER: &str = "vigil-agent/dashboard/vendor";
const BUNDLE: &str = "preact.js";
const README: &str = "README.md";
/// The one file that is ours: types, which no browser loads.
const OURS: &str = "preact.d.ts";

/// How the one bundle is made. Minified, as its parts already are.
const ESBUILD: &[&str] = &[
    "vendor/preact.js",
    "--bundle",
    "--format=esm",
    "--minify",
    "--target=es2023",
    "--charset=utf8",
    "--legal-comments=none",
    "--log-level=warning",
];

/// A package, and which of its files are copied as they are (from, to).
struct Package {
    name: &'static str,
    copied: &'static [(&'static str, &'static str)],
}

const PACKAGES: &[Package] = &[
    Package { name: "preact", copied: &[("LICENSE", "licences/preact.txt")] },
    Package { name: "@preact/signals", copied: &[("LICENSE", "licences/preact-signals.txt")] },
    Package {
        name: "@preact/signals-core",
        copied: &[("LICENSE", "licences/preact-signals-core.txt")],
    },
    Package { name: "htm", copied: &[("LICENSE", "licences/htm.txt")] },
    Package {
        name: "uplot",
        copied: &[
            ("dist/uPlot.esm.js", "uplot.js"),
            ("dist/uPlot.min.css", "uplot.css"),
            ("dist/uPlot.d.ts", "uplot.d.ts"),
            ("LICENSE", "licences/uplot.txt"),
        ],
    },
];

/// What they are called where they come from.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PACKAGES.iter().map(|package| package.name)
}

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    match args {
        [] => make(),
        [flag] if flag == "--check" => check(),
        _ => bail!("usage: cargo xtask vendor [--check]"),
    }
}

fn make() -> Result<()> {
    let packages = browser::install()?;
    let folder = root().join(FOLDER);
    let licences = folder.join("licences");
    fs::create_dir_all(&licences).with_context(|| format!("make {}", licences.display()))?;
    let mut esbuild = cargo::command("node_modules/.bin/esbuild", ESBUILD);
    esbuild.current_dir(&packages);
    esbuild.arg(format!("--outfile={}", folder.join(BUNDLE).display()));
    cargo::succeed(esbuild).context("the bundle was not made")?;
    for package in PACKAGES {
        for (from, to) in package.copied {
            let from = packages.join("node_modules").join(package.name).join(from);
            fs::copy(&from, folder.join(to)).with_context(|| format!("copy {}", from.display()))?;
        }
    }
    let readme = readme(&folder, &lock()?)?;
    fs::write(folder.join(README), readme).context("write the README")
}

/// Every file is what the README says, and the README what the lock file says.
pub(crate) fn check() -> Result<()> {
    let folder = root().join(FOLDER);
    let differs = differences(&folder, &lock()?)?;
    if differs.is_empty() {
        return Ok(());
    }
    bail!("{}\nto make {FOLDER} anew, run: cargo xtask vendor", differs.join("\n"))
}

fn differences(folder: &Path, lock: &Value) -> Result<Vec<String>> {
    let said = fs::read_to_string(folder.join(README)).context("read the vendor README")?;
    let found = readme(folder, lock)?;
    let mut differs: Vec<String> = found
        .lines()
        .filter(|line| !said.lines().any(|said| said == *line))
        .map(|line| format!("{README} does not say: {line}"))
        .collect();
    if differs.is_empty() && said != found {
        differs.push(format!("{README} says more than there is"));
    }
    let known: Vec<&str> = files().chain([README, OURS]).collect();
    for path in below(folder, folder)? {
        if !known.iter().any(|known| path == Path::new(known)) {
            differs.push(format!("{} is nobody's", path.display()));
        }
    }
    Ok(differs)
}

/// Every file that is made, by its path in the folder.
fn files() -> impl Iterator<Item = &'static str> {
    let copied = PACKAGES.iter().flat_map(|package| package.copied.iter().map(|(_, to)| *to));
    [BUNDLE].into_iter().chain(copied)
}

/// What the README says of the files as they are now.
fn readme(folder: &Path, lock: &Value) -> Result<String> {
    let mut text = "# Vendored libraries\n\n\
        Served to the browser exactly as they lie here. Made by `cargo xtask vendor` from the \
        packages that\n`tests/browser/package-lock.json` names, and compared by `cargo xtask vendor \
        --check`. Do not edit them;\nonly `preact.d.ts` is our own.\n\n\
        `preact.js` is one module made of preact, @preact/signals, @preact/signals-core and htm by\n\
        esbuild from `tests/browser/vendor/preact.js`. The other files are copied unchanged.\n\n\
        | npm package | version | licence |\n|---|---|---|\n"
        .to_owned();
    for Package { name, .. } in PACKAGES {
        let locked = lock.get("packages").and_then(|all| all.get(format!("node_modules/{name}")));
        let field = |field| locked.and_then(|locked| locked.get(field)).and_then(Value::as_str);
        let version = field("version").with_context(|| format!("{name} is not locked"))?;
        let licence = field("license").with_context(|| format!("{name} has no licence"))?;
        writeln!(text, "| {name} | {version} | {licence} |")?;
    }
    text.push_str("\n| file | from | sha256 |\n|---|---|---|\n");
    writeln!(text, "| {BUNDLE} | the bundle | {} |", sha256::of(&folder.join(BUNDLE))?)?;
    for Package { name, copied } in PACKAGES {
        for (from, to) in *copied {
            writeln!(text, "| {to} | {name}/{from} | {} |", sha256::of(&folder.join(to))?)?;
        }
    }
    Ok(text)
}

fn lock() -> Result<Value> {
    let path = browser::folder().join("package-lock.json");
    let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", path.display()))
}

fn below(folder: &Path, top: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(below(&path, top)?);
        } else {
            found.push(path.strip_prefix(top)?.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
