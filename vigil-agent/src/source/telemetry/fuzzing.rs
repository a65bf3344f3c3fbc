//! The fuzz targets' door to the receiver: whatever bytes come, they are read within bounds, and
//! told again they are the same.

use vigil_proto::Timestamp;

use super::{
    body,
    otlp::{self, Form},
    told::{self, Client},
};

/// Far after every time that a sane client tells.
const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

/// Reads a message; the first byte says whose it is, and how it is written.
pub fn telemetry(bytes: &[u8]) {
    let Some((how, bytes)) = bytes.split_first() else { return };
    let client = if how & 1 == 0 { Client::ClaudeCode } else { Client::Codex };
    let form = if how & 2 == 0 { Form::Json } else { Form::Protobuf };
    let unpacked;
    let bytes = if how & 4 == 0 {
        bytes
    } else {
        let Ok(whole) = body::unpack(bytes) else { return };
        unpacked = whole;
        unpacked.as_slice()
    };
    let Ok(logs) = otlp::logs(form, bytes) else { return };
    let ids = || {
        let batch = told::batch(client, &logs, NOW, |_| false);
        let known: Vec<_> = batch.sessions.iter().map(|facts| facts.id).collect();
        for event in &batch.events {
            assert!(event.session.is_some_and(|session| known.contains(&session)));
            assert!(event.at.as_micros() > 0);
        }
        batch.events.iter().map(|event| event.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(), ids(), "told again it is something else");
}
