//! `OpenAI`'s APIs: Responses (over HTTP and WebSocket) and Chat Completions.

pub(super) mod chat;
mod parts;

pub(super) mod responses;

pub(super) use self::parts::{injected, output, plain, spoken_by_role};

#[cfg(test)]
mod tests;
