//! Linux: a file of the kernel's.

use std::{fs, io};

pub(super) fn text() -> io::Result<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
}
