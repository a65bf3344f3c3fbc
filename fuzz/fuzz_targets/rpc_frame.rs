//! Frames of the daemon's protocol, in both directions: what is read is written as it came, and
//! pieces change nothing.

#![no_main]

use vigil_proto::rpc::{
    Decoder, FrameError, Request, Response,
    frame::{self, Message},
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, bytes) = vigil_fuzz::piece(data);
    check::<Request>(bytes, piece);
    check::<Response>(bytes, piece);
});

fn check<M: Message>(bytes: &[u8], piece: usize) {
    let (whole, error) = read::<M>(bytes, bytes.len().max(1));
    assert!(bytes.starts_with(&whole), "a message has two spellings");
    if error.is_none() {
        assert!(bytes.len() - whole.len() < 4 + M::CAP, "a frame is waited for and is there");
    }
    assert_eq!(read::<M>(bytes, piece), (whole, error), "pieces change what is read");
}

/// What was read of `bytes`, handed over in pieces of `size`: written again, and the error.
fn read<M: Message>(bytes: &[u8], size: usize) -> (Vec<u8>, Option<FrameError>) {
    let mut decoder = Decoder::<M>::new();
    let mut written = Vec::new();
    for mut piece in bytes.chunks(size) {
        while !piece.is_empty() {
            match decoder.feed(&mut piece) {
                Ok(None) => {}
                Ok(Some(frame)) => match frame::encode(frame.id, &frame.message) {
                    Ok(bytes) => written.extend(bytes),
                    Err(error) => panic!("what was read cannot be written: {error}"),
                },
                Err(error) => return (written, Some(error)),
            }
        }
    }
    (written, None)
}
