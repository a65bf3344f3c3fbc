//! What the helper does with the packet filter, order by order.

use serde::{Deserialize, Serialize};
use vigil_proto::rpc::{Support, Unsupported};

use super::order::Reply;

/// What the mutator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RedirectOrder {}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RedirectReply {}

/// The helper's side of it, for as long as the helper runs.
#[derive(Debug)]
pub(super) struct Redirect {
    support: Support,
}

impl Redirect {
    /// Looks, before rights are given up, whether this machine can.
    pub(super) const fn new() -> Self {
        Self { support: Support::No(Unsupported::NotBuilt) }
    }

    pub(super) const fn support(&self) -> Support {
        self.support
    }

    pub(super) const fn carry_out(&mut self, order: &RedirectOrder) -> Reply {
        self.support = Support::No(Unsupported::NotBuilt);
        match *order {}
    }
}
