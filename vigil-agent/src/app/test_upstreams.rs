//! `--test-upstreams FILE`: the one way to point hosts at a test server, for this run only.

use std::{collections::BTreeMap, net::SocketAddr, path::{Path, PathBuf}};

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// The file: `pins = { "api.anthropic.com:443" = "127.0.0.1:28443" }` and `roots = ["PATH"]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TestUpstreams {
    /// Host and port to a loopback address.
    pub(super) pins: BTreeMap<String, SocketAddr>,
    /// PEM files of roots to trust beside the system's.
    pub(super) roots: Vec<PathBuf>,
}

impl TestUpstreams {
    /// Reads the file and refuses targets beyond loopback.
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the test upstreams {}", path.display()))?;
        let upstreams: Self = toml::from_str(&text)
            .with_context(|| format!("the test upstreams {} are not readable", path.display()))?;
        for (host, target) in &upstreams.pins {
            if !target.ip().is_loopback() {
                bail!("test upstream {host} = {target}: only loopback addresses are allowed");
            }
        }
        Ok(upstreams)
    }
}

#[cfg(test)]
mod tests {
    use super::TestUpstreams;

    #[test]
    fn only_loopback_targets_are_taken() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("up.toml");
        std::fs::write(&file, "pins = { \"a.example:443\" = \"192.0.2.1:443\" }").unwrap();
        assert!(TestUpstreams::load(&file).is_err());
        std::fs::write(&file, "pins = { \"a.example:443\" = \"127.0.0.1:443\" }").unwrap();
        assert_eq!(TestUpstreams::load(&file).unwrap().pins.len(), 1);
    }
}
