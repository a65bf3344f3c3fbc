//! Giving memory back that the allocator keeps for later.

#[cfg_attr(target_os = "linux", path = "memory/linux.rs")]
#[cfg_attr(target_os = "macos", path = "memory/macos.rs")]
mod imp;

/// Returns to the system what the allocator holds and nobody uses. Worth its few milliseconds
/// after a burst of work, before a long idle time. Does nothing where the C library cannot.
pub fn give_back() {
    imp::give_back();
}
