//! What clients write on disk.
