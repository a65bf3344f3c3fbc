//! `vigil doctor`: a synthetic event along every way of capture.

use vigil_platform::paths::Paths;

use super::Outcome;
use crate::{args, failure::Failure, terminal::Console};

pub(super) fn run(_args: &args::Doctor, _paths: &Paths, _console: &mut Console) -> Outcome {
    Err(Failure::new("this is not built yet", "see docs/INSTALL.md"))
}
