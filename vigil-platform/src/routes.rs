//! Which clients Vigil has led to a proxy by their own settings, as the journal of `vigil route` says.
//! Only looked at here: the command writes it, and alone knows the rest of what is in it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

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
    path: Option<PathBuf>,
    entries: Vec<Entry>,
    /// When the client was led there, in microseconds since 1970.
    led_since: Option<i64>,
    /// What was written is taken out; only what was left is noted.
    #[serde(default)]
    over: bool,
}

/// A client that something was written for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Led {
    /// The address of the proxy that it leads to (`http://127.0.0.1:9080`); empty where the settings
    /// had one before.
    pub proxy: String,
    /// Since when at the latest. A journal of an earlier version does not tell: then it is when the
    /// journal or the client's settings were last written, whichever is earlier.
    pub since: Option<SystemTime>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    value: String,
}

/// The clients that something was written for, each with the address of the proxy that it leads to,
/// as [`Led::proxy`]. None that can be read where the journal is not what Vigil wrote.
///
/// # Errors
/// The journal is not ours alone, or cannot be read.
pub fn led(state: &Path) -> Result<BTreeMap<String, String>, PathError> {
    Ok(read(state)?.into_iter().map(|(client, written)| (client, written.proxy())).collect())
}

/// The same, with since when.
///
/// # Errors
/// The journal is not ours alone, or cannot be read.
pub fn led_since(state: &Path) -> Result<BTreeMap<String, Led>, PathError> {
    let written_at = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let journal = written_at(&state.join(NAME));
    let led = |written: Written| {
        let told = written.led_since.and_then(|since| u64::try_from(since).ok());
        let told = told.map(|since| SystemTime::UNIX_EPOCH + Duration::from_micros(since));
        let settings = written.path.as_deref().and_then(written_at);
        let since = told.or_else(|| [journal, settings].into_iter().flatten().min());
        Led { proxy: written.proxy(), since }
    };
    Ok(read(state)?.into_iter().map(|(client, written)| (client, led(written))).collect())
}

fn read(state: &Path) -> Result<BTreeMap<String, Written>, PathError> {
    let bytes = private::read_up_to(&state.join(NAME), MOST)?;
    let mut read: BTreeMap<String, Written> =
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    read.retain(|_, written| !written.over);
    Ok(read)
}

impl Written {
    fn proxy(&self) -> String {
        let entry = self.entries.iter().find(|entry| entry.name == PROXY);
        entry.map(|entry| entry.value.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        time::{Duration, SystemTime},
    };

    use super::{NAME, led, led_since};
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
            "aider": {"entries": []},
            "gemini-cli": {"entries": [], "over": true}
        }"#;
        private::write(&state.path().join(NAME), journal).unwrap();

        let led = led(state.path()).unwrap();

        let told: Vec<_> = led.iter().map(|(client, to)| (client.as_str(), to.as_str())).collect();
        assert_eq!(told, [("aider", ""), ("codex", "http://127.0.0.1:9080")]);
    }

    #[test]
    fn it_is_told_since_when_and_else_from_files() {
        let state = tempfile::tempdir().unwrap();
        let settings = state.path().join("settings");
        fs::write(&settings, "").unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_hours(24);
        fs::File::options().write(true).open(&settings).unwrap().set_modified(long_ago).unwrap();
        let journal = format!(
            r#"{{"codex": {{"path": "/x", "entries": [], "led_since": 2000000}},
                "aider": {{"path": {settings:?}, "entries": []}},
                "pi": {{"path": "/x", "entries": []}}}}"#
        );
        private::write(&state.path().join(NAME), journal.as_bytes()).unwrap();

        let led = led_since(state.path()).unwrap();

        let since = |client: &str| led[client].since.unwrap();
        assert_eq!(since("codex"), SystemTime::UNIX_EPOCH + Duration::from_secs(2));
        assert_eq!(since("aider"), long_ago, "the settings were written before the journal was");
        assert!(since("pi") > long_ago, "it is the journal's own time");
    }

    #[test]
    fn what_vigil_did_not_write_says_nothing() {
        let state = tempfile::tempdir().unwrap();
        private::write(&state.path().join(NAME), b"[1]").unwrap();

        assert!(led(state.path()).unwrap().is_empty());
    }
}
