//! How a client that tells Vigil its telemetry is known: by a token of its own. The command line
//! writes it into the client's settings, the agent asks for it.

/// The clients whose telemetry is understood, by their words.
pub const CLIENTS: [&str; 2] = ["claude-code", "codex"];

/// The file of the key that all tokens are made from, in the data folder.
pub const KEY_FILE: &str = "telemetry.key";

/// Where log records are told.
pub const LOGS: &str = "/v1/logs";

/// The token of `client`: 64 hexadecimal digits. Whoever has one can make no other.
pub fn token(key: &[u8; 32], client: &str) -> String {
    let own = blake3::derive_key("vigil 2026-11 telemetry tokens", key);
    blake3::keyed_hash(&own, client.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::{CLIENTS, token};

    #[test]
    fn each_client_of_each_installation_has_a_token_of_its_own() {
        let [claude, codex] = CLIENTS.map(|client| token(&[7; 32], client));

        assert_eq!(claude.len(), 64);
        assert_eq!(claude, token(&[7; 32], "claude-code"));
        assert_ne!(claude, codex);
        assert_ne!(claude, token(&[8; 32], "claude-code"));
    }
}
