//! Hosts, addresses and URLs of a list, as far as they can be told from anybody else's.

use std::net::IpAddr;

use vigil_detect::intel::Affected;

use super::{super::gathered::Gathered, shared};

/// An address with its port, such as `198.51.100.7:4444`.
pub(super) fn endpoint(text: &str, id: &str, sure: bool, gathered: &mut Gathered) {
    let split = text.rsplit_once(':');
    let read = split.and_then(|(host, port)| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some((host.parse::<IpAddr>().ok()?, port.parse::<u16>().ok()?))
    });
    match read {
        Some((address, port)) => self::address(address, Some(port), id, sure, gathered),
        None => gathered.skip("not-an-address", text),
    }
}

/// An address, or one port of it.
fn address(address: IpAddr, port: Option<u16>, id: &str, sure: bool, gathered: &mut Gathered) {
    if !is_public(address) {
        return gathered.skip("private-address", &address.to_string());
    }
    if shared::is_shared_address(address) {
        return gathered.skip("shared-host", &address.to_string());
    }
    let affected = match port {
        _ if !sure => Affected::Some,
        Some(port) => Affected::of(vec![port.to_string()], Vec::new()),
        None => Affected::All,
    };
    if !gathered.builder.address(address, id, &affected) {
        gathered.skip("too-many", &address.to_string());
    }
}

/// A host name.
pub(super) fn host(name: &str, id: &str, sure: bool, gathered: &mut Gathered) {
    let name = name.trim().trim_end_matches('.').to_lowercase();
    if let Ok(address) = name.parse() {
        return self::address(address, None, id, sure, gathered);
    }
    if !is_host(&name) {
        return gathered.skip("not-a-host", &name);
    }
    if shared::is_shared(&name) {
        return gathered.skip("shared-host", &name);
    }
    let affected = if sure { Affected::All } else { Affected::Some };
    if !gathered.builder.host(&name, id, &affected) {
        gathered.skip("too-many", &name);
    }
}

/// A URL; with its host where `with_host`, which is only as sure as one who shares nothing: an address.
pub(super) fn url(url: &str, id: &str, sure: bool, with_host: bool, gathered: &mut Gathered) {
    let Some((host, port)) = host_of(url) else { return gathered.skip("not-a-url", url) };
    let affected = if sure { Affected::All } else { Affected::Some };
    if !gathered.builder.url(url, id, &affected) {
        return gathered.skip("too-many", url);
    }
    if !with_host {
        return;
    }
    // A host that is left out here is not counted: its URL is there.
    match host.parse() {
        Ok(address) if is_public(address) && !shared::is_shared_address(address) => {
            self::address(address, Some(port), id, sure, gathered);
        }
        Err(_) if is_host(&host) && !shared::is_shared(&host) => {
            self::host(&host, id, false, gathered);
        }
        Ok(_) | Err(_) => {}
    }
}

fn host_of(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let usual = match scheme.to_ascii_lowercase().as_str() {
        "http" => 80,
        "https" => 443,
        "ftp" => 21,
        _ => return None,
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end)?.rsplit('@').next()?;
    let (host, port) = match authority.strip_prefix('[') {
        Some(v6) => {
            let (host, port) = v6.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = match port {
        Some(port) if !port.is_empty() => port.parse().ok()?,
        _ => usual,
    };
    let host = host.trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some((host, port))
}

/// A name of at least two labels.
fn is_host(name: &str) -> bool {
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
}

/// An address that means the same everywhere.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast())
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    }
}
