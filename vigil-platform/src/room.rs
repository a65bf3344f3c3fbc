//! How much room a file system has left.

use std::{io, path::Path};

/// Bytes that this user can still write where `folder` is.
///
/// # Errors
/// The folder is not there, or its file system does not say.
pub fn left(folder: &Path) -> io::Result<u64> {
    let known = rustix::fs::statvfs(folder)?;
    Ok(known.f_bavail.saturating_mul(known.f_frsize))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_folder_that_is_there_has_a_file_system_that_says() {
        assert!(super::left(&std::env::temp_dir()).is_ok());
        assert!(super::left("/no/such/folder".as_ref()).is_err());
    }
}
