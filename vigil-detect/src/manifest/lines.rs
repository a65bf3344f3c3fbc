//! `go.mod` and `Gemfile`: one package a line.

use vigil_proto::package::{Package, PackageSource};

use super::{from, package};

const GO: (&str, &str) = ("go", "go");
const GEM: (&str, &str) = ("bundle", "rubygems");

pub(super) fn go_mod(text: &str) -> Vec<Package<String>> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let line = line.strip_prefix("require ").unwrap_or(line);
        let mut words = line.split_whitespace();
        if let (Some(module), Some(version), None) = (words.next(), words.next(), words.next())
            && module.contains('.')
            && version.starts_with('v')
        {
            found.push(package(GO, module, Some(version)));
        }
    }
    found
}

pub(super) fn gemfile(text: &str) -> Vec<Package<String>> {
    let mut found = Vec::new();
    for line in text.lines() {
        let Some(rest) = line.trim().strip_prefix("gem ") else { continue };
        let mut quoted = rest.split(['"', '\'']).skip(1).step_by(2);
        let Some(name) = quoted.next() else { continue };
        let version = quoted.next();
        let elsewhere = [("git:", PackageSource::Git), ("path:", PackageSource::File)]
            .into_iter()
            .find(|(key, _)| rest.contains(key));
        found.push(match (elsewhere, version) {
            (Some((_, source)), Some(url)) => from(package(GEM, name, None), source, url),
            (_, version) => package(GEM, name, version),
        });
    }
    found
}
