//! What is given to the other package programs.

#![expect(clippy::unnecessary_wraps, reason = "readers of one kind, some of which take all")]

use vigil_proto::package::PackageSource;

use super::{super::expand::Arg, Item, ends, is_path, is_url, named};

/// The folder, archive or address that `text` is, if it is no name.
fn elsewhere(text: &str) -> Option<Item> {
    if is_url(text) {
        return Some(Item::at(PackageSource::Url, text));
    }
    is_path(text).then(|| Item::at(PackageSource::File, text))
}

fn split(text: &str, at: char) -> Item {
    match text.split_once(at) {
        Some((name, version)) => Item::named(name, Some(version)),
        None => Item::named(text, None),
    }
}

/// `name@version`, a path or an address.
pub(in super::super) fn at_version(arg: &Arg<'_>) -> Option<Item> {
    elsewhere(&arg.text).or_else(|| {
        let (name, version) = named(&arg.text);
        Some(Item::named(name, version))
    })
}

/// A name, a path or an address.
pub(in super::super) fn plain(arg: &Arg<'_>) -> Option<Item> {
    elsewhere(&arg.text).or_else(|| Some(Item::named(&arg.text, None)))
}

/// A module of Go. What is of the project itself or of the standard library is none.
pub(in super::super) fn go(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    let (name, version) =
        text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
    let host = name.split('/').next().unwrap_or_default();
    let unknown = arg.hides(host);
    let local = name.starts_with('.')
        || name.starts_with('/')
        || ends(name, &[".go"])
        || !host.contains('.');
    ((unknown || !local) && version != Some("none")).then(|| Item::named(name, version))
}

/// A gem: `name:version`, or a file.
pub(in super::super) fn gem(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if let Some(stem) = text.strip_suffix(".gem") {
        let stem = stem.rsplit('/').next().unwrap_or_default();
        let split = stem
            .rsplit_once('-')
            .filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()));
        let place =
            Item::at(if is_url(text) { PackageSource::Url } else { PackageSource::File }, text);
        return Some(match split {
            Some((name, version)) => {
                Item { name: Some(name.to_owned()), version: Some(version.to_owned()), ..place }
            }
            None => place,
        });
    }
    elsewhere(text).or_else(|| Some(split(text, ':')))
}

/// A package of Debian: `name=version`, `name/suite`, `name:architecture`, a file.
pub(in super::super) fn deb(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if ends(text, &[".deb"]) {
        return Some(Item::at(
            if is_url(text) { PackageSource::Url } else { PackageSource::File },
            text,
        ));
    }
    if let Some(place) = elsewhere(text) {
        return Some(place);
    }
    // A name with a dash at its end is taken away.
    if text.ends_with('-') {
        return None;
    }
    let (name, version) =
        text.split_once('=').map_or((text, None), |(name, version)| (name, Some(version)));
    let name = name.split(['/', ':']).next().unwrap_or_default();
    Some(Item::named(name, version))
}

