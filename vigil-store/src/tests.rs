//! The store as others use it, on real files.

mod basics;
mod files;
mod merge;
mod parts;
mod retention;
mod streams;
