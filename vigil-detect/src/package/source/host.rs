//! The host of an address, and what is thought of hosts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where something is fetched from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Host<'a> {
    /// Its name, or the address as it is written.
    pub(super) name: &'a str,
    /// The port, as it is said or usual.
    pub(super) port: u16,
    /// What follows it.
    path: &'a str,
    /// True where nothing encrypts the way.
    pub(super) is_plain: bool,
}

/// What kind of place a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// This machine or its network.
    Own,
    /// Those who make what is fetched, and who serve little else.
    Vendor,
    /// Anybody's code, under a name that stays.
    Forge,
    /// Anybody's anything, for a while: pastes, tunnels, uploads.
    Throwaway,
    /// All others.
    Unknown,
}

/// Makers of tools and of the indexes that their documentation names.
const VENDORS: &[&str] = &[
    "astral.sh",
    "bun.sh",
    "claude.ai",
    "data.pyg.org",
    "deb.nodesource.com",
    "deno.land",
    "developer.download.nvidia.com",
    "dl.google.com",
    "dl.k8s.io",
    "download.docker.com",
    "download.pytorch.org",
    "get.docker.com",
    "get.helm.sh",
    "get.k3s.io",
    "get.pnpm.io",
    "get.sdkman.io",
    "getcomposer.org",
    "go.dev",
    "install.duckdb.org",
    "install.python-poetry.org",
    "jsr.io",
    "mise.run",
    "nixos.org",
    "ollama.com",
    "opencode.ai",
    "packages.microsoft.com",
    "pypi.nvidia.com",
    "rpm.nodesource.com",
    "sh.rustup.rs",
    "starship.rs",
    "tailscale.com",
    "wheels.vllm.ai",
    "www.python.org",
];

/// Installers that projects tell their users to pipe into a shell, in a place of anybody's.
const INSTALLERS: &[(&str, &str)] = &[
    ("raw.githubusercontent.com", "/homebrew/install/"),
    ("raw.githubusercontent.com", "/nvm-sh/nvm/"),
    ("raw.githubusercontent.com", "/ohmyzsh/ohmyzsh/"),
    ("raw.githubusercontent.com", "/pyenv/pyenv-installer/"),
    ("raw.githubusercontent.com", "/helm/helm/"),
    ("raw.githubusercontent.com", "/k3d-io/k3d/"),
    ("raw.githubusercontent.com", "/rustdesk/"),
    ("fnm.vercel.app", "/install"),
    ("pyenv.run", ""),
];

const FORGES: &[&str] = &[
    "bitbucket.org",
    "codeberg.org",
    "gist.githubusercontent.com",
    "git.sr.ht",
    "github.com",
    "gitlab.com",
    "huggingface.co",
    "objects.githubusercontent.com",
    "codeload.github.com",
    "raw.githubusercontent.com",
];

/// A host, or what a host of theirs ends with.
const THROWAWAY: &[&str] = &[
    "anonfiles.com",
    "bashupload.com",
    "bit.ly",
    "cdn.discordapp.com",
    "catbox.moe",
    "dpaste.com",
    "dpaste.org",
    "file.io",
    "ghostbin.com",
    "gofile.io",
    "hastebin.com",
    "is.gd",
    "loca.lt",
    "localhost.run",
    "mediafire.com",
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "ngrok-free.app",
    "ngrok-free.dev",
    "paste.ee",
    "paste.rs",
    "pastebin.com",
    "pinggy.link",
    "rentry.co",
    "requestbin.net",
    "serveo.net",
    "t.ly",
    "temp.sh",
    "tinyurl.com",
    "transfer.sh",
    "trycloudflare.com",
    "webhook.site",
    "0x0.st",
];

impl<'a> Host<'a> {
    /// The host of an address with a scheme, or of a repository as ssh is told it.
    pub(super) fn of(address: &'a str) -> Option<Self> {
        let Some((scheme, rest)) = address.split_once("://") else { return Self::of_ssh(address) };
        let scheme = scheme.rsplit('+').next().unwrap_or(scheme);
        if scheme.eq_ignore_ascii_case("file") {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let end = if host.starts_with('[') {
            host.find(']').map_or(host.len(), |end| end + 1)
        } else {
            host.find(':').unwrap_or(host.len())
        };
        let (name, port) = host.split_at_checked(end)?;
        let port = port.strip_prefix(':').and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| usual_port(scheme));
        let is_plain =
            ["http", "ftp", "git"].iter().any(|plain| scheme.eq_ignore_ascii_case(plain));
        (!name.is_empty()).then_some(Self { name, port, path, is_plain })
    }

    /// `git@host:path`.
    fn of_ssh(address: &'a str) -> Option<Self> {
        let (user, rest) = address.split_once('@')?;
        let (name, path) = rest.split_once(':')?;
        let is_host = name.contains('.') && !user.contains('/') && !name.contains('/');
        is_host.then_some(Self { name, port: 22, path, is_plain: false })
    }

    /// What kind of place it is.
    pub(super) fn standing(&self) -> Standing {
        let name = self.name.to_ascii_lowercase();
        let name = name.trim_end_matches('.');
        if is_own(name) {
            Standing::Own
        } else if VENDORS.contains(&name) {
            Standing::Vendor
        } else if FORGES.contains(&name) {
            Standing::Forge
        } else if THROWAWAY.iter().any(|host| is_below(name, host)) {
            Standing::Throwaway
        } else {
            Standing::Unknown
        }
    }

    /// True for a script that its project tells everybody to run.
    pub(super) fn is_installer(&self) -> bool {
        let path = self.path.to_ascii_lowercase();
        INSTALLERS
            .iter()
            .any(|(host, at)| self.name.eq_ignore_ascii_case(host) && path.starts_with(at))
    }
}

fn usual_port(scheme: &str) -> u16 {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => 80,
        "ftp" => 21,
        "git" => 9418,
        "ssh" => 22,
        _ => 443,
    }
}

fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// This machine, or a network that is not the internet.
fn is_own(name: &str) -> bool {
    let own_name = name == "localhost"
        || ["local", "localhost", "internal", "lan", "corp", "home.arpa"]
            .iter()
            .any(|parent| is_below(name, parent))
        || !name.contains(['.', ':']);
    let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
    own_name
        || address.is_ok_and(|address| match address {
            IpAddr::V4(address) => is_own_v4(address),
            IpAddr::V6(address) => is_own_v6(address),
        })
}

const fn is_own_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_private() || address.is_link_local()
}

const fn is_own_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
}
