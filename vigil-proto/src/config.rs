//! The configuration file, `config.toml`. Every key has a default; an unknown key is an error
//! that names its line and the nearest known key.

use serde::{Deserialize, Serialize};

use crate::ca;

mod check;
pub use self::check::ConfigError;
pub mod detect;
pub mod guard;
pub mod intel;
pub mod layers;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The dashboard and local API.
    pub dashboard: Dashboard,
    /// The proxy.
    pub proxy: Proxy,
    /// What clients tell of themselves.
    pub telemetry: Telemetry,
    /// What is watched besides, when it is asked for.
    pub capture: Capture,
    /// What is left out before anything is parsed.
    pub exclude: Exclude,
    /// How long what is kept.
    pub retention: Retention,
    /// The store.
    pub store: Store,
    /// What the user is told of.
    pub notify: Notify,
    /// The vault.
    pub vault: Vault,
    /// What the hooks of clients refuse.
    pub guard: guard::Guard,
    /// Lists of what is malicious.
    pub intel: intel::Intel,
    /// What is looked for besides Vigil's own rules, and what is not.
    pub detect: detect::Detect,
}

/// `[dashboard]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dashboard {
    /// Loopback port of the dashboard and local API; 0 picks a free one.
    pub port: u16,
}

/// `[proxy]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// Whether the proxy runs.
    pub enabled: bool,
    /// Its loopback port; 0 picks a free one.
    pub port: u16,
    /// The hosts it decrypts, exact names. The CA's name constraints limit them again.
    pub hosts: Vec<String>,
    /// How the desktop's programs are led to it.
    pub system: SystemProxy,
    /// The proxy behind it: [`FROM_ENVIRONMENT`], [`NO_PROXY_BEHIND`], or the path of a file that
    /// has its address.
    pub upstream: String,
    /// What is reached past the proxy behind it, in the manner of `NO_PROXY`.
    pub direct: Vec<String>,
}

/// A value of `proxy.upstream`: what the agent's own `HTTPS_PROXY` and `NO_PROXY` say.
pub const FROM_ENVIRONMENT: &str = "environment";
/// A value of `proxy.upstream`: there is none.
pub const NO_PROXY_BEHIND: &str = "none";

/// `[telemetry]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Whether clients may tell their telemetry here.
    pub enabled: bool,
    /// The loopback port for that; 0 picks a free one.
    pub port: u16,
}

/// `[capture]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capture {
    /// Whether the root daemon is asked to lead this user's own TLS connections to the proxy.
    pub redirect: bool,
    /// Whether the histories of browsers are read for visits to AI web sites.
    pub browser_history: bool,
}

/// What is done with the system's proxy settings while the agent runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SystemProxy {
    /// Nothing.
    #[default]
    Off,
    /// They name a script that sends the listed hosts through the proxy, and directly when it is
    /// not there.
    Pac,
    /// They name the proxy for everything.
    Manual,
}

/// `[exclude]`: matched before a line or a byte is parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exclude {
    /// Working directories; a folder excludes everything below it.
    pub projects: Vec<String>,
    /// Hosts that are never decrypted, whatever `proxy.hosts` says.
    pub hosts: Vec<String>,
    /// Clients whose transcripts are not read (`claude-code`).
    pub clients: Vec<String>,
}

/// `[retention]`: days; 0 keeps for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Prompts, answers, thinking, tool calls and results.
    pub conversation_days: u32,
    /// Connections, processes and files.
    pub activity_days: u32,
    /// Gaps, configuration changes and the client's own notes.
    pub system_days: u32,
}

/// `[notify]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Whether critical findings are told on the desktop, by rule and id alone.
    pub desktop: bool,
}

impl Default for Notify {
    fn default() -> Self {
        Self { desktop: true }
    }
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The most disk the store may use, in MiB; the oldest conversations go first. 0 is no limit.
    pub quota_mib: u64,
}

/// `[vault]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vault {
    /// Days until the key of a day, and with it every value sealed on it, is destroyed; 1 to 365.
    pub days: u32,
}

impl Default for Dashboard {
    fn default() -> Self {
        Self { port: 9081 }
    }
}

impl Default for Proxy {
    fn default() -> Self {
        let hosts = ca::BY_DEFAULT.iter().map(|host| (*host).to_owned()).collect();
        Self {
            enabled: true,
            port: 9080,
            hosts,
            system: SystemProxy::Off,
            upstream: FROM_ENVIRONMENT.to_owned(),
            direct: Vec::new(),
        }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { enabled: true, port: 9082 }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { conversation_days: 365, activity_days: 90, system_days: 365 }
    }
}

impl Default for Vault {
    fn default() -> Self {
        Self { days: 30 }
    }
}

impl Default for Store {
    fn default() -> Self {
        Self { quota_mib: 20 * 1024 }
    }
}

/// The file that `vigil config init` writes: every key with its default and what it is for.
pub const TEMPLATE: &str = include_str!("config/template.toml");

#[cfg(test)]
mod tests;
