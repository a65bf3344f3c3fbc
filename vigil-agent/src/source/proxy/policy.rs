//! Which connections are decrypted, and which leave an envelope. Pure; never resolves a name.

use std::net::IpAddr;

use vigil_proto::ca;

/// The port on which listed hosts are decrypted.
const TLS_PORT: u16 = 443;

/// The host list.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    hosts: Vec<String>,
}

impl Policy {
    /// `hosts` are exact names; IP addresses among them are left out.
    pub(super) fn new(hosts: &[String]) -> Self {
        let mut hosts: Vec<_> =
            hosts.iter().map(|host| canonical(host)).filter(|host| !is_ip(host)).collect();
        hosts.sort_unstable();
        hosts.dedup();
        Self { hosts }
    }

    /// The names it decrypts, in canonical form, sorted.
    pub(super) fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// True when a CONNECT to `host` (canonical) and `port` may be decrypted at all, so that
    /// its first bytes are looked at.
    pub(super) fn listed(&self, host: &str, port: u16) -> bool {
        port == TLS_PORT && !is_ip(host) && self.hosts.iter().any(|listed| listed == host)
    }

    /// True when a connection to `host` (canonical) leaves an envelope (host, bytes, time), decrypted
    /// or not; connections to any other host leave nothing.
    pub(super) fn is_ai_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|listed| listed == host) || ca::is_ai(host)
    }
}

/// A host name as it is compared: lower case, without a final dot or an address's brackets.
pub(super) fn canonical(host: &str) -> String {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// True when `host` (canonical) is an address, in any form a resolver takes for one.
pub(super) fn is_ip(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
        || host.contains(':')
        || host
            .rsplit('.')
            .next()
            .is_some_and(|last| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
        || host.rsplit('.').next().is_some_and(|last| last.starts_with("0x"))
}

#[cfg(test)]
mod tests;
