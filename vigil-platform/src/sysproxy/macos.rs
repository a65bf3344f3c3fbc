//! macOS: each network service has proxy settings of its own, and the primary one's count. They are
//! in the system's preferences, which root may write; a change is made as a whole or not at all.
//! Values are written as `n1` (a number) and `stext` (a string).

#[path = "macos/cf.rs"]
mod cf;
#[path = "macos/console.rs"]
mod console;
#[path = "macos/preferences.rs"]
mod preferences;

use std::{fs::File, path::Path, sync::Arc};

use vigil_proto::rpc::Port;

pub(crate) use self::console::is_only_at_console;
use self::preferences::Preferences;
use super::{
    Lookup, Route, SysProxyError, Way,
    backup::{Change, Kind, Place, Values, Write},
    is_pac_url, pac_url, script_of,
};

// Names of SCSchemaDefinitions.h.
const PAC_ENABLE: &str = "ProxyAutoConfigEnable";
const PAC_URL: &str = "ProxyAutoConfigURLString";
const HTTP_ENABLE: &str = "HTTPEnable";
const HTTP_PROXY: &str = "HTTPProxy";
const HTTP_PORT: &str = "HTTPPort";
const HTTPS_ENABLE: &str = "HTTPSEnable";
const HTTPS_PROXY: &str = "HTTPSProxy";
const HTTPS_PORT: &str = "HTTPSPort";
/// Looked at, never changed: a network that names a script.
const DISCOVERY: &str = "ProxyAutoDiscoveryEnable";

/// Every setting that is ever changed.
pub(super) const KEYS: &[(Kind, &str)] = &[
    (Kind::Service, PAC_ENABLE),
    (Kind::Service, PAC_URL),
    (Kind::Service, HTTP_ENABLE),
    (Kind::Service, HTTP_PROXY),
    (Kind::Service, HTTP_PORT),
    (Kind::Service, HTTPS_ENABLE),
    (Kind::Service, HTTPS_PROXY),
    (Kind::Service, HTTPS_PORT),
];

/// The setting that says whether an address is used.
pub(super) fn switch_of(key: &str) -> Option<&'static str> {
    match key {
        PAC_URL => Some(PAC_ENABLE),
        HTTP_PROXY | HTTP_PORT => Some(HTTP_ENABLE),
        HTTPS_PROXY | HTTPS_PORT => Some(HTTPS_ENABLE),
        _ => None,
    }
}

const LOOPBACK: &str = "s127.0.0.1";
const ON: &str = "n1";

#[derive(Debug)]
pub(super) struct Places(());

impl Places {
    /// Nothing of a user's is looked at: the settings are the machine's.
    pub(super) fn detect(_home: &Path, _env: &Lookup<'_>, _held: Option<Arc<File>>) -> Self {
        Self(())
    }

    /// No setting is in a folder of the user's.
    #[cfg(feature = "user")]
    #[expect(clippy::unused_self, reason = "the other platform has one")]
    pub(super) const fn folder(&self) -> Option<&Path> {
        None
    }

    /// The primary network service. There is none without a network.
    #[expect(clippy::unused_self, reason = "another platform's places have a state")]
    pub(super) fn all(&self) -> Vec<Box<dyn Place>> {
        let primary = preferences::primary_service();
        primary.map(|id| Box::new(Service { id }) as Box<dyn Place>).into_iter().collect()
    }

    /// The service that a backup names, whichever is the primary one now.
    #[expect(clippy::unused_self, reason = "another platform's places have a state")]
    pub(super) fn at(&self, way: &Way) -> Option<Box<dyn Place>> {
        match way {
            Way::Service(id) => Some(Box::new(Service { id: id.clone() })),
            Way::Gnome | Way::Environment => None,
        }
    }
}

/// A network service, by the identifier that the preferences have for it.
struct Service {
    id: String,
}

impl Place for Service {
    fn way(&self) -> Way {
        Way::Service(self.id.clone())
    }

