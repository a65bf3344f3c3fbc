//! Under which key something is listed: what may be written in several ways is one thing. Keys are
//! hashes of 16 bytes, so that a list of long URLs is no larger than one of short names.

use std::net::IpAddr;

/// Where an indicator stands in a table.
pub(super) type Key = [u8; 16];

/// Of a package; `ecosystem` is the one word.
pub(super) fn package(ecosystem: &str, name: &str) -> Key {
    hash(b'p', &[ecosystem.as_bytes(), package_name(ecosystem, name).as_bytes()])
}

/// Of a host, as [`plain_host`] has it.
pub(super) fn host(host: &str) -> Key {
    hash(b'h', &[host.as_bytes()])
}

/// Of an address; an IPv4 one in the clothes of IPv6 is itself.
pub(super) fn address(address: IpAddr) -> Key {
    match address.to_canonical() {
        IpAddr::V4(address) => hash(b'a', &[&address.octets()]),
        IpAddr::V6(address) => hash(b'a', &[&address.octets()]),
    }
}

/// Of a URL, and its host.
pub(super) fn url(url: &str) -> Option<(Key, String)> {
    let url = url.trim();
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if scheme.is_empty() || !scheme.chars().all(is_scheme) {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = split_port(authority);
    let host = plain_host(host);
    if host.is_empty() {
        return None;
    }
    let usual = match scheme.as_str() {
        "http" => "80",
        "https" => "443",
        "ftp" => "21",
        _ => "",
    };
    let port = if port == usual { "" } else { port };
    let path = if path.is_empty() { "/" } else { path };
    let parts = [scheme.as_bytes(), host.as_bytes(), port.as_bytes(), path.as_bytes()];
    Some((hash(b'u', &parts), host))
}

/// A host without what does not tell it from another: case, brackets, the root's dot.
pub(super) fn plain_host(host: &str) -> String {
    let host = host.trim();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.trim_end_matches('.').to_lowercase()
}

fn split_port(authority: &str) -> (&str, &str) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    }
}

/// A name as its registry compares it.
fn package_name(ecosystem: &str, name: &str) -> String {
    if ecosystem == "npm" {
        // Old names with capitals are others than those without.
        return name.trim().to_owned();
    }
    let name = name.trim().to_lowercase();
    match ecosystem {
        // PEP 503: runs of these are one hyphen.
        "pypi" => {
            let mut plain = String::with_capacity(name.len());
            for c in name.chars() {
                match c {
                    '-' | '_' | '.' if plain.ends_with('-') => {}
                    '-' | '_' | '.' => plain.push('-'),
                    c => plain.push(c),
                }
            }
            plain
        }
        "crates.io" => name.replace('_', "-"),
        _ => name,
    }
}

fn hash(kind: u8, parts: &[&[u8]]) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[kind]);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut key = Key::default();
    hasher.finalize_xof().fill(&mut key);
    key
}

#[cfg(test)]
mod tests {
    use super::{package, plain_host, url};

    #[test]
    fn a_name_is_compared_as_its_registry_does() {
        assert_eq!(package("pypi", "Foo.Bar__baz"), package("pypi", "foo-bar-baz"));
        assert_eq!(package("crates.io", "foo_bar"), package("crates.io", "foo-bar"));
        assert_ne!(package("npm", "foo_bar"), package("npm", "foo-bar"));
        assert_ne!(package("npm", "foo"), package("pypi", "foo"));
        assert_ne!(package("npm", "JSONStream"), package("npm", "jsonstream"));
    }

    #[test]
    fn a_url_is_one_however_it_is_written() {
        let (plain, host) = url("http://evil.example/a?b").unwrap();
        assert_eq!(host, "evil.example");
        for same in ["HTTP://EVIL.example:80/a?b", "http://u:p@evil.example./a?b#c"] {
            assert_eq!(url(same).unwrap().0, plain, "{same}");
        }
        for other in ["http://evil.example:81/a?b", "https://evil.example/a?b"] {
            assert_ne!(url(other).unwrap().0, plain, "{other}");
        }
        assert_eq!(url("http://[2001:db8::1]:8080").unwrap().1, "2001:db8::1");
        for none in ["evil.example/a", "://x", "http://", "a b://x"] {
            assert!(url(none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_host_is_plain() {
        assert_eq!(plain_host(" [2001:DB8::1] "), "2001:db8::1");
        assert_eq!(plain_host("Evil.Example."), "evil.example");
    }
}
