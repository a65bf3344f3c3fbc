//! The messages of a WebSocket, as the reader of its frames gives them: whole, inflated, text.
//! Frames and compression are not known here.
//!
//! Codex speaks the Responses API so: each `response.create` is a request, and the events of its
//! answer are messages. Answers come one after another.

use std::sync::Arc;

use serde_json::Value;
use vigil_proto::Timestamp;

use super::{Api, Call, Inspection, Request, api::Picked};
use crate::source::proxy::head::Fields;

/// What is known of a WebSocket whose messages a parser reads.
pub(in crate::source::proxy) struct Socket {
    host: Arc<str>,
    target: String,
    fields: Fields,
    /// The answer that is being read.
    call: Option<Call>,
}

impl Socket {
    /// For the WebSocket that a request for `target` with these header `fields` opened at `host`
    /// (canonical). None when no parser reads such a one.
    pub(in crate::source::proxy) fn open(
        host: &str,
        target: &str,
        fields: &Fields,
    ) -> Option<Self> {
        // The path is that of the requests which such a connection takes the place of.
        (Api::pick(host, "POST", target) == Picked::Call(Api::Responses)).then(|| Self {
            host: host.into(),
            target: target.to_owned(),
            fields: fields.clone(),
            call: None,
        })
    }

    /// The client sent a text message.
    pub(in crate::source::proxy) fn client_message(
        &mut self,
        text: &str,
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) {
        let is_request = serde_json::from_str::<Kind<'_>>(text)
            .is_ok_and(|message| message.kind == "response.create");
        if !is_request {
            inspection.out.count("skip.provider-message", 1);
            return;
        }
        self.end_call(false, at, inspection);
        let request = Request {
            api: Api::Responses,
            host: &self.host,
            target: &self.target,
            fields: &self.fields,
            body: text.as_bytes(),
        };
        self.call = inspection.call(&request, at, at);
    }

    /// The server sent a text message.
    pub(in crate::source::proxy) fn server_message(
        &mut self,
        text: &str,
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) {
        let Some(call) = &mut self.call else { return };
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            inspection.out.count("skip.provider-message", 1);
            return;
        };
        let read = call.message(event, text.len(), at, inspection.place, inspection.out);
        if let Err(reason) = read {
            self.call = None;
            inspection.gap(reason, "the answer in a WebSocket could not be read", at);
        } else if call.is_over() {
            self.end_call(true, at, inspection);
        }
    }

    /// The call whose answer is being read.
    pub(in crate::source::proxy) const fn call(&self) -> Option<&Call> {
        self.call.as_ref()
    }

    /// A message was lost or could not be read: nothing is told of the answer that it was in.
    pub(in crate::source::proxy) fn lost(&mut self) {
        self.call = None;
    }

    /// The connection ended: an answer that is not complete will not be.
    pub(in crate::source::proxy) fn end(mut self, at: Timestamp, inspection: &mut Inspection<'_>) {
        self.end_call(false, at, inspection);
    }

    fn end_call(&mut self, complete: bool, at: Timestamp, inspection: &mut Inspection<'_>) {
        if let Some(call) = self.call.take() {
            if !complete && !call.has_begun() {
                inspection.gap("no-answer", "the connection ended before an answer", at);
            }
            inspection.end(call, complete, at);
        }
    }
}

/// The type of a message.
#[derive(serde::Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
}

#[cfg(test)]
mod tests;
