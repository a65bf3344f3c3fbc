//! The door for the fuzz targets in `fuzz/`, and for nothing else: it takes a text from anywhere,
//! checks what must hold whatever it is, and panics when it does not.

pub use crate::decode::fuzzing::decoders;
pub use crate::install::fuzzing::install;
