//! `vigil service`: the agent as a service of the user's own service manager.

use vigil_platform::paths::Paths;

use super::Outcome;
use crate::{args, failure::Failure, terminal::Console};

pub(super) fn run(_args: &args::Service, _paths: &Paths, _console: &mut Console) -> Outcome {
    Err(Failure::new("this is not built yet", "see docs/INSTALL.md"))
}
