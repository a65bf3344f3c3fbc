//! `[guard]`: what the hooks of clients refuse.

use serde::{Deserialize, Serialize};

use crate::{Severity, registry};

/// `[guard]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Guard {
    /// What a hook answers when nothing can judge a command.
    pub fail: Fail,
    /// What is refused besides what is critical; see [`Refusal`].
    pub deny: Vec<String>,
}

/// What a hook answers when it can neither ask the agent nor judge by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fail {
    /// The client does what it would do.
    #[default]
    Open,
    /// The command is refused.
    Closed,
}

/// One entry of `guard.deny`. `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `severity:high`: what is that bad, or worse.
    Severity(Severity),
    /// `rule:unknown-name`: what that rule speaks against.
    Rule(String),
    /// `command:*rm -rf*`: a command, all of it.
    Command(String),
    /// `npm:left-pad`: a package.
    Package {
        /// Whose names these are.
        ecosystem: String,
        /// The name.
        name: String,
    },
}

impl Guard {
    /// `[guard]` alone, where something else in the file `text` is wrong; none where that is no TOML or
    /// a value of `[guard]` means nothing.
    pub fn alone(text: &str) -> Option<Self> {
        match text.parse::<toml::Table>().ok()?.remove("guard") {
            Some(guard) => guard.try_into().ok(),
            None => Some(Self::default()),
        }
    }

    /// The entries of `deny` that mean something.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.deny.iter().filter_map(|entry| Refusal::read(entry)).collect()
    }
}

impl Refusal {
    /// What an entry means; none when it means nothing.
    pub fn read(entry: &str) -> Option<Self> {
        Self::parse(entry).ok()
    }

    /// The same.
    ///
    /// # Errors
    /// What is wrong with it, where it would refuse nothing ever.
    pub fn parse(entry: &str) -> Result<Self, String> {
        let refusal = Self::form(entry)
            .ok_or_else(|| format!("`{}` names nothing to refuse", entry.escape_debug()))?;
        match refusal {
            Self::Rule(rule) => match registry::unknown_rule(&rule) {
                Some(wrong) => Err(wrong),
                None => Ok(Self::Rule(rule)),
            },
            Self::Package { ecosystem, name } => {
                let ecosystem = registry::known_ecosystem(&ecosystem)?.to_owned();
                Ok(Self::Package { ecosystem, name })
            }
            other => Ok(other),
        }
    }

    fn form(entry: &str) -> Option<Self> {
        const LONGEST: usize = 512;
        let (kind, what) = entry.split_once(':')?;
        if what.trim().is_empty() || entry.len() > LONGEST {
            return None;
        }
        let is_word =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        match kind {
            "severity" => what.parse().ok().map(Self::Severity),
            "rule" => Some(Self::Rule(what.to_owned())),
            "command" => Some(Self::Command(what.to_owned())),
            _ if !kind.is_empty() && kind.chars().all(is_word) => {
                Some(Self::Package { ecosystem: kind.to_owned(), name: what.to_owned() })
            }
            _ => None,
        }
    }
}

/// True when `text` is all of what `pattern` says, where `*` stands for any characters.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    let Some(mut middle) = rest.strip_suffix(last) else { return false };
    // The first place is as good as any later one.
    for part in parts {
        let Some((_, after)) = middle.split_once(part) else { return false };
        middle = after;
    }
    true
}

#[cfg(test)]
mod tests;
