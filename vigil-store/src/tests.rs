//! The store as others use it, on real files.

mod archive;
mod backlog;
mod basics;
mod chain;
mod events;
mod feed;
mod files;
mod forget;
mod incidents;
mod incomplete;
mod joined;
mod lineage;
mod machine;
mod merge;
mod migration;
mod outline;
mod pages;
mod parts;
mod retention;
mod rollups;
mod sealed;
mod streams;
mod suppressions;
mod telemetry;
mod unexplained;
mod usage;
