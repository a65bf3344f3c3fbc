//! Leading a client's API traffic through the proxy by the settings that the client itself reads.
//! `edit` is pure; `file` and `journal` write, and only below the user's home.

pub(crate) mod clients;
pub(crate) mod diff;
pub(crate) mod edit;
pub(crate) mod file;
pub(crate) mod journal;
pub(crate) mod telemetry;
pub(crate) mod trust;
