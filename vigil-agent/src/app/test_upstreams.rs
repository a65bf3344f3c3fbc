//! `--test-upstreams FILE`: the one way to point hosts at a test server, for this run only.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::source::proxy;

/// The file: `pins = { "api.anthropic.com:443" = "127.0.0.1:28443" }` and `roots = ["PATH"]`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    pins: BTreeMap<String, SocketAddr>,
    roots: Vec<PathBuf>,
}

/// Reads the file and refuses targets beyond loopback.
pub(super) fn load(path: &Path) -> anyhow::Result<proxy::TestUpstreams> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the test upstreams {}", path.display()))?;
    let File { pins, roots } = toml::from_str(&text)
        .with_context(|| format!("the test upstreams {} are not readable", path.display()))?;
    if let Some((host, target)) = pins.iter().find(|(_, target)| !target.ip().is_loopback()) {
        bail!("test upstream {host} = {target}: only loopback addresses are allowed");
    }
    Ok(proxy::TestUpstreams { pins, roots })
}

#[cfg(test)]
mod tests {
    use super::load;

    #[test]
    fn only_loopback_targets_are_taken() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("up.toml");
        std::fs::write(&file, "pins = { \"a.example:443\" = \"192.0.2.1:443\" }").unwrap();
        assert!(load(&file).is_err());
        std::fs::write(&file, "pins = { \"a.example:443\" = \"127.0.0.1:443\" }").unwrap();
        assert_eq!(load(&file).unwrap().pins.len(), 1);
    }
}
