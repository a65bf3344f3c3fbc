//! What Vigil writes into each of its folders, by name: a folder of before it noted which it makes goes
//! only where there is nothing else in it.

use std::{fs, io, path::Path};

const RUN: &[&str] = &["agent.json", "open.html"];
const CONFIG: &[&str] = &["config.toml"];
const CA: &[&str] = &["bundle.pem", "ca.key", "ca.pem", "next.key", "next.pem"];
const DATA: &[&str] = &["folders.json", "installation.key", "intel", "telemetry.key"];
const STATE: &[&str] = &[
    "browser-history",
    "browsers.json",
    "browsers.lock",
    "changes.jsonl",
    "changes.lock",
    "consent.json",
    "doctor",
    "guards.json",
    "guards.lock",
    "last-alive",
    "native-host",
    "paired.json",
    "paused.json",
    "routes.json",
    "routes.lock",
    "run",
    "setup.lock",
    "system-proxy.backup",
    "system-proxy.lock",
    "vault",
];

/// An entry of the folder for `what` that Vigil does not write, if there is one.
pub(super) fn foreign(what: &str, folder: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if !is_written(what, whole(&name)) {
            return Ok(Some(name.into_owned()));
        }
    }
    Ok(None)
}

fn is_written(what: &str, name: &str) -> bool {
    let (names, begins) = match what {
        "run" => (RUN, None),
        "config" => (CONFIG, None),
        "ca" => (CA, None),
        // The database, what belongs to it, and damaged ones that were put aside.
        "data" => (DATA, Some("vigil.")),
        "state" => (STATE, Some("vigil-agent.log")),
        _ => (&[] as &[&str], None),
    };
    names.contains(&name) || begins.is_some_and(|begin| name.starts_with(begin))
}

/// The name of the file that a half-written one was to be: `.NAME.PID.NUMBER.new`.
fn whole(name: &str) -> &str {
    let half = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(".new"));
    let parts = half.and_then(|half| {
        let (rest, number) = half.rsplit_once('.')?;
        let (name, pid) = rest.rsplit_once('.')?;
        (number.parse::<u64>().is_ok() && pid.parse::<u32>().is_ok()).then_some(name)
    });
    parts.unwrap_or(name)
}
