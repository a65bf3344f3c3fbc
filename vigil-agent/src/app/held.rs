//! Ports that the service manager holds for the agent, and keeps when it dies: whoever connects
//! meanwhile waits, and has the agent started again.

use std::net::TcpListener;

use anyhow::Context as _;
use vigil_platform::{activation, service};

/// The listening sockets that the agent was started with; none when nobody holds any.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// For the proxy.
    pub(super) proxy: Option<TcpListener>,
    /// For the dashboard.
    pub(super) dashboard: Vec<TcpListener>,
}

impl Held {
    /// Takes them, once and before any other program is started.
    pub(super) fn take() -> anyhow::Result<Self> {
        let [proxy, _dashboard] = service::SOCKETS;
        let given = activation::tcp(&service::SOCKETS)
            .context("cannot take over the ports that the service manager holds")?;
        let (mut to_proxy, to_dashboard): (Vec<_>, Vec<_>) =
            given.into_iter().partition(|(name, _)| *name == proxy);
        let held = Self {
            proxy: to_proxy.pop().map(|(_, listener)| listener),
            dashboard: to_dashboard.into_iter().map(|(_, listener)| listener).collect(),
        };
        anyhow::ensure!(
            to_proxy.is_empty(),
            "the service manager holds several ports for the proxy; install the service again"
        );
        Ok(held)
    }
}
