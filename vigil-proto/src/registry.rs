//! Whose names packages have: one word for each ecosystem, whatever else it is called. And the words
//! of the reasons that speak against a package. Pure.

use std::borrow::Cow;

use crate::spelling;

/// Every ecosystem that a command can install from; what is judged by its name first.
pub const ECOSYSTEMS: &[&str] = &[
    "npm",
    "pypi",
    "crates.io",
    "go",
    "rubygems",
    "packagist",
    "nuget",
    "docker",
    "vscode",
    "alpine",
    "arch",
    "asdf",
    "azure-extension",
    "bioconductor",
    "bsd",
    "chocolatey",
    "claude-plugin",
    "clear",
    "cocoapods",
    "conan",
    "conda",
    "cpan",
    "cran",
    "debian",
    "deno",
    "flatpak",
    "freebsd",
    "galaxy",
    "gemini-extension",
    "gentoo",
    "github",
    "guix",
    "hackage",
    "helm",
    "helm-plugin",
    "hex",
    "homebrew",
    "jbang",
    "jsr",
    "julia",
    "krew",
    "luarocks",
    "lxc",
    "macports",
    "maven",
    "mcp",
    "mise",
    "nimble",
    "nix",
    "opam",
    "openwrt",
    "powershell",
    "pub",
    "rpm",
    "scoop",
    "script",
    "sdkman",
    "shards",
    "snap",
    "solus",
    "swift",
    "vcpkg",
    "void",
    "winget",
];

/// Ecosystems that are known by more than one word: ours first.
const WORDS: &[(&str, &[&str])] = &[
    ("npm", &["npmjs", "node"]),
    ("pypi", &["pip", "python"]),
    ("crates.io", &["crates", "cargo", "rust"]),
    ("rubygems", &["gem", "gems", "ruby"]),
    ("go", &["golang"]),
    ("packagist", &["composer", "php"]),
    ("nuget", &["dotnet"]),
    ("maven", &["java"]),
    ("vscode", &["visual studio code", "open vsx", "openvsx"]),
    ("docker", &["docker hub"]),
];

/// The reasons that speak against a package, by their words.
pub const RULES: &[&str] = &[
    "affix-added",
    "affix-changed",
    "bare-address",
    "brand-name",
    "browser-automation",
    "credential-access",
    "download-then-run",
    "edition-of",
    "extra-index",
    "from-address",
    "from-repository",
    "install-script",
    "invalid-name",
    "look-alike-letters",
    "malicious",
    "malicious-address",
    "malicious-version",
    "money-movement",
    "opaque",
    "other-configuration",
    "pipe-to-shell",
    "redirected-index",
    "scope-dropped",
    "scope-imitated",
    "similar-name",
    "system-packages",
    "throwaway-host",
    "too-long",
    "traffic-interception",
    "unencrypted",
    "unknown-name",
    "unresolved-name",
    "verification-off",
    "words-reordered",
];

/// The one word for an ecosystem, such as `pypi` for `PyPI` and `debian` for `Debian:12`.
pub fn ecosystem(word: &str) -> Cow<'static, str> {
    let word = word.split(':').next().unwrap_or(word).trim().to_lowercase();
    match WORDS.iter().find(|(ours, others)| *ours == word || others.contains(&word.as_str())) {
        Some((ours, _)) => Cow::Borrowed(ours),
        None => Cow::Owned(word),
    }
}

/// The same where a command can install from it; else what is wrong with the word.
///
/// # Errors
/// No ecosystem is called so.
pub fn known_ecosystem(word: &str) -> Result<&'static str, String> {
    let one = ecosystem(word);
    ECOSYSTEMS.iter().copied().find(|known| *known == one).ok_or_else(|| {
        let others = WORDS.iter().flat_map(|(_, others)| *others).copied();
        let meant = spelling::nearest(&one, ECOSYSTEMS.iter().copied().chain(others));
        unknown("ecosystem", word, meant)
    })
}

/// What is wrong with the word of a rule; none where there is such a rule.
pub fn unknown_rule(word: &str) -> Option<String> {
    let is_known = RULES.contains(&word);
    (!is_known)
        .then(|| unknown("rule of packages", word, spelling::nearest(word, RULES.iter().copied())))
}

fn unknown(kind: &str, word: &str, meant: Option<&str>) -> String {
    let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
    format!("`{}` is no {kind} that is known{meant}", word.escape_debug())
}

#[cfg(test)]
mod tests;
