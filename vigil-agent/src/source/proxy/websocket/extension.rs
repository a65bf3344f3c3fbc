//! What the two ends of a WebSocket agreed on beside plain frames (RFC 6455, section 9;
//! RFC 7692, section 7). Pure.

use super::inflate::Inflater;
use crate::source::proxy::head::Fields;

/// How each side's messages may be compressed.
#[derive(Default)]
pub(super) struct Compression {
    pub(super) client: Option<Inflater>,
    pub(super) server: Option<Inflater>,
}

/// What the answer's header `fields` say; an error is the reason why frames cannot be read.
pub(super) fn agreed(fields: &Fields) -> Result<Compression, &'static str> {
    let mut compression = Compression::default();
    for list in fields.all("sec-websocket-extensions") {
        let list = str::from_utf8(list).map_err(|_| "websocket-extension")?;
        for extension in list.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let mut words = extension.split(';').map(str::trim);
            let is_known = words.next().is_some_and(|it| it.eq_ignore_ascii_case(DEFLATE));
            if !is_known || compression.client.is_some() {
                return Err("websocket-extension");
            }
            let (mut client, mut server) = (true, true);
            for word in words {
                let name = word.split('=').next().unwrap_or_default().trim();
                match name.to_ascii_lowercase().as_str() {
                    "client_no_context_takeover" => client = false,
                    "server_no_context_takeover" => server = false,
                    // The largest window reads what was made with any other.
                    "client_max_window_bits" | "server_max_window_bits" => {}
                    _ => return Err("websocket-extension"),
                }
            }
            compression.client = Some(Inflater::new(client));
            compression.server = Some(Inflater::new(server));
        }
    }
    Ok(compression)
}

const DEFLATE: &str = "permessage-deflate";
