//! The list of trusted certificates that programs read, as what it lists.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use vigil_proto::rpc::Fingerprint;

use super::{super::TrustError, pem};

/// Far more than any distribution's: the largest seen has a quarter of a mebibyte.
const MOST: u64 = 16 * 1024 * 1024;

/// The certificates of the list, in its order. One that was never made has none.
pub(super) fn read(path: &Path) -> Result<Vec<Fingerprint>, TrustError> {
    let failed = |source| TrustError::Io { action: "read", path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut text = Vec::new();
    file.take(MOST + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > MOST {
        return Err(TrustError::TooLarge(path.to_owned()));
    }
    Ok(pem::read(&text).map(|der| Fingerprint::of(&der)).collect())
}
