//! Linux: glibc keeps freed memory in its arenas until it is told otherwise, jemalloc for a while.

pub use tikv_jemallocator::Jemalloc as Allocator;

pub(super) const ALLOCATOR: Allocator = tikv_jemallocator::Jemalloc;

#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "a C function that no safe crate offers")]
pub(super) fn give_back() {
    // SAFETY: malloc_trim takes a number and no pointers, and may be called from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(not(target_env = "gnu"))]
pub(super) const fn give_back() {}
