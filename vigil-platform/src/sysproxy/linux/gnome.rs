//! GNOME's settings, by GNOME's own program: only it knows which of several stores is in use. Values
//! are in its writing (`'none'`, `8080`), so that what is read can be written again as it is.
//!
//! The program has no way to change a value only if it is a certain one. Between our looking and our
//! writing somebody else could write: some milliseconds, once at each end.

use std::{collections::BTreeMap, fs::File, io, path::Path, sync::Arc, time::Duration};

use vigil_proto::rpc::Port;

use crate::{
    program::{Input, Program},
    sysproxy::{
        Lookup, Route, SysProxyError, Way,
        backup::{Change, Place, Values, Write},
        is_pac_url, pac_url, script_of,
    },
};

const SCHEMA: &str = "org.gnome.system.proxy";

// A schema and a key of it.
pub(super) const MODE: &str = "org.gnome.system.proxy mode";
pub(super) const URL: &str = "org.gnome.system.proxy autoconfig-url";
pub(super) const HTTP_HOST: &str = "org.gnome.system.proxy.http host";
pub(super) const HTTP_PORT: &str = "org.gnome.system.proxy.http port";
pub(super) const HTTPS_HOST: &str = "org.gnome.system.proxy.https host";
pub(super) const HTTPS_PORT: &str = "org.gnome.system.proxy.https port";

/// What [`MODE`] puts in force. The hosts that go past a proxy (`ignore-hosts`) stay the user's own.
pub(super) const ADDRESSES: &[&str] = &[URL, HTTP_HOST, HTTP_PORT, HTTPS_HOST, HTTPS_PORT];

const ALL: &[&str] = &[MODE, URL, HTTP_HOST, HTTP_PORT, HTTPS_HOST, HTTPS_PORT];

/// What the program has to know of our environment to find the same settings as the desktop.
const VARIABLES: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DCONF_PROFILE",
    "GSETTINGS_BACKEND",
    "GSETTINGS_SCHEMA_DIR",
    "HOME",
    "PATH",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
];

/// It answers in milliseconds; a desktop that hangs is not waited for.
const LIMIT: Duration = Duration::from_secs(10);

const LOOPBACK: &str = "'127.0.0.1'";

#[derive(Clone, Debug)]
pub(super) struct Gnome {
    program: Program,
    /// What the schema has where nobody chose anything.
    defaults: BTreeMap<&'static str, String>,
    held: Option<Arc<File>>,
}

impl Gnome {
    /// The settings, where there are any: the program, its schema, and a store that keeps them.
    pub(super) fn detect(env: &Lookup<'_>, held: Option<Arc<File>>) -> Option<Self> {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let has_bus =
            || set("XDG_RUNTIME_DIR").is_some_and(|run| Path::new(&run).join("bus").exists());
        let has_store = set("GSETTINGS_BACKEND").is_some()
            || set("DBUS_SESSION_BUS_ADDRESS").is_some()
            || has_bus();
        if !has_store {
            return None;
        }
        let program = Program::find("gsettings", env, VARIABLES)?;
        let mut gnome = Self { program, defaults: BTreeMap::new(), held };
        let fresh = gnome.program.with("GSETTINGS_BACKEND", "memory");
        gnome.defaults = gnome.list(&fresh).ok()?;
        (gnome.defaults.len() == ALL.len()).then_some(gnome)
    }

