//! The store as others use it, on real files.

mod parts;

mod basics;
