//! What `vigil setup` does on macOS, for `--dry-run --platform macos`.

use std::path::Path;

use crate::{args::StepName, failure::Failure};

pub(super) fn plan(_home: &Path, _uid: u32) -> Result<Vec<(StepName, Vec<String>)>, Failure> {
    Err(Failure::new("the plan for macOS is not built yet", "see docs/MACOS.md"))
}
