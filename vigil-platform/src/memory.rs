//! Who gives memory, and giving back what was kept for later.

#[cfg_attr(target_os = "linux", path = "memory/linux.rs")]
#[cfg_attr(target_os = "macos", path = "memory/macos.rs")]
mod imp;

/// The allocator of a program that runs for long and is sometimes in a hurry: soon after the hurry it
/// holds no more than before. For `#[global_allocator]`.
pub use imp::Allocator;

/// One [`Allocator`].
pub const ALLOCATOR: Allocator = imp::ALLOCATOR;

/// Returns to the system what the C library's allocator holds and nobody uses: SQLite's pages mostly.
/// Worth its few milliseconds before a long idle time. Does nothing where the C library cannot.
pub fn give_back() {
    imp::give_back();
}
