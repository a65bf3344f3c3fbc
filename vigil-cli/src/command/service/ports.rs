//! Which ports the service holds: those that are asked for or configured, else those that it has, that
//! a running agent has, or the usual ones. One that somebody else has is left to them, and the next
//! free one taken, once: it stays in the service's files.

use std::net::{Ipv4Addr, TcpListener};

use vigil_platform::{paths::Paths, service::Installed, socket};
use vigil_proto::{Config, config::layers::Origin, report::Status, rpc::Port};

use super::Options;
use crate::{agent::Agent, failure::Failure, settings};

/// How many ports after the wanted one are looked at.
const NEAR: u16 = 200;

pub(super) struct Chosen {
    pub(super) proxy: Port,
    pub(super) dashboard: Port,
    /// The ports of the two that were wanted in their place.
    pub(super) taken: [Option<Port>; 2],
    /// What is not as it was wanted.
    pub(super) notes: Vec<String>,
}

/// One of the two.
struct Wish {
    what: &'static str,
    /// The flag that chooses it.
    name: &'static str,
    flag: Option<u16>,
    configured: Option<u16>,
    installed: Option<u16>,
    /// What was wanted when that was chosen instead.
    taken: Option<u16>,
    /// The service manager listens on it.
    held: bool,
    running: Option<u16>,
    usual: u16,
}

/// Chooses. The service manager listens for us on those ports of `installed` that are `held`; `other` is
/// an agent that ends before.
pub(super) fn choose(
    options: &Options,
    installed: Option<&Installed>,
    held: [bool; 2],
    other: Option<&Agent>,
    paths: &Paths,
) -> Result<Chosen, Failure> {
    let layered = settings::read(paths)?.layered;
    let configured = |key: &str, port: u16| {
        let setting = layered.settings.iter().find(|setting| setting.key == key);
        let is_default = setting.is_none_or(|setting| setting.origin == Origin::Default);
        // 0: any free one.
        (!is_default && port != 0).then_some(port)
    };
    let [of_proxy, of_dashboard] = installed.map(|installed| installed.taken).unwrap_or_default();
    let [holds_proxy, holds_dashboard] = held;
    let (running_proxy, running_dashboard) = other.map(running).unwrap_or_default();
    let usual = Config::default();
    let proxy = Wish {
        what: "proxy",
        name: "--proxy-port",
        flag: options.proxy_port,
        configured: configured("proxy.port", layered.config.proxy.port),
        installed: installed.and_then(|installed| installed.proxy).map(Port::raw),
        taken: of_proxy.map(Port::raw),
        held: holds_proxy,
        running: running_proxy,
        usual: usual.proxy.port,
    };
    let dashboard = Wish {
        what: "dashboard",
        name: "--port",
        flag: options.port,
        configured: configured("dashboard.port", layered.config.dashboard.port),
        installed: installed.and_then(|installed| installed.dashboard).map(Port::raw),
        taken: of_dashboard.map(Port::raw),
        held: holds_dashboard,
        running: running_dashboard,
        usual: usual.dashboard.port,
    };
    let ours = |wish: &Wish, port: u16| {
        (wish.held && wish.installed == Some(port))
            || (other.is_some() && wish.running == Some(port))
    };
    let mut notes = Vec::new();
    let telemetry = layered.config.telemetry.port;
    let reserved = [dashboard.wanted(), telemetry];
    let (proxy, of_proxy) = proxy.settle(&ours, &reserved, &mut notes)?;
    let reserved = [proxy.raw(), telemetry];
    let (dashboard, of_dashboard) = dashboard.settle(&ours, &reserved, &mut notes)?;
    Ok(Chosen { proxy, dashboard, taken: [of_proxy, of_dashboard], notes })
}

impl Wish {
    /// What was chosen once stays, until something else is asked for or configured.
    fn wanted(&self) -> u16 {
        let configured = self.configured.filter(|port| self.taken != Some(*port));
        let known = self.flag.or(configured).or(self.installed).or(self.running);
        known.unwrap_or(self.usual)
    }

    /// The wanted port, else the next one that is free and not one of `reserved`, with what it is in
    /// place of.
    fn settle(
        &self,
        ours: &dyn Fn(&Self, u16) -> bool,
        reserved: &[u16],
        notes: &mut Vec<String>,
    ) -> Result<(Port, Option<Port>), Failure> {
        let wanted = self.wanted();
        let usable = |port: u16| {
            let port = Port::new(port).ok()?;
            (ours(self, port.raw()) || is_free(port.raw())).then_some(port)
        };
        if let Some(port) = usable(wanted) {
            let taken = self.taken.filter(|_| self.installed == Some(wanted));
            return Ok((port, taken.and_then(|port| Port::new(port).ok())));
        }
        let holder = socket::listener_holder(wanted)
            .map_or_else(|| "is not to be had".to_owned(), |holder| format!("is held by {holder}"));
        if self.flag.is_some() {
            let what = format!("port {wanted} for the {} {holder}", self.what);
            return Err(Failure::new(what, &format!("give another one with `{}`", self.name)));
        }
        let next = (1..=NEAR)
            .filter_map(|step| wanted.checked_add(step))
            .filter(|port| !reserved.contains(port))
            .find_map(usable)
            .ok_or_else(|| {
                Failure::new(
                    format!("no port after {wanted} is free for the {}", self.what),
                    &format!("give one with `{}`", self.name),
                )
            })?;
        notes.push(format!(
            "port {wanted} {holder}; the {} has {} instead, and keeps it",
            self.what,
            next.raw()
        ));
        Ok((next, Port::new(wanted).ok()))
    }
}

/// Whether it can be listened on now.
fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The ports of the proxy and the dashboard of an agent, as far as it says.
fn running(agent: &Agent) -> (Option<u16>, Option<u16>) {
    match agent.read::<Status>("status") {
        Ok(Status { proxy, agent, .. }) => {
            (proxy.url.as_deref().and_then(port), agent.dashboard.as_deref().and_then(port))
        }
        Err(_) => (None, None),
    }
}

/// The port of an address, whose host may be a name.
fn port(url: &str) -> Option<u16> {
    let place = url.strip_prefix("http://")?.split('/').next()?;
    place.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn an_agents_port_is_found_whether_it_names_a_number_or_a_name() {
        assert_eq!(port("http://127.0.0.1:9080"), Some(9080));
        assert_eq!(port("http://localhost:9081"), Some(9081));
        assert_eq!(port("http://[::1]:9081/"), Some(9081));
        assert_eq!(port("http://localhost"), None);
    }
}