    fn list(&self, program: &Program) -> io::Result<BTreeMap<&'static str, String>> {
        let text = self.run(program, &["list-recursively", SCHEMA])?;
        let value = |key: &'static str| {
            let line = |line: &str| Some(line.strip_prefix(key)?.strip_prefix(' ')?.to_owned());
            Some((key, text.lines().find_map(line)?))
        };
        Ok(ALL.iter().filter_map(|key| value(key)).collect())
    }

    fn run(&self, program: &Program, arguments: &[&str]) -> io::Result<String> {
        let input = self.held.as_deref().map_or(Input::Nothing, Input::File);
        program.run(arguments, input, LIMIT)?.text()
    }

    /// A value to be written: none where it is what the schema has anyway.
    fn chosen(&self, key: &str, value: String) -> Option<String> {
        (self.defaults.get(key) != Some(&value)).then_some(value)
    }

    fn wishes(route: Route) -> Vec<(&'static str, String)> {
        match route {
            Route::Pac { served_at } => {
                vec![(URL, format!("'{}'", pac_url(served_at))), (MODE, "'auto'".to_owned())]
            }
            Route::Manual { proxy } => {
                let (host, port) = (LOOPBACK.to_owned(), proxy.raw().to_string());
                vec![
                    (HTTP_HOST, host.clone()),
                    (HTTP_PORT, port.clone()),
                    (HTTPS_HOST, host),
                    (HTTPS_PORT, port),
                    // Last, when everything that it puts in force is there.
                    (MODE, "'manual'".to_owned()),
                ]
            }
        }
    }
}

impl Place for Gnome {
    fn way(&self) -> Way {
        Way::Gnome
    }

    fn read(&self) -> Result<Values, SysProxyError> {
        let mut values = self.list(&self.program).map_err(failed("read them"))?;
        values.retain(|key, value| self.defaults.get(key) != Some(value));
        Ok(values)
    }

    fn write(&self, settings: &[Write<'_>]) -> Result<(), SysProxyError> {
        for (key, value) in settings {
            let (schema, name) = key.split_once(' ').unwrap_or((SCHEMA, key));
            match value {
                Some(value) => self.run(&self.program, &["set", schema, name, value]),
                None => self.run(&self.program, &["reset", schema, name]),
            }
            .map_err(failed("change them"))?;
        }
        Ok(())
    }

    fn plan(&self, route: Route, now: &Values) -> Result<Option<Vec<Change>>, SysProxyError> {
        let found = Found { now, route };
        if let Some(what) = found.anothers() {
            return Err(SysProxyError::InUse { way: Way::Gnome, what });
        }
        let change = |(key, ours): (&'static str, String)| Change {
            key,
            original: now.get(key).filter(|_| !found.is_ours(key)).cloned(),
            ours: self.chosen(key, ours),
        };
        Ok(Some(Self::wishes(route).into_iter().map(change).collect()))
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
        let mode = self.text(MODE);
        if matches!(mode, "" | "'none'") || self.is_ours(MODE) {
            return None;
        }
        Some(match mode {
            "'manual'" => format!("{}:{}", self.text(HTTPS_HOST), self.text(HTTPS_PORT)),
            "'auto'" => script_of(self.text(URL).trim_matches('\'')),
            mode => mode.to_owned(),
        })
    }

    /// Whether a value is one that an earlier run of ours left: it is nobody's to go back to.
    fn is_ours(&self, key: &str) -> bool {
        match key {
            URL => is_pac_url(self.text(URL).trim_matches('\'')),
            HTTP_HOST | HTTP_PORT => self.is_our_proxy(HTTP_HOST, HTTP_PORT),
            HTTPS_HOST | HTTPS_PORT => self.is_our_proxy(HTTPS_HOST, HTTPS_PORT),
            _ => match self.text(MODE) {
                "'auto'" => self.is_ours(URL),
                "'manual'" => self.is_ours(HTTPS_HOST),
                _ => false,
            },
        }
    }

    fn is_our_proxy(&self, host: &str, port: &str) -> bool {
        let ours = |proxy: Port| self.text(port) == proxy.raw().to_string();
        self.text(host) == LOOPBACK && matches!(self.route, Route::Manual { proxy } if ours(proxy))
    }
}

fn failed(action: &'static str) -> impl FnOnce(io::Error) -> SysProxyError {
    move |source| SysProxyError::Io { way: Way::Gnome, action, source }
}