/// A package of Alpine: `name=version`, `name@repository`, `name~version`.
pub(in super::super) fn apk(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if text.starts_with('!') {
        return None;
    }
    if ends(text, &[".apk"]) {
        return Some(Item::at(
            if is_url(text) { PackageSource::Url } else { PackageSource::File },
            text,
        ));
    }
    elsewhere(text).or_else(|| {
        let end = text.find(['=', '<', '>', '~', '@']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let version =
            if rest.starts_with('@') { None } else { Some(rest.strip_prefix('=').unwrap_or(rest)) };
        Some(Item::named(name, version))
    })
}

/// A package of RPM: a name, which may hold a version, a file, an address.
pub(in super::super) fn rpm(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if ends(text, &[".rpm"]) && !is_url(text) {
        return Some(Item::at(PackageSource::File, text));
    }
    elsewhere(text).or_else(|| {
        let end = text.find(['=', '<', '>', ' ']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        Some(Item::named(name, Some(rest.trim().strip_prefix('=').unwrap_or(rest).trim())))
    })
}

/// A package of Arch: a name with its repository, a file, an address.
pub(in super::super) fn arch(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if text.contains(".pkg.tar") {
        return Some(Item::at(
            if is_url(text) { PackageSource::Url } else { PackageSource::File },
            text,
        ));
    }
    elsewhere(text).or_else(|| {
        let name = text.rsplit('/').next().unwrap_or_default();
        let end = name.find(['=', '<', '>']).unwrap_or(name.len());
        let (name, rest) = name.split_at(end);
        Some(Item::named(name, Some(rest.strip_prefix('=').unwrap_or(rest))))
    })
}

/// A package of conda: `channel::name=version=build`.
pub(in super::super) fn conda(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if let Some(place) = elsewhere(text) {
        return Some(place);
    }
    let (channel, text) =
        text.split_once("::").map_or((None, text), |(channel, text)| (Some(channel), text));
    let end = text.find(['=', '<', '>', '!', '~', ' ', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim();
    let version = if rest.starts_with('[') {
        rest.split(['\'', '"']).nth(1)
    } else if let Some(exact) = rest.strip_prefix("==") {
        Some(exact)
    } else if let Some(exact) = rest.strip_prefix('=') {
        exact.split('=').next()
    } else {
        Some(rest)
    };
    let item = Item::named(name, version);
    Some(match channel {
        Some(channel) => {
            Item { source: PackageSource::Index, url: Some(channel.to_owned()), ..item }
                .flagged("channel")
        }
        None => item,
    })
}

/// A formula or cask: a name with its tap, a file, an address.
pub(in super::super) fn brew(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if let Some(place) = elsewhere(text) {
        return Some(place);
    }
    if ends(text, &[".rb"]) {
        return Some(Item::at(PackageSource::File, text));
    }
    let item = Item::named(text, None);
    Some(match text.rsplit_once('/') {
        Some((tap, _)) if tap.contains('/') && !tap.starts_with("homebrew/") => {
            Item { source: PackageSource::Index, url: Some(tap.to_owned()), ..item }.flagged("tap")
        }
        _ => item,
    })
}

/// A place that packages come from from now on.
pub(in super::super) fn tap(arg: &Arg<'_>) -> Option<Item> {
    let item = Item::named(&arg.text, None);
    Some(
        Item { source: PackageSource::Index, url: Some(arg.text.clone().into_owned()), ..item }
            .flagged("tap"),
    )
}

/// An image: `registry/name:tag@digest`.
pub(in super::super) fn image(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.strip_prefix("docker://").unwrap_or(&arg.text);
    let (text, digest) =
        text.split_once('@').map_or((text, None), |(text, digest)| (text, Some(digest)));
    let path = text.rfind('/').map_or(0, |slash| slash + 1);
    let colon = text.get(path..).and_then(|last| last.find(':')).map(|at| at + path);
    let (name, tag) = match colon {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    };
    if name.is_empty() {
        return None;
    }
    let item = Item::named(name, tag.or(digest));
    let host = name.split_once('/').map(|(host, _)| host);
    Some(
        match host.filter(|host| {
            (host.contains(['.', ':']) || *host == "localhost") && *host != "docker.io"
        }) {
            Some(host) => Item { source: PackageSource::Index, url: Some(host.to_owned()), ..item },
            None => item,
        },
    )
}

/// A package of composer: `vendor/name:version`.
pub(in super::super) fn composer(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    let end = text.find([':', '=', ' ']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    Some(Item::named(name, rest.get(1..).map(str::trim)))
}

/// A package with `::version`, as templates have.
pub(in super::super) fn template(arg: &Arg<'_>) -> Option<Item> {
    elsewhere(&arg.text).or_else(|| {
        let (name, version) = arg
            .text
            .split_once("::")
            .map_or_else(|| named(&arg.text), |(name, version)| (name, Some(version)));
        Some(Item::named(name, version))
    })
}

/// A package of nix: `nixpkgs#name`, `nixpkgs.name`, a repository.
pub(in super::super) fn nix(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if text.starts_with(".#") || text == "." {
        return None;
    }
    let remote = ["github:", "gitlab:", "git+", "sourcehut:", "git@"]
        .iter()
        .any(|start| text.starts_with(start));
    if remote {
        let (url, name) =
            text.split_once('#').map_or((text, None), |(url, name)| (url, Some(name)));
        return Some(Item { name: name.map(str::to_owned), ..Item::at(PackageSource::Git, url) });
    }
    if let Some(place) = elsewhere(text) {
        return Some(place);
    }
    let name = text.rsplit_once('#').map_or(text, |(_, name)| name);
    let name = ["nixpkgs.", "nixos.", "pkgs.", "unstable.", "legacyPackages."]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name);
    Some(Item::named(name, None))
}

/// A chart; one that lies in a folder is none.
pub(in super::super) fn chart(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if text.starts_with("oci://") || is_url(text) {
        return Some(Item::at(PackageSource::Url, text));
    }
    (!is_path(text) && (text.contains('/') || !arg.known)).then(|| Item::named(text, None))
}

/// An extension of an editor: `publisher.name@version`, a file.
pub(in super::super) fn extension(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if ends(text, &[".vsix"]) {
        return Some(Item::at(
            if is_url(text) { PackageSource::Url } else { PackageSource::File },
            text,
        ));
    }
    at_version(arg)
}

/// A repository by its address, or `owner/name` of the usual host.
pub(in super::super) fn repository(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if is_path(text) {
        return Some(Item::at(PackageSource::File, text));
    }
    let (url, version) = match text
        .rfind(['#', '@'])
        .filter(|at| text.get(*at..).is_some_and(|rest| !rest.contains(['/', ':'])))
    {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    };
    let name = (!url.contains("://") && !url.contains(':')).then(|| url.to_owned());
    Some(Item { name, version: version.map(str::to_owned), ..Item::at(PackageSource::Git, url) })
}

/// `name.version`, as opam has.
pub(in super::super) fn opam(arg: &Arg<'_>) -> Option<Item> {
    elsewhere(&arg.text).or_else(|| Some(split(&arg.text, '.')))
}

/// `name-version`, as cabal and stack have.
pub(in super::super) fn dashed(arg: &Arg<'_>) -> Option<Item> {
    elsewhere(&arg.text).or_else(|| {
        let split = arg
            .text
            .rsplit_once('-')
            .filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()));
        Some(split.map_or_else(
            || Item::named(&arg.text, None),
            |(name, version)| Item::named(name, Some(version)),
        ))
    })
}

/// `name[features]:triplet`.
pub(in super::super) fn vcpkg(arg: &Arg<'_>) -> Option<Item> {
    Some(Item::named(arg.text.split(['[', ':']).next().unwrap_or_default(), None))
}

/// `name/version@user/channel`.
pub(in super::super) fn conan(arg: &Arg<'_>) -> Option<Item> {
    if elsewhere(&arg.text).is_some() {
        return None;
    }
    Some(split(arg.text.split('@').next().unwrap_or_default(), '/'))
}

/// `name:version`, as the collections of Ansible and packages of Dart have.
pub(in super::super) fn coloned(arg: &Arg<'_>) -> Option<Item> {
    elsewhere(&arg.text)
        .or_else(|| Some(split(arg.text.strip_prefix("dev:").unwrap_or(&arg.text), ':')))
}

/// A tool with its source, as `npm:name@version`; tools without one are none.
pub(in super::super) fn sourced(arg: &Arg<'_>) -> Option<Item> {
    let (source, rest) = arg.text.split_once(':')?;
    let (name, version) = named(rest);
    let name = name.split('[').next().unwrap_or_default();
    Some(match source {
        "npm" => Item::named(name, version).of("npm"),
        "pipx" if !name.contains('/') => Item::named(name, version).of("pypi"),
        "cargo" if !name.contains('/') => Item::named(name, version).of("crates.io"),
        "gem" => Item::named(name, version).of("rubygems"),
        "go" => Item::named(name, version).of("go"),
        "ubi" | "github" | "aqua" | "pipx" | "cargo" | "asdf" => Item {
            name: Some(name.to_owned()),
            version: version.map(str::to_owned),
            ..Item::at(PackageSource::Git, name)
        },
        _ => return None,
    })
}
