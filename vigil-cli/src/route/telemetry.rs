//! Where a client is to tell its telemetry, in the words of its own settings.

use std::fmt;

use vigil_platform::{paths::Paths, private};
use vigil_proto::telemetry::{KEY_FILE, LOGS, token};

use super::edit::Entry;
use crate::failure::Failure;

/// The variable that says where.
pub(crate) const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT";

/// How a client is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Telemetry {
    /// It tells nothing that Vigil understands.
    None,
    /// By variables, beside those that lead it.
    Variables,
    /// By a file of its own.
    File(&'static super::clients::Client),
    /// This is that file's row: it leads nobody.
    Only,
}

/// The agent's receiver.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Receiver {
    /// `http://127.0.0.1:9082`.
    pub(crate) url: String,
    key: [u8; 32],
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Receiver {
    /// At `url`, with the key that tokens are made from, which is made where there is none.
    pub(crate) fn at(url: String, paths: &Paths) -> Result<Self, Failure> {
        paths.make(&[paths.data()])?;
        let key = private::read_or_create_key(&paths.data().join(KEY_FILE))?;
        Ok(Self { url, key })
    }

    /// The same where there is such a key already.
    pub(crate) fn known(url: String, paths: &Paths) -> Option<Self> {
        let key = private::read(&paths.data().join(KEY_FILE)).ok()??.try_into().ok()?;
        Some(Self { url, key })
    }

    /// Claude Code's variables. Texts are not asked for.
    pub(crate) fn variables(&self) -> Vec<Entry> {
        let header = format!("Authorization=Bearer {}", token(&self.key, "claude-code"));
        vec![
            Entry::new("CLAUDE_CODE_ENABLE_TELEMETRY", "1"),
            Entry::new("OTEL_LOGS_EXPORTER", "otlp"),
            Entry::new("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json"),
            Entry::new(ENDPOINT, &self.endpoint()),
            Entry::new("OTEL_EXPORTER_OTLP_LOGS_HEADERS", &header),
        ]
    }

    /// Codex's `[otel]`. Prompts are left out of it unless somebody asks for them.
    pub(crate) fn table(&self) -> Vec<Entry> {
        let (endpoint, token) = (self.endpoint(), token(&self.key, "codex"));
        let exporter = format!(
            "{{ otlp-http = {{ endpoint = \"{endpoint}\", protocol = \"json\", \
             headers = {{ Authorization = \"Bearer {token}\" }} }} }}"
        );
        vec![Entry::new("exporter", &exporter)]
    }

    fn endpoint(&self) -> String {
        [self.url.as_str(), LOGS].concat()
    }
}
