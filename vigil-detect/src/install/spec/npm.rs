//! What is given to `npm install` and its relatives.

use vigil_proto::package::PackageSource;

use super::{super::expand::Arg, Item, after_host, ends, is_path, is_url};

const HOSTS: [&str; 4] = ["github:", "gitlab:", "bitbucket:", "gist:"];
const HOSTED: [&str; 4] = ["github.com", "gitlab.com", "bitbucket.org", "gist.github.com"];

/// A package of npm: `name@version`, an alias, an address, a repository, a path.
pub(in super::super) fn npm(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if let Some(elsewhere) = place(text) {
        return Some(elsewhere);
    }
    let (name, version) = named(text);
    match version {
        Some(version) if version.starts_with("npm:") => {
            npm(&arg.part(version.get(4..).unwrap_or_default())).map(|item| item.flagged("alias"))
        }
        Some(version) if version.starts_with("jsr:") => {
            let (name, version) = version.get(4..).map_or((name, None), |rest| {
                if rest.starts_with('@') { named(rest) } else { (name, Some(rest)) }
            });
            Some(Item::named(name, version).of("jsr"))
        }
        Some(version) if version.starts_with("workspace:") || version.starts_with("catalog:") => {
            None
        }
        Some(version) => {
            let elsewhere = place(version);
            Some(elsewhere.map_or_else(
                || Item::named(name, Some(version)),
                |item| Item { name: Some(name.to_owned()), ..item },
            ))
        }
        None if name.is_empty() => None,
        None => Some(Item::named(name, None)),
    }
}

/// `name@version`, where the name may begin with `@`.
pub(in super::super) fn named(text: &str) -> (&str, Option<&str>) {
    let from = usize::from(text.starts_with('@'));
    match text.get(from..).and_then(|rest| rest.find('@')) {
        Some(at) => {
            let (name, version) = text.split_at(at + from);
            (name, version.get(1..))
        }
        None => (text, None),
    }
}

/// What is no name.
fn place(text: &str) -> Option<Item> {
    // Deno takes `npm:/name` too.
    let after = |scheme: &str| text.strip_prefix(scheme).map(|rest| rest.trim_start_matches('/'));
    if let Some(name) = after("jsr:") {
        let (name, version) = named(name);
        return Some(Item::named(name, version).of("jsr"));
    }
    if let Some(rest) = after("npm:") {
        let (name, version) = named(rest);
        return Some(Item::named(name, version).of("npm"));
    }
    let git = |url: &str| {
        let (url, version) = match url.split_once('#') {
            Some((url, version)) => (url, Some(version.to_owned())),
            None => (url, None),
        };
        Item { version, ..Item::at(PackageSource::Git, url) }
    };
    if HOSTS.iter().any(|host| text.starts_with(host)) {
        return Some(git(text));
    }
    if let Some(url) = text.strip_prefix("git+") {
        return Some(git(url));
    }
    if text.starts_with("git://") || text.starts_with("ssh://") || text.starts_with("git@") {
        return Some(git(text));
    }
    if is_url(text) {
        let bare = text.split(['#', '?']).next().unwrap_or_default();
        let host = bare
            .split_once("://")
            .map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
        let host = host.rsplit('@').next().unwrap_or_default();
        let path = after_host(bare).trim_end_matches('/');
        let parts = path.split('/').count();
        let hosted = HOSTED.contains(&host)
            && (parts == 2
                || path.split('/').nth(2).is_some_and(|part| part == "tree")
                || (parts == 1 && host.starts_with("gist")));
        return Some(if ends(bare, &[".git"]) || hosted {
            git(text)
        } else {
            Item::at(PackageSource::Url, text)
        });
    }
    let archive = [".tgz", ".tar.gz", ".tar"].iter().any(|end| text.ends_with(end));
    if is_path(text)
        || text.starts_with("link:")
        || text.starts_with("portal:")
        || (archive && !text.starts_with('@') && !text.contains("://"))
    {
        return Some(Item::at(PackageSource::File, text.strip_prefix("file:").unwrap_or(text)));
    }
    // `user/repository`.
    let mut parts = text.split('#').next().unwrap_or_default().split('/');
    let shorthand = !text.starts_with('@')
        && parts.next().is_some_and(|user| !user.is_empty() && !user.contains('@'))
        && parts.next().is_some_and(|name| !name.is_empty())
        && parts.next().is_none();
    shorthand.then(|| git(text))
}

/// The package that `npm create name` runs.
pub(in super::super) fn create(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if text.starts_with('@') {
        let (name, version) = named(text);
        let name = match name.split_once('/') {
            Some((scope, name)) if name.starts_with("create-") || name == "create" => {
                format!("{scope}/{name}")
            }
            Some((scope, name)) => format!("{scope}/create-{name}"),
            None => format!("{name}/create"),
        };
        return Some(Item::named(&name, version));
    }
    if place(text).is_some() {
        return npm(arg);
    }
    let (name, version) = named(text);
    if name.is_empty() {
        return None;
    }
    let name = if name.starts_with("create-") { name.to_owned() } else { format!("create-{name}") };
    Some(Item::named(&name, version))
}

/// What deno is given: `npm:name`, `jsr:name`, an address; anything else is a file.
pub(in super::super) fn deno(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.as_ref();
    if text.starts_with("npm:") || text.starts_with("jsr:") {
        return place(text).map(slashless);
    }
    if is_url(text) {
        return Some(Item::at(PackageSource::Url, text));
    }
    // A bare name is one of the JavaScript registry.
    (text.starts_with('@') && text.contains('/')).then(|| {
        let (name, version) = named(text);
        slashless(Item::named(name, version).of("jsr"))
    })
}

/// Without the file within the package, as in `npm:name@1/cli`.
fn slashless(mut item: Item) -> Item {
    if let Some(version) = &mut item.version {
        version.truncate(version.find('/').unwrap_or(version.len()));
    } else if let Some(name) = &mut item.name {
        let from = if name.starts_with('@') { name.find('/').map_or(0, |at| at + 1) } else { 0 };
        let end =
            name.get(from..).and_then(|rest| rest.find('/')).map_or(name.len(), |at| at + from);
        name.truncate(end);
    }
    item
}
