//! The witnesses. Each module turns what it sees into batches of events and hands them to the
//! pipeline's inlet; none knows the store, the API or another source.

pub mod proxy;
pub mod transcript;
