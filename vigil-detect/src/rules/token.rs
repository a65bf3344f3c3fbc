//! Tokens of open standards.

use vigil_proto::Severity::Medium;

use crate::{
    class::{URL64, URL64_DOT},
    rule::Rule,
    shape::Part::{Lit, Run},
};

pub(super) const RULES: &[Rule] = &[Rule::new(
    "jwt",
    "token",
    "a JSON web token",
    &["eyJ"],
    &[Run(URL64, 14, 2048), Lit(".eyJ"), Run(URL64, 8, 8192), Lit("."), Run(URL64, 16, 1024)],
)
.severity(Medium)
.left(URL64_DOT)];
