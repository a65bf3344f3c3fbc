//! Reading the file, and saying what is wrong with it in words that help.

use super::{
    Config, FROM_ENVIRONMENT, NO_PROXY_BEHIND, TEMPLATE, guard::Refusal, intel::source,
    layers::KEYS,
};
use crate::spelling::nearest;

/// What is wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ConfigError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Config {
    /// Reads the text of a configuration file and checks its values.
    ///
    /// # Errors
    /// A line with a syntax error, an unknown key, a value of the wrong type or out of range.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| from_toml(text, &error))?;
        config.check_values().map_err(|bad| ConfigError {
            line: bad.line_in(text),
            message: bad.message,
            hint: Some(bad.hint.to_owned()),
        })?;
        Ok(config)
    }

    /// Checks what the types alone do not say.
    pub(super) fn check_values(&self) -> Result<(), BadValue> {
        let lists = [("proxy.hosts", &self.proxy.hosts), ("exclude.hosts", &self.exclude.hosts)];
        for (key, hosts) in lists {
            if let Some(host) = hosts.iter().find(|host| !is_host_name(host)) {
                return Err(BadValue {
                    keys: vec![key],
                    value: host.clone(),
                    message: format!("`{}` is not a host name", host.escape_debug()),
                    hint: "give exact lower-case names such as \"api.anthropic.com\"; no scheme, port, path or `*`",
                });
            }
        }
        let upstream = &self.proxy.upstream;
        let is_word = [FROM_ENVIRONMENT, NO_PROXY_BEHIND].contains(&upstream.as_str());
        if !is_word && !upstream.starts_with(['/', '~']) {
            return Err(BadValue {
                keys: vec!["proxy.upstream"],
                value: upstream.clone(),
                // It may be an address with a password, so it is not said again.
                message: "`proxy.upstream` is neither a word that it knows nor a path".to_owned(),
                hint: "give \"environment\", \"none\", or the path of a file with the proxy's address in it; the address itself may hold a password, so it does not stand here",
            });
        }
        if let Some(project) =
            self.exclude.projects.iter().find(|path| !path.starts_with(['/', '~']))
        {
            return Err(BadValue {
                keys: vec!["exclude.projects"],
                value: project.clone(),
                message: format!("`{}` is not an absolute path", project.escape_debug()),
                hint: "write it from `/` or `~/`",
            });
        }
        if !(1..=365).contains(&self.vault.days) {
            return Err(BadValue {
                keys: vec!["vault.days"],
                value: self.vault.days.to_string(),
                message: format!("`vault.days` is {}", self.vault.days),
                hint: "give 1 to 365 days; `vigil vault off` keeps nothing at all",
            });
        }
        let wrong =
            |entry: &String| Refusal::parse(entry).err().map(|wrong| (entry.clone(), wrong));
        if let Some((entry, message)) = self.guard.deny.iter().find_map(wrong) {
            return Err(BadValue {
                keys: vec!["guard.deny"],
                value: entry,
                message,
                hint: "give \"npm:NAME\" (or pypi, crates.io, ...), \"rule:NAME\", \"severity:high\" or \"command:*WORDS*\"",
            });
        }
        if let Some(entry) = self.intel.sources.iter().find(|entry| source(entry).is_none()) {
            // It may have a key in it, so only its name is said.
            let name = entry.split('=').next().unwrap_or_default();
            return Err(BadValue {
                keys: vec!["intel.sources"],
                value: entry.clone(),
                message: format!("`{}` names no list", name.escape_debug()),
                hint: "give a name that `vigil config show` has for it, or NAME=https://HOST/FILE with a name of small letters, digits and -._",
            });
        }
        self.check_ports()
    }

    /// Two listeners cannot have one port.
    fn check_ports(&self) -> Result<(), BadValue> {
        let proxy = self.proxy.enabled.then_some(self.proxy.port);
        let telemetry = self.telemetry.enabled.then_some(self.telemetry.port);
        let wanted = [
            ("proxy", "proxy.port", proxy),
            ("dashboard", "dashboard.port", Some(self.dashboard.port)),
            ("telemetry", "telemetry.port", telemetry),
        ];
        for (at, (one, key, port)) in wanted.iter().enumerate() {
            let same = |(_, _, other): &&(_, _, Option<u16>)| other == port;
            let other = wanted.iter().skip(at + 1).find(same);
            if let (Some(port @ 1..), Some((other, other_key, _))) = (port, other) {
                return Err(BadValue {
                    keys: vec![*key, *other_key],
                    value: port.to_string(),
                    message: format!("{one} and {other} both want port {port}"),
                    hint: "give one of them another port",
                });
            }
        }
        Ok(())
    }
}

/// A value that the types allow and the meaning does not.
#[derive(Debug)]
pub(super) struct BadValue {
    /// The keys that it may stand at.
    pub(super) keys: Vec<&'static str>,
    /// The value, to find its line.
    value: String,
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: &'static str,
}

impl BadValue {
    /// The line of `text` that holds the value, from 1.
    pub(super) fn line_in(&self, text: &str) -> usize {
        line_with(text, &self.value)
    }
}

/// A lower-case DNS name of at least two labels that is not an address.
fn is_host_name(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    labels.len() >= 2
        && name.len() <= 253
        && !labels.iter().all(|label| label.bytes().all(|b| b.is_ascii_digit()))
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        })
}

pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> ConfigError {
    let line = error.span().map_or(1, |span| line_at(text, span.start));
    let message = error.message().to_owned();
    let hint = unknown_key(&message).map(|key| match nearest_key(key) {
        Some(known) if known == key => format!("write it below {}", sections_of(key)),
        // Best a key that may stand there.
        anywhere => match nearest(key, expected(&message)).or(anywhere) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "`vigil config show` lists every key".to_owned(),
        },
    });
    ConfigError { line, message, hint }
}

/// The line that byte `at` is in, from 1.
pub(super) fn line_at(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count()
}

/// The key in serde's "unknown field `x`, expected ..." message.
fn unknown_key(message: &str) -> Option<&str> {
    message.strip_prefix("unknown field `")?.split('`').next()
}

/// The keys that the same message says may stand there.
fn expected(message: &str) -> impl Iterator<Item = &str> {
    let list = message.split_once(", expected ").map_or("", |(_, list)| list);
    list.split('`').skip(1).step_by(2)
}

/// The sections that have `key`: `[dashboard] or [proxy]`.
fn sections_of(key: &str) -> String {
    let sections: Vec<String> = KEYS
        .iter()
        .filter_map(|known| known.split_once('.'))
        .filter(|(_, name)| *name == key)
        .map(|(section, _)| format!("[{section}]"))
        .collect();
    sections.join(" or ")
}

/// The known key or section that is at most two edits away.
fn nearest_key(key: &str) -> Option<&'static str> {
    let known = TEMPLATE.lines().filter(|line| !line.starts_with('#'));
    nearest(
        key,
        known.filter_map(|line| match line.strip_prefix('[') {
            Some(section) => section.split(']').next(),
            None => line.split_once(" = ").map(|(known, _)| known),
        }),
    )
}

/// The first line that contains `needle`, from 1.
fn line_with(text: &str, needle: &str) -> usize {
    1 + text.lines().position(|line| line.contains(needle)).unwrap_or(0)
}
