//! The receiver of clients' telemetry, as the configuration wants it.

use std::io::ErrorKind;

use anyhow::Context as _;
use vigil_platform::{private, process, socket};
use vigil_proto::{config, telemetry::KEY_FILE};

use super::{
    Setup, say,
    up::{busy, loopback},
};
use crate::source::telemetry::{self, Bound, Config};

/// Begins to listen; none when it is switched off, or when nobody chose the port and another holds it:
/// a second agent on the machine is no reason not to begin.
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
    let error = match telemetry::bind(config).await {
        Ok(bound) => return Ok(Some(bound)),
        Err(error) if error.source.kind() != ErrorKind::AddrInUse => return Err(error.into()),
        Err(error) => busy(
            "telemetry",
            error.at.port(),
            "`--telemetry-port PORT` (0 picks a free one), or run without it: \
             `telemetry.enabled = false`",
        ),
    };
    if wanted.port != config::Telemetry::default().port {
        return Err(error);
    }
    tracing::warn!(%error, "no telemetry is taken");
    say(&format!("warning: {error}; until then the telemetry of clients is not taken"));
    Ok(None)
}
