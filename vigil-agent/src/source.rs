//! The witnesses. Each module turns what it sees into batches of events and hands them to the
//! pipeline's inlet; none knows the store, the API or another source. What two of them must know
//! alike about one client stands in a room of its own.

pub mod addresses;
pub mod browser;
pub mod callers;
mod claude_code;
pub mod family;
mod gemini;
pub mod history;
pub mod hook;
mod json;
pub mod network;
mod openai;
pub mod process;
pub mod proxy;
pub mod telemetry;
pub mod transcript;
