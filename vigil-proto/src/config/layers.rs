//! Layers of the configuration: defaults, then the file, then `VIGIL_*` variables, then flags;
//! the later one wins, and each key remembers where its value comes from. Never reads a file or
//! the environment itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::{Config, ConfigError, check::from_toml};

/// Every key, in the template's order.
pub const KEYS: &[&str] = &[
    "dashboard.port",
    "proxy.enabled",
    "proxy.port",
    "proxy.hosts",
    "proxy.system",
    "proxy.upstream",
    "proxy.direct",
    "telemetry.enabled",
    "telemetry.port",
    "capture.redirect",
    "capture.browser_history",
    "exclude.projects",
    "exclude.hosts",
    "exclude.clients",
    "retention.conversation_days",
    "retention.activity_days",
    "retention.system_days",
    "store.quota_mib",
    "notify.desktop",
    "vault.days",
    "guard.fail",
    "guard.deny",
    "intel.update",
    "intel.sources",
];

/// Variables that begin with `VIGIL_` and are no configuration keys.
const OTHER_VARIABLES: &[&str] = &["VIGIL_HOME", "VIGIL_LOG"];

/// A value that a flag of the command line gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The key, one of [`KEYS`].
    pub key: &'static str,
    /// The flag's name, such as `--proxy-port`.
    pub flag: &'static str,
    /// Its value, written as in a `VIGIL_*` variable.
    pub value: String,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "lowercase")]
pub enum Origin {
    /// Built in.
    Default,
    /// The configuration file.
    File {
        /// Line, from 1.
        line: usize,
    },
    /// An environment variable.
    Env {
        /// Its name.
        name: String,
    },
    /// A flag of the command line.
    Flag {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { line } => write!(f, "line {line}"),
            Self::Env { name } | Self::Flag { name } => f.write_str(name),
        }
    }
}

/// One key with its value and where that comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The key, such as `proxy.port`.
    pub key: String,
    /// Its value; written as JSON it is also valid TOML.
    pub value: serde_json::Value,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: Origin,
}

impl Setting {
    /// One line of TOML that says the same: `proxy.port = 9080`.
    pub fn to_toml(&self) -> String {
        format!("{} = {}", self.key, self.value)
    }
}

/// The configuration in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Layered {
    /// The values.
    pub config: Config,
    /// Every key of [`KEYS`], in that order.
    pub settings: Vec<Setting>,
    /// `VIGIL_*` variables that nothing reads, most likely misspelt.
    pub unread: Vec<String>,
}

