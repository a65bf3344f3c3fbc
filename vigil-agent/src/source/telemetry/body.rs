//! The body of a request: read within bounds of size and time, and unpacked within bounds.

use std::{io::Read as _, time::Duration};

use flate2::read::GzDecoder;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use tokio::time::timeout;

/// The most that is taken over the wire, in bytes.
pub(super) const WIRE_MAX: usize = 4 << 20;
/// The most that is unpacked of it, in bytes.
const WHOLE_MAX: usize = 8 << 20;
/// How long a client may take to send it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    TooLarge,
    TooSlow,
    Broken,
}

/// All that is sent.
pub(super) async fn read(body: Incoming) -> Result<Bytes, Fault> {
    match timeout(PATIENCE, Limited::new(body, WIRE_MAX).collect()).await {
        Err(_) => Err(Fault::TooSlow),
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Fault::TooLarge),
        Ok(Err(_)) => Err(Fault::Broken),
    }
}

/// What was packed.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut whole = Vec::new();
    let most = WHOLE_MAX as u64 + 1;
    let read = GzDecoder::new(packed).take(most).read_to_end(&mut whole);
    if read.is_err() {
        return Err(Fault::Broken);
    }
    if whole.len() > WHOLE_MAX {
        return Err(Fault::TooLarge);
    }
    Ok(whole)
}
