//! `vigil enroll`: who may ask the root daemon for changes. Only root may change it.

use super::Outcome;
use crate::{args, failure::Failure, terminal::Console};

pub(super) fn run(_args: &args::Enroll, _console: &mut Console) -> Outcome {
    Err(Failure::new("this is not built yet", "see docs/INSTALL.md"))
}
