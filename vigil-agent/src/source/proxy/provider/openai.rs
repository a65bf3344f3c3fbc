//! `OpenAI`'s APIs: Responses (over HTTP and WebSocket) and Chat Completions.

pub(super) mod chat;
pub(super) mod responses;

#[cfg(test)]
mod tests;
