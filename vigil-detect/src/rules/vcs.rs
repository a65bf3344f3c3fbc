//! Hosts of source code.

use vigil_proto::Severity::Critical;

use crate::{
    class::{ALNUM, HEX_ANY, URL64},
    rule::Rule,
    shape::Part::{Any, Lit, Run},
};

pub(super) const RULES: &[Rule] = &[
    github("github_ghp", "a GitHub personal access token (classic)", &["ghp_"]),
    github("github_gho", "a GitHub OAuth token", &["gho_"]),
    github("github_ghu", "a GitHub user-to-server token", &["ghu_"]),
    github("github_ghs", "a GitHub server-to-server token", &["ghs_"]),
    Rule::new("github_ghr", "vcs", "a GitHub refresh token", &["ghr_"], &[Run(ALNUM, 36, 76)])
        .severity(Critical)
        .checksum(),
    Rule::new(
        "github_pat",
        "vcs",
        "a GitHub fine-grained token",
        &["github_pat_"],
        &[Run(ALNUM, 22, 22), Lit("_"), Run(ALNUM, 59, 59)],
    )
    .severity(Critical),
    Rule::new("gitlab_pat", "vcs", "a GitLab access token", &["glpat-"], &[Run(URL64, 20, 60)])
        .severity(Critical),
    Rule::new(
        "gitlab_runner",
        "vcs",
        "a GitLab runner token",
        &["glrt-", "glrtr-", "GR1348941"],
        &[Run(URL64, 20, 60)],
    ),
    Rule::new(
        "gitlab_token",
        "vcs",
        "a GitLab token",
        &["gldt-", "glptt-", "glft-", "glsoat-", "glcbt-", "glimt-", "glagent-", "gloas-"],
        &[Run(URL64, 20, 64)],
    ),
    Rule::new("bitbucket", "vcs", "a Bitbucket app password", &["ATBB"], &[Run(ALNUM, 32, 32)]),
    Rule::new(
        "sourcegraph",
        "vcs",
        "a Sourcegraph token",
        &["sgp_"],
        &[Any(&["local_", ""]), Run(HEX_ANY, 40, 40)],
    ),
    Rule::new(
        "sourcegraph",
        "vcs",
        "a Sourcegraph token",
        &["sgp_"],
        &[Run(HEX_ANY, 16, 16), Lit("_"), Run(HEX_ANY, 40, 40)],
    ),
];

const fn github(name: &'static str, title: &'static str, anchors: &'static [&'static str]) -> Rule {
    Rule::new(name, "vcs", title, anchors, &[Run(ALNUM, 36, 36)]).severity(Critical).checksum()
}
