//! Reads a TLS `ClientHello` without answering it. Pure: bytes in, a verdict out.

use rustls::server::Acceptor;

use super::h2::{Offers, Protocol};

/// The most bytes a `ClientHello` may take. Post-quantum key shares make about 1.8 KiB of it;
/// a client that needs more is not looked at further.
pub(super) const HELLO_MAX: usize = 16 * 1024;

/// What the first bytes of a connection are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// Not all there yet.
    Incomplete,
    /// Not TLS, or nothing that we can read.
    NotTls,
    /// A whole hello.
    Tls {
        /// The server name that the client wants, as it sent it.
        name: Option<String>,
        /// What the client would speak.
        offers: Offers,
    },
}

/// Takes the bytes as they come.
pub(super) struct HelloReader {
    acceptor: Acceptor,
    seen: usize,
}

impl HelloReader {
    pub(super) fn new() -> Self {
        Self { acceptor: Acceptor::default(), seen: 0 }
    }

    /// The verdict once `bytes` followed what was given before.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Hello {
        // 0x16 is a handshake record, 0x01 in its sixth byte a ClientHello (RFC 8446, 5.1).
        if self.seen == 0 && bytes.first().is_some_and(|first| *first != 0x16) {
            return Hello::NotTls;
        }
        self.seen += bytes.len();
        if self.seen > HELLO_MAX {
            return Hello::NotTls;
        }
        while !bytes.is_empty() {
            if !matches!(self.acceptor.read_tls(&mut bytes), Ok(1..)) {
                return Hello::NotTls;
            }
            match self.acceptor.accept() {
                Ok(None) => {}
                Ok(Some(accepted)) => {
                    let hello = accepted.client_hello();
                    let name = hello.server_name().map(str::to_owned);
                    let offers =
                        hello.alpn().map_or(Offers { http1: true, http2: false }, |offered| {
                            let none = Offers { http1: false, http2: false };
                            offered.fold(none, |so_far, name| Offers {
                                http1: so_far.http1 || name == Protocol::Http1.alpn(),
                                http2: so_far.http2 || name == Protocol::Http2.alpn(),
                            })
                        });
                    return Hello::Tls { name, offers };
                }
                Err(_) => return Hello::NotTls,
            }
        }
        Hello::Incomplete
    }
}

#[cfg(test)]
mod tests;
