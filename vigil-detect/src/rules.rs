//! The rules, one file a group. Shapes follow the providers' documentation and published
//! tokens; where a provider says nothing, the widest published form counts.

use crate::{assign, personal, rule::Rule};

mod ai;
pub(crate) mod catalogue;
mod cloud;
mod code;
mod comm;
mod command;
mod db;
mod http;
mod issued;
mod keys;
mod payment;
mod prefixed;
mod read;
mod registry;
mod saas;
mod token;
mod vcs;

/// Every rule. Of two that fit the same bytes, the earlier one wins.
pub(crate) static ALL: &[&[Rule]] = &[
    cloud::RULES,
    vcs::RULES,
    ai::RULES,
    comm::RULES,
    payment::RULES,
    registry::RULES,
    saas::RULES,
    prefixed::RULES,
    issued::RULES,
    keys::RULES,
    token::RULES,
    db::RULES,
    http::RULES,
    command::RULES,
    code::RULES,
    assign::GENERIC,
    personal::RULES,
    PLANTED,
];

/// What the user's own configuration finds under this name; see [`crate::custom`].
static PLANTED: &[Rule] = &[Rule::assigned("canary", "canary", "a canary that you planted")];

#[cfg(test)]
mod tests;