/// What is wrong with one of the layers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {message}")]
pub struct LayerError {
    /// Which layer.
    pub origin: Origin,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<ConfigError> for LayerError {
    fn from(error: ConfigError) -> Self {
        let origin = Origin::File { line: error.line };
        Self { origin, message: error.message, hint: error.hint }
    }
}

impl Layered {
    /// Puts the layers together. `file` is the text of the configuration file (none: there is no
    /// file), `env` the environment; a list in a variable is separated by commas.
    ///
    /// # Errors
    /// The first thing that is wrong, with the layer it stands in. Values are judged together,
    /// so that a flag may mend what the file says.
    pub fn new(
        file: Option<&str>,
        env: impl IntoIterator<Item = (String, String)>,
        flags: &[Flag],
    ) -> Result<Self, LayerError> {
        let text = file.unwrap_or_default();
        let from_file: Config =
            toml::from_str(text).map_err(|error| LayerError::from(from_toml(text, &error)))?;
        let mut values = Table::try_from(from_file).map_err(|error| unwritable(&error))?;
        let mut origins: Vec<Origin> = KEYS.iter().map(|key| file_origin(text, key)).collect();

        let mut unread = Vec::new();
        let mut env: Vec<_> = env.into_iter().filter(|(n, _)| n.starts_with("VIGIL_")).collect();
        env.sort();
        for (name, value) in env {
            match KEYS.iter().position(|key| variable(key) == name) {
                Some(at) => set(&mut values, &mut origins, at, Origin::Env { name }, &value)?,
                None if OTHER_VARIABLES.contains(&name.as_str()) => {}
                None => unread.push(name),
            }
        }
        for Flag { key, flag, value } in flags {
            if let Some(at) = KEYS.iter().position(|known| known == key) {
                let origin = Origin::Flag { name: (*flag).to_owned() };
                set(&mut values, &mut origins, at, origin, value)?;
            }
        }

        let config: Config = values.clone().try_into().map_err(|error| unwritable(&error))?;
        config.check_values().map_err(|bad| {
            let blamed = bad
                .keys
                .iter()
                .filter_map(|key| KEYS.iter().position(|known| known == key))
                .filter_map(|at| origins.get(at))
                .max_by_key(|origin| strength(origin));
            let origin = match blamed {
                Some(Origin::File { .. }) | None => Origin::File { line: bad.line_in(text) },
                Some(other) => other.clone(),
            };
            LayerError { origin, message: bad.message, hint: Some(bad.hint.to_owned()) }
        })?;
        let settings = KEYS
            .iter()
            .zip(origins)
            .map(|(key, origin)| Setting {
                key: (*key).to_owned(),
                value: value_of(&values, key).map_or(serde_json::Value::Null, to_json),
                origin,
            })
            .collect();
        Ok(Self { config, settings, unread })
    }
}

/// The variable that sets `key`: `VIGIL_PROXY_PORT` for `proxy.port`.
pub fn variable(key: &str) -> String {
    format!("VIGIL_{}", key.replace('.', "_").to_uppercase())
}

/// Which of two layers wins.
fn strength(origin: &Origin) -> u8 {
    match origin {
        Origin::Default => 0,
        Origin::File { .. } => 1,
        Origin::Env { .. } => 2,
        Origin::Flag { .. } => 3,
    }
}

fn file_origin(text: &str, key: &str) -> Origin {
    let line = key.split_once('.').and_then(|(section, name)| {
        let table = toml::de::DeTable::parse(text).ok()?;
        let section = table.get_ref().get(section)?.get_ref().as_table()?;
        let (at, _) = section.iter().find(|(known, _)| known.get_ref() == name)?;
        Some(super::check::line_at(text, at.span().start))
    });
    line.map_or(Origin::Default, |line| Origin::File { line })
}

fn value_of<'a>(values: &'a Table, key: &str) -> Option<&'a Value> {
    let (section, name) = key.split_once('.')?;
    values.get(section)?.get(name)
}

fn set(
    values: &mut Table,
    origins: &mut [Origin],
    at: usize,
    origin: Origin,
    text: &str,
) -> Result<(), LayerError> {
    let place = KEYS
        .get(at)
        .and_then(|key| key.split_once('.'))
        .and_then(|(section, name)| values.get_mut(section)?.get_mut(name));
    let (Some(place), Some(slot)) = (place, origins.get_mut(at)) else {
        return Ok(());
    };
    let text = text.trim();
    let parsed = match place {
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Array(_) => Some(Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Value::String(item.to_owned()))
                .collect(),
        )),
        _ => Some(Value::String(text.to_owned())),
    };
    let key = KEYS.get(at).copied().unwrap_or_default();
    let Some(parsed) = parsed.filter(|value| fits(key, value)) else {
        let expected = match place {
            Value::Boolean(_) => "`true` or `false`",
            _ if matches!(key.split_once('.'), Some((_, "port"))) => "a port from 0 to 65535",
            _ if key == "proxy.system" => "`off`, `pac` or `manual`",
            _ if key == "guard.fail" => "`open` or `closed`",
            _ if key == "intel.update" => "`off` or `daily`",
            _ => "a whole number",
        };
        return Err(LayerError {
            message: format!("`{}` is not {expected}", text.escape_debug()),
            hint: Some(format!("it sets `{key}`; give {expected}")),
            origin,
        });
    };
    *place = parsed;
    *slot = origin;
    Ok(())
}

/// True when the whole configuration can hold `value` at `key` (a port has 16 bits, ...).
fn fits(key: &str, value: &Value) -> bool {
    let Some((section, name)) = key.split_once('.') else {
        return false;
    };
    let inner = Table::from_iter([(name.to_owned(), value.clone())]);
    Table::from_iter([(section.to_owned(), Value::Table(inner))]).try_into::<Config>().is_ok()
}

fn to_json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
}

fn unwritable(error: &dyn std::error::Error) -> LayerError {
    LayerError { origin: Origin::Default, message: error.to_string(), hint: None }
}

#[cfg(test)]
mod tests;
