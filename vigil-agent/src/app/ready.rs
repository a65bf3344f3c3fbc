//! What listens where, in the words of a command line.

use std::path::{Path, PathBuf};

use crate::{
    api,
    source::{proxy, telemetry},
};

/// Where everything of this run can be reached.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) dashboard: String,
    pub(super) api: String,
    pub(super) login_url: String,
    pub(super) proxy: Option<String>,
    pub(super) ca: Option<PathBuf>,
    pub(super) telemetry: Option<String>,
}

impl Ready {
    pub(super) fn new(
        dashboard: &api::Bound,
        access: &api::Access,
        proxy: Option<&proxy::Bound>,
        telemetry: Option<&telemetry::Bound>,
    ) -> Self {
        let port = dashboard.port();
        Self {
            dashboard: format!("http://localhost:{port}"),
            api: format!("http://127.0.0.1:{port}"),
            login_url: format!("http://localhost:{port}/login?once={}", access.login_link()),
            proxy: proxy.map(|bound| format!("http://{}", bound.addr())),
            ca: proxy.map(|bound| bound.ca_path().to_path_buf()),
            telemetry: telemetry.map(|bound| format!("http://{}", bound.addr())),
        }
    }

    /// The command that starts Claude Code through the proxy, ready to be pasted into a shell.
    pub(super) fn route(&self) -> Option<String> {
        let (proxy, ca) = self.proxy.as_ref().zip(self.ca.as_ref())?;
        Some(format!("HTTPS_PROXY={proxy} NODE_EXTRA_CA_CERTS={} claude", quoted(ca)))
    }
}

/// A path as one word of a shell.
pub(super) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,".contains(c);
    if path.chars().all(is_plain) {
        return path;
    }
    format!("'{}'", path.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::quoted;

    #[test]
    fn a_path_with_spaces_or_quotes_is_one_word() {
        for (path, word) in [
            ("/home/a/.local/ca.pem", "/home/a/.local/ca.pem"),
            ("/Library/Application Support/ca.pem", "'/Library/Application Support/ca.pem'"),
            ("/home/o'neil/$x/ca.pem", r"'/home/o'\''neil/$x/ca.pem'"),
        ] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }
}
