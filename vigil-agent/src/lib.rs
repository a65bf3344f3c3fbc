//! The per-user agent. [`app`] alone knows every part; a source sees only the pipeline's inlet,
//! the API never sees a source.

#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod changes;
pub mod daemon;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod guard;
pub mod installs;
pub mod intel;
pub mod pairing;
pub mod pipeline;
pub mod shutdown;
pub mod source;
pub mod vault;
