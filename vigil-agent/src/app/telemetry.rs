//! The receiver of clients' telemetry, as the configuration wants it.

use anyhow::Context as _;
use vigil_platform::{private, process, socket};
use vigil_proto::telemetry::KEY_FILE;

use super::{
    Setup,
    up::{busy, loopback},
};
use crate::source::telemetry::{self, Bound, Config};

/// Begins to listen; none when it is switched off.
pub(super) async fn bind(setup: &Setup) -> anyhow::Result<Option<Bound>> {
    let wanted = &setup.config.telemetry;
    if !wanted.enabled {
        return Ok(None);
    }
    let key = private::read_or_create_key(&setup.paths.data().join(KEY_FILE))
        .context("the key of the clients' telemetry")?;
    let config = Config {
        listen: loopback(wanted.port),
        key,
        uid: process::uid(),
        lookup: socket::owner_uid,
    };
    let bound = telemetry::bind(config).await.map_err(|error| {
        if error.source.kind() == std::io::ErrorKind::AddrInUse {
            return busy(
                "telemetry",
                error.at.port(),
                "`--telemetry-port PORT` (0 picks a free one), or run without it: \
                 `telemetry.enabled = false`",
            );
        }
        error.into()
    })?;
    Ok(Some(bound))
}