    fn read(&self) -> Result<Values, SysProxyError> {
        let preferences = Preferences::open().map_err(self.failed("open the preferences"))?;
        let keys = KEYS.iter().map(|(_, key)| *key).chain([DISCOVERY]);
        preferences
            .proxies(&self.id, keys)
            .map_err(self.failed("read its settings"))?
            .ok_or_else(|| SysProxyError::Gone(self.way()))
    }

    fn write(&self, settings: &[Write<'_>]) -> Result<(), SysProxyError> {
        let preferences = Preferences::open().map_err(self.failed("open the preferences"))?;
        preferences.set_proxies(&self.id, settings).map_err(self.failed("change its settings"))
    }

    fn plan(&self, route: Route, now: &Values) -> Result<Option<Vec<Change>>, SysProxyError> {
        let found = Found { now, route };
        if let Some(what) = found.anothers() {
            return Err(SysProxyError::InUse { way: self.way(), what });
        }
        let change = |(key, ours)| Change {
            key,
            original: now.get(key).filter(|_| !found.is_ours(key)).cloned(),
            ours: Some(ours),
        };
        Ok(Some(wishes(route).into_iter().map(change).collect()))
    }
}

impl Service {
    fn failed(&self, action: &'static str) -> impl FnOnce(std::io::Error) -> SysProxyError {
        let way = self.way();
        move |source| SysProxyError::Io { way, action, source }
    }
}

fn wishes(route: Route) -> Vec<(&'static str, String)> {
    match route {
        Route::Pac { served_at } => {
            vec![(PAC_URL, format!("s{}", pac_url(served_at))), (PAC_ENABLE, ON.to_owned())]
        }
        Route::Manual { proxy } => {
            let (host, port) = (LOOPBACK.to_owned(), format!("n{}", proxy.raw()));
            vec![
                (HTTP_PROXY, host.clone()),
                (HTTP_PORT, port.clone()),
                (HTTP_ENABLE, ON.to_owned()),
                (HTTPS_PROXY, host),
                (HTTPS_PORT, port),
                (HTTPS_ENABLE, ON.to_owned()),
            ]
        }
    }
}

/// What is there, and whose it is.
struct Found<'a> {
    now: &'a Values,
    route: Route,
}

impl Found<'_> {
    fn text(&self, key: &str) -> &str {
        self.now.get(key).map_or("", String::as_str)
    }

    /// Where settings that are not ours lead.
    fn anothers(&self) -> Option<String> {
        let leads = |key: &str| self.text(key) == ON && !self.is_ours(key);
        let address = |key: &str| self.text(key).get(1..).unwrap_or_default().to_owned();
        if leads(DISCOVERY) {
            Some("a script that the network names".to_owned())
        } else if leads(PAC_ENABLE) {
            Some(script_of(&address(PAC_URL)))
        } else if leads(HTTPS_ENABLE) {
            Some(format!("{}:{}", address(HTTPS_PROXY), address(HTTPS_PORT)))
        } else if leads(HTTP_ENABLE) {
            Some(format!("{}:{}", address(HTTP_PROXY), address(HTTP_PORT)))
        } else {
            None
        }
    }

    /// Whether a value is one that an earlier run of ours left: it is nobody's to go back to.
    fn is_ours(&self, key: &str) -> bool {
        match key {
            PAC_URL | PAC_ENABLE => self.text(PAC_URL).strip_prefix('s').is_some_and(is_pac_url),
            HTTP_ENABLE | HTTP_PROXY | HTTP_PORT => self.is_our_proxy(HTTP_PROXY, HTTP_PORT),
            HTTPS_ENABLE | HTTPS_PROXY | HTTPS_PORT => self.is_our_proxy(HTTPS_PROXY, HTTPS_PORT),
            _ => false,
        }
    }

    fn is_our_proxy(&self, host: &str, port: &str) -> bool {
        let ours = |proxy: Port| self.text(port) == format!("n{}", proxy.raw());
        self.text(host) == LOOPBACK && matches!(self.route, Route::Manual { proxy } if ours(proxy))
    }
}
