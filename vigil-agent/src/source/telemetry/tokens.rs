//! Who is speaking: each client has a token of its own.

use hyper::header::{self, HeaderMap};
use subtle::{Choice, ConstantTimeEq as _};
use vigil_proto::telemetry::{CLIENTS, token};

use super::told::Client;

/// The tokens of all clients.
pub(super) struct Tokens([(Client, String); 2]);

impl Tokens {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let [claude, codex] = CLIENTS.map(|client| token(key, client));
        Self([(Client::ClaudeCode, claude), (Client::Codex, codex)])
    }

    /// The client whose token the request carries, in one `Authorization: Bearer`. How long this
    /// takes says nothing of how much of a token was right.
    pub(super) fn client(&self, headers: &HeaderMap) -> Option<Client> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let value = values.next()?.to_str().ok()?;
        let given = values.next().is_none().then_some(value)?.strip_prefix("Bearer ")?;
        let mut found = None;
        for (client, token) in &self.0 {
            let same: Choice = token.as_bytes().ct_eq(given.as_bytes());
            if bool::from(same) {
                found = Some(*client);
            }
        }
        found
    }
}
