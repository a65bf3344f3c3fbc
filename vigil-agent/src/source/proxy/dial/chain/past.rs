//! What is reached past the proxy behind this one: the rules that `NO_PROXY` has. Pure; never
//! resolves a name, so networks match addresses that a client named itself.

use std::net::IpAddr;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Everything.
    All,
    /// A name and all below it.
    Name(String, Option<u16>),
    /// The addresses that begin with so many bits of this one.
    Net(IpAddr, u32, Option<u16>),
}

impl Rule {
    /// What `text` says; `None` when it says nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "*" {
            return Some(Self::All);
        }
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let bits = bits.parse().ok().filter(|bits| *bits <= width(address))?;
            return Some(Self::Net(address, bits, None));
        }
        let (host, port) = split_port(text);
        let port = match port {
            Port::Left => None,
            Port::Given(port) => Some(port),
            Port::Bad => return None,
        };
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Net(address, width(address), port));
        }
        let name = host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host);
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        (!name.is_empty()).then_some(Self::Name(name, port))
    }

    /// True when it names `host` (canonical) at `port`.
    pub(super) fn matches(&self, host: &str, port: u16) -> bool {
        let fits = |wanted: &Option<u16>| wanted.is_none_or(|wanted| wanted == port);
        match self {
            Self::All => true,
            Self::Name(name, wanted) => {
                fits(wanted)
                    && host
                        .strip_suffix(name.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            Self::Net(net, bits, wanted) => {
                fits(wanted) && host.parse().is_ok_and(|address| begins(address, *net, *bits))
            }
        }
    }
}

/// True for this machine itself, which no other proxy is asked for.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// What stands for a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// Nothing.
    Left,
    Given(u16),
    Bad,
}

/// `host[:port]`, brackets of an address left out.
pub(super) fn split_port(text: &str) -> (&str, Port) {
    let given = |port: &str| port.parse().map_or(Port::Bad, Port::Given);
    if let Some((host, after)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let port = match after.strip_prefix(':') {
            Some(port) => given(port),
            None if after.is_empty() => Port::Left,
            None => Port::Bad,
        };
        return (host, port);
    }
    match text.split_once(':') {
        // More than one colon: an address without brackets.
        Some((host, port)) if !port.contains(':') => (host, given(port)),
        _ => (text, Port::Left),
    }
}

const fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// True when `address` has the first `bits` bits of `net`.
fn begins(address: IpAddr, net: IpAddr, bits: u32) -> bool {
    let number = |address: IpAddr| match address {
        IpAddr::V4(four) => u128::from(u32::from(four)) << 96,
        IpAddr::V6(six) => u128::from(six),
    };
    let unlike = number(address) ^ number(net);
    address.is_ipv4() == net.is_ipv4() && unlike.leading_zeros() >= bits
}
