//! What the address of an archive says is in it. Whoever serves a registry's archives, the registry
//! itself or a copy of it, has them under the registry's paths.

/// Name and version of the archive at `address`.
pub(super) fn named(ecosystem: &str, address: &str) -> Option<(String, String)> {
    let (_, rest) = address.split_once("://")?;
    let path = rest.split(['?', '#']).next()?;
    match ecosystem {
        "npm" => npm(path),
        "pypi" => pypi(path),
        _ => None,
    }
}

/// `HOST/@scope/name/-/name-1.0.0.tgz`.
fn npm(path: &str) -> Option<(String, String)> {
    let (name, file) = path.rsplit_once("/-/")?;
    let mut parts = name.rsplit('/');
    let bare = parts.next()?;
    let scope = parts.next().map(decoded).filter(|scope| scope.starts_with('@'));
    let bare = decoded(bare);
    let name = scope.map_or(bare.clone(), |scope| format!("{scope}/{bare}"));
    let last = name.rsplit('/').next()?;
    let file = decoded(file.strip_suffix(".tgz")?);
    let file = file.rsplit('/').next()?;
    let version = file.strip_prefix(last)?.strip_prefix('-')?.to_owned();
    Some((name, version))
}

/// `name-1.0.0.tar.gz`, `name-1.0.0-py3-none-any.whl`.
fn pypi(path: &str) -> Option<(String, String)> {
    let file = decoded(path.rsplit('/').next()?);
    if let Some(wheel) = file.strip_suffix(".whl") {
        let mut parts = wheel.split('-');
        let (name, version) = (parts.next()?, parts.next()?);
        return parts.next().map(|_| (name.to_owned(), version.to_owned()));
    }
    let plain = [".tar.gz", ".zip", ".tar.bz2"].iter().find_map(|end| file.strip_suffix(end))?;
    let (name, version) = plain.rsplit_once('-')?;
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    (is_version && !name.is_empty()).then(|| (name.to_owned(), version.to_owned()))
}

/// Without the escapes that names of packages have in addresses.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    [("%40", "@"), ("%2F", "/"), ("%2f", "/"), ("%2B", "+"), ("%2b", "+")]
        .iter()
        .fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn an_archive_says_what_is_in_it() {
        for (ecosystem, address, name, version) in [
            ("npm", "https://r.example/evil/-/evil-1.0.0.tgz", "evil", "1.0.0"),
            (
                "npm",
                "https://r.example/npm/@a/b-c/-/b-c-1.0.0-rc.1.tgz?x#y",
                "@a/b-c",
                "1.0.0-rc.1",
            ),
            ("npm", "https://r.example/@a%2fb/-/b-2.0.0.tgz", "@a/b", "2.0.0"),
            (
                "pypi",
                "https://f.example/packages/aa/bb/evil_x-1.0.tar.gz#sha256=0",
                "evil_x",
                "1.0",
            ),
            ("pypi", "https://f.example/evil-1.0-py3-none-any.whl", "evil", "1.0"),
        ] {
            let found = named(ecosystem, address);
            assert_eq!(found, Some((name.to_owned(), version.to_owned())), "{address}");
        }
        for none in ["https://r.example/evil.tgz", "evil/-/evil-1.0.0.tgz", "https://", "a://b/-/c"]
        {
            assert_eq!(named("npm", none), None, "{none}");
        }
    }
}
