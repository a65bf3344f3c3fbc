//! The way of the data: attribute -> mask and detect -> (store: merge and commit) -> broadcast.
//! Bounded before the commit, so a slow disk slows the readers and loses nothing.

mod exclude;
mod inlet;

pub use self::{
    exclude::Exclusions,
    inlet::{Closed, Inlet, Message, Shared},
};
