//! Which proxy stands behind ours, by the configuration and the environment.

use std::path::Path;

use anyhow::Context as _;
use vigil_proto::config::{FROM_ENVIRONMENT, NO_PROXY_BEHIND, Proxy};

use crate::source::proxy::Chain;

/// The proxy that `config` names; `home` is what `~` stands for.
///
/// # Errors
/// The file that it names cannot be used. What the environment names and cannot be used is only
/// warned of: it was not said to us.
pub(super) fn proxy(config: &Proxy, home: &Path) -> anyhow::Result<Option<Chain>> {
    let mut chain = match config.upstream.as_str() {
        NO_PROXY_BEHIND => None,
        FROM_ENVIRONMENT => {
            Chain::from_env(|name| std::env::var(name).ok()).unwrap_or_else(|error| {
                tracing::warn!(%error, "HTTPS_PROXY is not used");
                None
            })
        }
        path => {
            let path = path.strip_prefix("~/").map_or_else(|| path.into(), |rest| home.join(rest));
            Some(Chain::from_file(&path).context("cannot use proxy.upstream")?)
        }
    };
    if let Some(chain) = &mut chain {
        chain.past(&config.direct);
        tracing::info!(proxy = chain.place(), "connections go through another proxy");
    }
    Ok(chain)
}
