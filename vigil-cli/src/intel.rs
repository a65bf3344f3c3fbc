//! What others have found to be malicious, as it was last brought in.

use vigil_detect::intel::Intel;
use vigil_platform::paths::Paths;

use crate::failure::Failure;

/// The set in force; empty where nothing was ever brought in.
#[expect(dead_code, reason = "its first user takes this line away")]
pub(crate) fn load(paths: &Paths) -> Result<Intel, Failure> {
    let _ = paths;
    Ok(Intel::default())
}
