//! Where packages come from, as a command set it before: `npm config set registry`, a `.npmrc` that
//! it writes, `gem sources --add`.

use super::{
    ask::Ask,
    expand::{Arg, Value},
    options::{Does, Said},
    run::{Call, Run},
    tables::Program,
};

/// What stands for sources that a program keeps to itself; no variable of a shell has a point.
pub(super) const GEM: &str = "gem.sources";
pub(super) const COMPOSER: &str = "composer.repositories";

/// Files of settings: whose packages, the file, what comes before a value, what it means.
const FILES: &[(&str, &str, &str, Does)] = &[
    ("npm", ".npmrc", "registry=", Does::Index("registry")),
    ("npm", ".npmrc", "registry =", Does::Index("registry")),
    ("npm", ".npmrc", "strict-ssl=", Does::FlagIf("false", "no-verify")),
    ("npm", ".yarnrc", "registry ", Does::Index("registry")),
    ("npm", ".yarnrc.yml", "npmRegistryServer:", Does::Index("registry")),
    ("pypi", "pip.conf", "index-url", Does::Index("index-url")),
    ("pypi", "pip.conf", "extra-index-url", Does::Index("extra-index-url")),
    ("pypi", "pip.ini", "index-url", Does::Index("index-url")),
];

impl Run {
    /// Remembers what a program is told about where packages come from.
    pub(super) fn configures(&mut self, name: &str, call: Call<'_>) {
        if !matches!(name, "npm" | "cnpm" | "pnpm" | "yarn" | "pip" | "gem" | "composer") {
            return;
        }
        let all = call.args.get(1..).unwrap_or_default();
        let words: Vec<&Arg<'_>> =
            all.iter().filter(|arg| !arg.text.starts_with('-')).take(8).collect();
        let said: Vec<&str> = words.iter().map(|arg| arg.text.as_ref()).collect();
        match (name, said.as_slice()) {
            (_, ["config" | "c", "set", key, rest @ ..]) | ("npm", ["set", key, rest @ ..]) => {
                let (key, value) = match key.split_once('=') {
                    Some((key, value)) => (key, value),
                    None => (*key, rest.first().copied().unwrap_or_default()),
                };
                let variables: &[&str] = match (name, key) {
                    ("pip", key) if key.ends_with("extra-index-url") => &["PIP_EXTRA_INDEX_URL"],
                    ("pip", key) if key.ends_with("index-url") => &["PIP_INDEX_URL"],
                    ("pip", key) if key.ends_with("trusted-host") => &["PIP_TRUSTED_HOST"],
                    ("pip", key) if key.ends_with("find-links") => &["PIP_FIND_LINKS"],
                    (_, "registry" | "npmRegistryServer") => &["npm_config_registry"],
                    (_, "strict-ssl" | "enableStrictSsl") => {
                        &["npm_config_strict_ssl", "YARN_ENABLE_STRICT_SSL"]
                    }
                    _ => &[],
                };
                for variable in variables {
                    self.redirected(variable, value);
                }
            }
            ("gem", ["sources" | "source", url, ..])
                if all.iter().any(|arg| matches!(arg.text.as_ref(), "--add" | "-a")) =>
            {
                self.redirected(GEM, url);
            }
            ("composer", ["config", key, .., url]) if key.starts_with("repo") => {
                self.redirected(COMPOSER, url);
            }
            _ => {}
        }
    }

    fn redirected(&mut self, variable: &str, value: &str) {
        self.set(variable, Value { all: vec![value.to_owned()], ..Value::default() }, false);
    }

    /// Takes what files and families of variables say of where the packages of a program come from.
    pub(super) fn sources<'c>(&mut self, program: &Program, call: Call<'c>, ask: &mut Ask<'c>) {
        for (ecosystem, file, start, does) in FILES {
            if *ecosystem != program.ecosystem {
                continue;
            }
            let Some(text) = self.saved(file).and_then(|flow| flow.text.clone()) else { continue };
            if !self.spend(text.len()) {
                return;
            }
            let value = text.lines().find_map(|line| line.trim().strip_prefix(start));
            if let Some(value) = value {
                let bare = value.trim_matches([' ', '=', '"', '\'']).to_owned();
                let value = Some(Arg::plain(bare));
                ask.option(Said { option: "", value, does: *does, place: 0 });
            }
        }
        if program.ecosystem == "crates.io" {
            let redirects = |name: &str| {
                (name.starts_with("CARGO_REGISTRIES_") && name.ends_with("_INDEX"))
                    || (name.starts_with("CARGO_SOURCE_")
                        && (name.ends_with("_REGISTRY") || name.ends_with("_REPLACE_WITH")))
            };
            let own = call.settings.iter().find(|(name, _)| redirects(name));
            let value = own.map(|(_, value)| value.text.clone().into_owned());
            let value = value.or_else(|| self.first_of(redirects));
            if let Some(value) = value {
                let value = Some(Arg::plain(value));
                ask.option(Said { option: "", value, does: Does::Index("registry"), place: 0 });
            }
        }
    }
}
