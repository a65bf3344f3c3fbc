//! The messages of a WebSocket, as the reader of its frames gives them: whole, inflated, text.
//! Pure; frames and compression are not known here.

use vigil_proto::Timestamp;

use super::Inspection;
use crate::source::proxy::head::Fields;

/// What is known of a WebSocket whose messages a parser reads.
pub(in crate::source::proxy) struct Socket {
    fields: Fields,
}

impl Socket {
    /// For the WebSocket that a request for `target` with these header `fields` opened at `host`
    /// (canonical). None when no parser reads such a one.
    pub(in crate::source::proxy) fn open(
        host: &str,
        target: &str,
        fields: &Fields,
    ) -> Option<Self> {
        let path = target.split('?').next().unwrap_or_default();
        (host == "api.openai.com" && path == "/v1/responses")
            .then(|| Self { fields: fields.clone() })
    }

    /// The client sent a text message.
    pub(in crate::source::proxy) fn client_message(
        &mut self,
        text: &str,
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) {
        let _ = (&self.fields, text, at);
        inspection.out.count("skip.websocket-message", 1);
    }

    /// The server sent a text message.
    pub(in crate::source::proxy) fn server_message(
        &mut self,
        text: &str,
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) {
        let _ = (&self.fields, text, at);
        inspection.out.count("skip.websocket-message", 1);
    }

    /// A message was lost or could not be read: nothing is told of the answer that it was in.
    pub(in crate::source::proxy) fn lost(&mut self) {}

    /// The connection ended: an answer that is not complete will not be.
    pub(in crate::source::proxy) fn end(self, at: Timestamp, inspection: &mut Inspection<'_>) {
        let _ = (self.fields, at);
        let _ = inspection;
    }
}
