//! Reading the file, and saying what is wrong with it in words that help.

use super::{Config, TEMPLATE};

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
        config.check_values(text)?;
        Ok(config)
    }

    fn check_values(&self, text: &str) -> Result<(), ConfigError> {
        for host in self.proxy.hosts.iter().chain(&self.exclude.hosts) {
            if !is_host_name(host) {
                return Err(ConfigError {
                    line: line_with(text, host),
                    message: format!("`{}` is not a host name", host.escape_debug()),
                    hint: Some("give exact lower-case names such as \"api.anthropic.com\"; no scheme, port, path or `*`".to_owned()),
                });
            }
        }
        if let Some(project) =
            self.exclude.projects.iter().find(|path| !path.starts_with(['/', '~']))
        {
            return Err(ConfigError {
                line: line_with(text, project),
                message: format!("`{}` is not an absolute path", project.escape_debug()),
                hint: Some("write it from `/` or `~/`".to_owned()),
            });
        }
        if self.proxy.enabled && self.proxy.port != 0 && self.proxy.port == self.dashboard.port {
            return Err(ConfigError {
                line: line_with(text, &self.proxy.port.to_string()),
                message: format!("proxy and dashboard both want port {}", self.proxy.port),
                hint: Some("give one of them another port".to_owned()),
            });
        }
        Ok(())
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

fn from_toml(text: &str, error: &toml::de::Error) -> ConfigError {
    let line = error.span().map_or(1, |span| {
        1 + text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count()
    });
    let message = error.message().to_owned();
    let hint = unknown_key(&message).map(|key| match nearest_key(key) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`vigil config show` lists every key".to_owned(),
    });
    ConfigError { line, message, hint }
}

/// The key in serde's "unknown field `x`, expected ..." message.
fn unknown_key(message: &str) -> Option<&str> {
    message.strip_prefix("unknown field `")?.split('`').next()
}

/// The known key or section that is at most two edits away.
fn nearest_key(key: &str) -> Option<&'static str> {
    TEMPLATE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| match line.strip_prefix('[') {
            Some(section) => section.split(']').next(),
            None => line.split_once(" = ").map(|(known, _)| known),
        })
        .map(|known| (edits(key, known), known))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein distance in characters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let up = *cell;
            let best = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            diagonal = up;
            left = best;
            *cell = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The first line that contains `needle`, from 1.
fn line_with(text: &str, needle: &str) -> usize {
    1 + text.lines().position(|line| line.contains(needle)).unwrap_or(0)
}
