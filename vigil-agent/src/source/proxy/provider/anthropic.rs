//! Anthropic's Messages API (`POST /v1/messages`), streaming and not.
//!
//! A request repeats the whole conversation and names none of its answers.

mod answer;
mod request;

pub(super) use self::{
    answer::Messages as Answers,
    request::{Messages, read},
};

#[cfg(test)]
mod tests;
