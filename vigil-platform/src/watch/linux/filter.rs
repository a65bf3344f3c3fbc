//! Lets the kernel drop the messages that nobody reads before they are queued: a program that
//! starts ten thousand threads then neither wakes the reader nor fills the receive buffer.

use std::{
    io,
    os::fd::{AsFd, AsRawFd},
};

use libc::{
    BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, BPF_X, sock_filter, sock_fprog,
};

use super::event;

/// `BPF_MISC | BPF_TAX`: the word that was loaded is kept for a comparison.
const KEEP: u16 = 0x07;

/// Lets through answers, programs, users, and the beginning and end of processes. What the kernel
/// is too old to filter by itself it filters by this.
pub(super) fn attach(socket: impl AsFd) -> io::Result<()> {
    let mut program = program();
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    let program = sock_fprog { len: length, filter: program.as_mut_ptr() };
    set(socket, &program)
}

#[expect(unsafe_code, reason = "no safe call attaches a filter")]
fn set(socket: impl AsFd, program: &sock_fprog) -> io::Result<()> {
    let size = libc::socklen_t::try_from(size_of_val(program)).map_err(io::Error::other)?;
    // SAFETY: the value is one `sock_fprog` of `size` bytes, whose pointer and length are those of
    // an array that outlives the call; the kernel copies and checks the program.
    let answer = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            (&raw const *program).cast(),
            size,
        )
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn program() -> [sock_filter; 17] {
    let load = |at: u32| step(BPF_LD | BPF_W | BPF_ABS, 0, 0, at);
    // The kernel loads words as if they were a network's.
    let is = |what: u32, yes: u8| step(BPF_JMP | BPF_JEQ | BPF_K, yes, 0, what.to_be());
    let is_kept = step(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0);
    let keep = sock_filter { code: KEEP, jt: 0, jf: 0, k: 0 };
    let answer = |bytes: u32| step(BPF_RET | BPF_K, 0, 0, bytes);
    [
        load(event::WHAT),
        is(event::FORK, 5),
        is(event::EXIT, 8),
        is(event::EXEC, 11),
        is(event::UID, 10),
        is(event::NONE, 9),
        answer(0),
        // The child's thread and process.
        load(event::DATA + 8),
        keep,
        load(event::DATA + 12),
        step(BPF_JMP | BPF_JEQ | BPF_X, 4, 5, 0),
        // Thread and process.
        load(event::DATA),
        keep,
        load(event::DATA + 4),
        is_kept,
        answer(u32::MAX),
        answer(0),
    ]
}

fn step(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code: u16::try_from(code).unwrap_or(0), jt, jf, k }
}
