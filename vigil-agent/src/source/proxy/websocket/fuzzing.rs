//! The fuzz target's door to the reader of WebSocket frames: in whatever pieces the copy comes, it
//! means the same, and what is read stays within its bounds.

use super::{
    extension,
    message::{Heard, MESSAGE_MAX, Messages},
};
use crate::source::proxy::head;

/// Reads `bytes` of a client or a server whose agreement is the header `extensions`, whole and in
/// pieces.
pub fn websocket(extensions: &str, are_masked: bool, bytes: &[u8], piece: usize) {
    let whole = read(extensions, are_masked, bytes, usize::MAX);
    let pieces = read(extensions, are_masked, bytes, piece.max(1));
    assert!(whole == pieces, "pieces change the messages");
}

fn read(
    extensions: &str,
    are_masked: bool,
    bytes: &[u8],
    piece: usize,
) -> Option<(Vec<String>, Result<(), &'static str>)> {
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n"
    );
    let head = head::response(head.as_bytes()).ok()??;
    let agreed = extension::agreed(&head.fields).ok()?;
    let inflater = if are_masked { agreed.client } else { agreed.server };
    let mut messages = Messages::new(are_masked, inflater);
    let mut all = Vec::new();
    let mut result = Ok(());
    for piece in bytes.chunks(piece) {
        result = messages.push(piece, &mut |heard| {
            all.push(match heard {
                Heard::Text(text) => {
                    assert!(text.len() <= MESSAGE_MAX, "a message of {} bytes", text.len());
                    text.to_owned()
                }
                Heard::Binary => String::from("binary"),
                Heard::Unreadable(reason) => reason.to_owned(),
            });
        });
        if result.is_err() {
            break;
        }
    }
    Some((all, result))
}
