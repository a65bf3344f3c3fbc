//! The parsers' doors for the fuzz targets in `fuzz/`, and for nothing else: each function takes
//! bytes from anywhere, checks what must hold whatever they are, and panics when it does not.

pub use crate::{
    intel::fuzzing as intel,
    source::{
        proxy::fuzzing as proxy, telemetry::fuzzing as telemetry, transcript::fuzzing as transcript,
    },
};
