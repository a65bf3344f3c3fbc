//! Package registries.

use vigil_proto::Severity::Critical;

use crate::{
    class::{ALNUM, HEX, LOWER_NUM, NONE, URL64, UUID},
    rule::Rule,
    shape::Part::Run,
};

pub(super) const RULES: &[Rule] = &[
    Rule::new("npm", "registry", "an npm access token", &["npm_"], &[Run(ALNUM, 36, 36)])
        .severity(Critical),
    Rule::new("pypi", "registry", "a PyPI upload token", &["pypi-AgE"], &[Run(URL64, 80, 1024)])
        .severity(Critical),
    Rule::new("crates_io", "registry", "a crates.io token", &["cio"], &[Run(ALNUM, 32, 32)])
        .severity(Critical),
    Rule::new(
        "dockerhub",
        "registry",
        "a Docker Hub token",
        &["dckr_pat_", "dckr_oat_"],
        &[Run(URL64, 27, 36)],
    )
    .severity(Critical),
    Rule::new("rubygems", "registry", "a RubyGems API key", &["rubygems_"], &[Run(HEX, 48, 48)])
        .severity(Critical),
    Rule::new("nuget", "registry", "a NuGet API key", &["oy2"], &[Run(LOWER_NUM, 43, 43)]),
    Rule::new(
        "npmrc",
        "registry",
        "an npm registry password",
        &["_authToken="],
        &[Run(UUID, 36, 36)],
    )
    .left(NONE)
    .after_anchor(),
    Rule::new(
        "artifactory",
        "registry",
        "an Artifactory API key",
        &["AKCp"],
        &[Run(ALNUM, 69, 69)],
    ),
];
