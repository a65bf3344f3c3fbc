//! What the programs are made of (`CycloneDX` 1.5, JSON): every crate that is in them, every one that
//! only helped to build them, and the libraries that the dashboard serves, each with its licence and
//! with the sum that the lock file holds it to.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    binaries::{Arch, Binaries, NAMES},
    epoch::Epoch,
    tools,
};
use crate::{
    cargo::{cargo, root},
    vendor,
};

mod lock;

/// What is shipped.
const ROOTS: [&str; 3] = ["vigil-cli", "vigil-agent", "vigild"];

/// A crate by name and version: the registry has no two of the same.
type Crate = (String, String);

/// What the programs are made of, from cargo.
#[derive(Debug)]
pub(super) struct Parts {
    /// Each with whether it is in a program, or only builds one.
    pub(super) crates: BTreeMap<Crate, Part>,
    edges: BTreeMap<Crate, BTreeSet<Crate>>,
}

#[derive(Debug)]
pub(super) struct Part {
    pub(super) is_shipped: bool,
    pub(super) licence: String,
    /// The folder of its sources.
    pub(super) folder: PathBuf,
}

pub(super) fn write(version: &str, epoch: Epoch, binaries: &Binaries) -> Result<Vec<u8>> {
    let parts = Parts::of(binaries.arch)?;
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("read Cargo.lock")?;
    let sums = lock::sums(&lock);
    let mut components = Vec::new();
    for (name, part) in &parts.crates {
        components.push(component(name, part, sums.get(name)));
    }
    components.extend(served()?);
    let mut dependencies = vec![json!({
        "ref": "vigil",
        "dependsOn": parts.crates.keys().filter(|(name, _)| ROOTS.contains(&name.as_str()))
            .map(purl).collect::<Vec<_>>(),
    })];
    for name in parts.crates.keys() {
        let below = parts.edges.get(name).into_iter().flatten().map(purl).collect::<Vec<_>>();
        dependencies.push(json!({"ref": purl(name), "dependsOn": below}));
    }
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": epoch.rfc3339(),
            "component": {
                "type": "application",
                "bom-ref": "vigil",
                "name": "vigil",
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
                "components": programs(version, binaries)?,
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    let mut text = serde_json::to_vec_pretty(&document)?;
    text.push(b'\n');
    Ok(text)
}

/// The programs themselves, as they are in the packages.
fn programs(version: &str, binaries: &Binaries) -> Result<Vec<Value>> {
    let one = |name: &str| {
        let path = binaries.path(name);
        let folder = path.parent().context("a program is in a folder")?;
        let sum = tools::sums("sha256sum", folder, &[name.to_owned()])?;
        let sum = sum.split_whitespace().next().context("a sum")?;
        Ok(json!({
            "type": "application",
            "bom-ref": format!("program:{name}"),
            "name": name,
            "version": version,
            "hashes": [{"alg": "SHA-256", "content": sum}],
        }))
    };
    NAMES.into_iter().map(one).collect()
}

fn component(name: &Crate, part: &Part, sum: Option<&String>) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(name),
        "name": name.0,
        "version": name.1,
        "scope": if part.is_shipped { "required" } else { "excluded" },
        "licenses": [{"expression": part.licence}],
        "purl": purl(name),
    });
    if let (Some(sum), Some(component)) = (sum, component.as_object_mut()) {
        component.insert("hashes".into(), json!([{"alg": "SHA-256", "content": sum}]));
    }
    component
}

fn purl((name, version): &Crate) -> String {
    format!("pkg:cargo/{name}@{version}")
}

/// What the dashboard serves to browsers.
fn served() -> Result<Vec<Value>> {
    let path = root().join("tests/browser/package-lock.json");
    let lock = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    let lock: Value = serde_json::from_slice(&lock).context("the lock file is JSON")?;
    let one = |name: &str| {
        let entry = lock.get("packages").and_then(|all| all.get(format!("node_modules/{name}")));
        let field = |field| {
            let value = entry.and_then(|entry| entry.get(field)).and_then(Value::as_str);
            value.with_context(|| format!("{name} has no {field}"))
        };
        let (version, licence) = (field("version")?, field("license")?);
        let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
        Ok(json!({
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "scope": "required",
            "licenses": [{"expression": licence}],
            "purl": purl,
        }))
    };
    vendor::names().map(one).collect()
}

impl Parts {
    pub(super) fn of(arch: Arch) -> Result<Self> {
        let shipped = tree(arch, "normal,no-proc-macro")?;
        let all = tree(arch, "normal,build")?;
        let metadata = tools::output(&mut cargo(&[
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            arch.target,
        ]))?;
        let metadata: Value = serde_json::from_slice(&metadata).context("metadata is JSON")?;
        let text = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (mut crates, mut by_id) = (BTreeMap::new(), BTreeMap::new());
        for package in list(&metadata, "packages") {
            let name = (text(package, "name"), text(package, "version"));
            if !all.contains(&name) {
                continue;
            }
            by_id.insert(text(package, "id"), name.clone());
            let manifest = PathBuf::from(text(package, "manifest_path"));
            let part = Part {
                is_shipped: shipped.contains(&name),
                // The old way to write it.
                licence: text(package, "license").replace('/', " OR "),
                folder: manifest.parent().context("a manifest is in a folder")?.to_owned(),
            };
            crates.insert(name, part);
        }
        let mut edges: BTreeMap<Crate, BTreeSet<Crate>> = BTreeMap::new();
        for node in metadata.get("resolve").into_iter().flat_map(|found| list(found, "nodes")) {
            let Some(from) = by_id.get(&text(node, "id")) else { continue };
            let below = list(node, "deps").iter().filter(|dep| is_built(dep));
            let below = below.filter_map(|dep| by_id.get(&text(dep, "pkg")).cloned());
            edges.entry(from.clone()).or_default().extend(below);
        }
        Ok(Self { crates, edges })
    }
}

/// True unless only tests have it.
fn is_built(dep: &Value) -> bool {
    let kinds = list(dep, "dep_kinds");
    kinds.iter().any(|kind| kind.get("kind").and_then(Value::as_str) != Some("dev"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What cargo would build for the three programs, with the features that they have together.
fn tree(arch: Arch, edges: &str) -> Result<BTreeSet<Crate>> {
    let mut tree = cargo(&["tree", "--locked", "--offline", "--prefix", "none"]);
    tree.args(["--format", "{p}", "--target", arch.target, "--edges", edges]);
    for package in ROOTS {
        tree.args(["-p", package]);
    }
    let said = String::from_utf8(tools::output(&mut tree)?).context("a tree is text")?;
    Ok(said.lines().filter_map(named).collect())
}

/// `serde v1.0.228 (proc-macro)`, `vigild v0.1.0 (/somewhere)`, both also with ` (*)`.
fn named(line: &str) -> Option<Crate> {
    let mut words = line.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    Some((name.to_owned(), version.strip_prefix('v')?.to_owned()))
}

#[cfg(test)]
mod tests;
