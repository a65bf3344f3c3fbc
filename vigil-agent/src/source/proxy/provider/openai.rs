//! `OpenAI`'s APIs: Responses (over HTTP and WebSocket) and Chat Completions.

pub(super) mod chat;
mod parts;

pub(super) mod responses;

pub(super) use self::parts::{client_said, injected, output, plain, spoken};

#[cfg(test)]
mod tests;
