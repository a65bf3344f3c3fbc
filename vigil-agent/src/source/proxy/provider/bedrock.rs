//! Amazon Bedrock: the Converse API, and models of Anthropic's that are invoked with the bodies
//! of their own API. Both stream in binary frames.

mod base64;
mod converse;
mod frames;

use serde_json::Value;

use super::{
    anthropic,
    reply::{Reader, Reply, Step},
    text::str_field,
};

pub(super) use self::{
    converse::{Converse, Messages, read},
    frames::Frames,
};

/// Reads the answer of an invoked model: events of the model's own API, each in a frame.
#[derive(Debug, Default)]
pub(super) struct Invoked(anthropic::Answers);

impl Reader for Invoked {
    fn event(&mut self, event: Value, reply: &mut Reply) -> Step {
        if failed(&event, reply) {
            return Step::Nothing;
        }
        let encoded = event.get("body").map_or("", |body| str_field(body, "bytes"));
        let decoded = base64::decode(encoded).unwrap_or_default();
        match serde_json::from_slice(&decoded) {
            Ok(event) => self.0.event(event, reply),
            Err(_) => Step::Unknown,
        }
    }

    fn whole(&mut self, answer: Value, reply: &mut Reply) -> Step {
        whole_or_failed(answer, reply, |answer, reply| self.0.whole(answer, reply))
    }
}

/// True when `event` is an exception, which the reply then is told.
fn failed(event: &Value, reply: &mut Reply) -> bool {
    let is_exception = matches!(str_field(event, "kind"), "exception" | "error");
    if is_exception {
        let message = event.get("body").map_or("", |body| str_field(body, "message"));
        reply.fails(&serde_json::json!({"type": str_field(event, "type"), "message": message}));
    }
    is_exception
}

/// Reads an `answer` with `read`; one that is nothing but a message of words is an error.
fn whole_or_failed(
    answer: Value,
    reply: &mut Reply,
    read: impl FnOnce(Value, &mut Reply) -> Step,
) -> Step {
    let message = answer.get("message").or_else(|| answer.get("Message"));
    if message.is_some_and(Value::is_string) && answer.get("type").is_none() {
        reply.fails(message.unwrap_or(&Value::Null));
        return Step::Nothing;
    }
    read(answer, reply)
}

#[cfg(test)]
mod tests;
