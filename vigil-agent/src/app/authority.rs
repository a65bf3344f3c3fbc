//! `vigil setup` without a running agent: the certificate authority, made and written as the agent's
//! next start would make it. Nothing listens, nothing is signed.

use anyhow::Context as _;
use vigil_platform::roots;

use super::Setup;
use crate::source::proxy;

/// Makes the authority where there is none, and the list of certificates with it.
///
/// # Errors
/// Its folder cannot be read or written.
pub fn authority(setup: &Setup) -> anyhow::Result<()> {
    let list = proxy::make_authority(setup.paths.ca(), &setup.config.proxy.hosts)?;
    roots::bundle(&list).context("cannot make the list of certificates")?;
    Ok(())
}
