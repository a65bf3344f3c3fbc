//! Which clients Vigil has led to a proxy by their own settings, as the journal of `vigil route` says.
//! Only looked at here: the command writes it, and alone knows the rest of what is in it.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::{paths::PathError, private};

/// The journal's name in the folder of Vigil's state.
pub const NAME: &str = "routes.json";

/// The variable that leads a client.
pub const PROXY: &str = "HTTPS_PROXY";

/// Some eight clients with their lines.
const MOST: u64 = 4 * 1024 * 1024;

#[derive(Deserialize)]
struct Written {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    value: String,
}

/// The clients that something was written for, each with the address of the proxy that it leads to
/// (`http://127.0.0.1:9080`); empty where the settings had one before. None that can be read where the
/// journal is not what Vigil wrote.
///
/// # Errors
/// The journal is not ours alone, or cannot be read.
pub fn led(state: &Path) -> Result<BTreeMap<String, String>, PathError> {
    let Some(bytes) = private::read_up_to(&state.join(NAME), MOST)? else {
        return Ok(BTreeMap::new());
    };
    let journal: BTreeMap<String, Written> = serde_json::from_slice(&bytes).unwrap_or_default();
    let proxy = |written: Written| {
        let entry = written.entries.into_iter().find(|entry| entry.name == PROXY);
        entry.map(|entry| entry.value).unwrap_or_default()
    };
    Ok(journal.into_iter().map(|(client, written)| (client, proxy(written))).collect())
}

#[cfg(test)]
mod tests {
    use super::{NAME, led};
    use crate::private;

    #[test]
    fn each_client_is_told_with_the_proxy_that_it_is_led_to() {
        let state = tempfile::tempdir().unwrap();
        assert!(led(state.path()).unwrap().is_empty());
        let journal = br#"{
            "codex": {"path": "/x", "entries": [
                {"name": "SSL_CERT_FILE", "value": "/ca"},
                {"name": "HTTPS_PROXY", "value": "http://127.0.0.1:9080"}
            ]},
            "aider": {"entries": []}
        }"#;
        private::write(&state.path().join(NAME), journal).unwrap();

        let led = led(state.path()).unwrap();

        let told: Vec<_> = led.iter().map(|(client, to)| (client.as_str(), to.as_str())).collect();
        assert_eq!(told, [("aider", ""), ("codex", "http://127.0.0.1:9080")]);
    }

    #[test]
    fn what_vigil_did_not_write_says_nothing() {
        let state = tempfile::tempdir().unwrap();
        private::write(&state.path().join(NAME), b"[1]").unwrap();

        assert!(led(state.path()).unwrap().is_empty());
    }
}
