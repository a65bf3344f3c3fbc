//! What the wire looks like, byte for byte, and what it refuses.

use std::fmt::Write as _;

mod frames;
mod golden;
mod properties;
mod protocol;
mod samples;
mod sha256;
mod tables;
mod values;

/// `bytes` as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
