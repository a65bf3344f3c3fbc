//! The system's proxy settings: whether there is a guard for them, and what it is told.

use anyhow::Context as _;
use vigil_platform::paths::Paths;

use super::{Setup, log};
use crate::{
    guard::{self, Guard, Order},
    source::proxy,
};

/// Is the guard, from its beginning to its end. It reads no configuration: what is left over is put
/// back whatever that says.
pub fn guard() -> anyhow::Result<()> {
    let paths = Paths::locate()?;
    paths.ensure()?;
    log::start(paths.state())?;
    guard::run(&places(&paths)?)
}

/// Puts back what an earlier run has left, and leads the settings to the proxy if that is wanted.
/// `told` says how it stands with them.
pub(super) fn start(
    setup: &Setup,
    proxy: Option<&proxy::Bound>,
    told: guard::Told,
) -> anyhow::Result<Guard> {
    let order = proxy.and_then(|proxy| Order::from_config(&setup.config, proxy.addr().port()));
    Guard::start(places(&setup.paths)?, order, told).context("cannot start the guard's thread")
}

fn places(paths: &Paths) -> anyhow::Result<guard::Places> {
    Ok(guard::Places {
        program: std::env::current_exe().context("cannot find this program's own file")?,
        state: paths.state().to_path_buf(),
        home: paths.home().to_path_buf(),
    })
}
