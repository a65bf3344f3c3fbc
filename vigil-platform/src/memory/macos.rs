//! macOS: the system's allocator gives memory back by itself under pressure.

pub use std::alloc::System as Allocator;

pub(super) const ALLOCATOR: Allocator = Allocator;

pub(super) const fn give_back() {}
