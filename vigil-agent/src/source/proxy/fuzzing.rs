//! The fuzz targets' door to the proxy: in whatever pieces bytes come, they mean the same, and
//! what passes is what came.

pub use super::h2::fuzzing::{frames, hpack};
pub use super::inspect::fuzzing::{decode, exchange};
pub use super::provider::fuzzing::{conversation, socket};
pub use super::websocket::fuzzing::websocket;
use super::{
    gate::Gate,
    hello::{HELLO_MAX, Hello, HelloReader},
};

/// Peeks at a `ClientHello`, whole and in pieces.
pub fn hello(bytes: &[u8], piece: usize) {
    let bytes = bytes.get(..bytes.len().min(HELLO_MAX)).unwrap_or_default();
    let whole = HelloReader::new().push(bytes);
    let mut reader = HelloReader::new();
    let mut last = Hello::Incomplete;
    for piece in bytes.chunks(piece.max(1)) {
        last = reader.push(piece);
        if last != Hello::Incomplete {
            break;
        }
    }
    assert_eq!(whole, last, "pieces change the verdict");
}

/// Lets requests through to a host, whole and in pieces; `upgrades` answers every request for
/// another protocol.
pub fn gate(bytes: &[u8], piece: usize, upgrades: bool) {
    let whole = pass(bytes, bytes.len().max(1), upgrades);
    let pieces = pass(bytes, piece.max(1), upgrades);
    assert!(bytes.starts_with(&whole.bytes), "what passes is not what came");
    assert_eq!(whole.refused, pieces.refused, "pieces change the verdict");
    if whole.refused {
        // More of the refused request's body may have passed before the fault was seen.
        assert!(bytes.starts_with(&pieces.bytes), "what passes is not what came");
        assert!(pieces.begins.starts_with(&whole.begins), "pieces change where requests begin");
    } else {
        assert_eq!(whole, pieces, "pieces change what passes");
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Passed {
    bytes: Vec<u8>,
    begins: Vec<usize>,
    refused: bool,
}

fn pass(bytes: &[u8], piece: usize, upgrades: bool) -> Passed {
    let mut gate = Gate::new("api.anthropic.com");
    let (mut passed, mut begins) = (Vec::new(), Vec::new());
    let mut refused = false;
    for piece in bytes.chunks(piece) {
        refused = gate.push(piece, &mut passed, &mut begins).is_err();
        while !refused && gate.awaits_upgrade() {
            refused = gate.resolve_upgrade(upgrades, &mut passed, &mut begins).is_err();
        }
        if refused {
            break;
        }
    }
    Passed { bytes: passed, begins, refused }
}
