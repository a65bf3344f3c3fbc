//! `vigil setup`: each step is shown, then done; each can be taken back.

use vigil_platform::paths::Paths;

use super::Outcome;
use crate::{args, failure::Failure, terminal::Console};

pub(super) fn run(_args: &args::Setup, _paths: &Paths, _console: &mut Console) -> Outcome {
    Err(Failure::new("this is not built yet", "see docs/INSTALL.md"))
}
