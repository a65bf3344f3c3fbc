//! The SQLite store: one writer thread, many readers, and nothing in it that was not masked.
//!
//! [`Store`] owns the folder's lock and the writer; [`Writer`] takes batches, merges sightings of
//! the same thing by their natural key and commits them together with the source's checkpoint.
//! [`Reader`] answers questions with or without a running agent. It never touches the network
//! and never sees clear text: it accepts only `Batch<Masked>`.

#![forbid(unsafe_code)]

mod apply;
mod body;
mod chain;
mod damage;
mod error;
mod fold;
mod folder;
mod forget;
pub mod intel;
mod prune;
mod queue;
mod reader;
mod schema;
mod spent;
mod store;
pub mod vault;
mod words;
mod writer;

use vigil_proto::glob;

pub use self::{
    apply::{MaskAgain, Masker, MaskingStep, Remasked, Stop, Suppression, SuppressionOf},
    chain::{Head, link::LinkHead},
    damage::Damage,
    error::Error,
    folder::DOUBTED,
    prune::Pruned,
    reader::{Contact, Done, EventAt, Judged, Looked, Ran, Reader, Stored, Unasked},
    spent::Spent,
    store::{Committed, Health, Options, Store, Writer},
};

#[cfg(test)]
mod tests;
