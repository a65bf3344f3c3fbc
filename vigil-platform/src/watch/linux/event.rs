//! Reads the proc connector's messages, and makes those that subscribe. Pure functions. Layouts
//! from the kernel's headers `linux/netlink.h`, `linux/connector.h` and `linux/cn_proc.h`.

use super::super::Exit;

/// `nlmsghdr` 16 + `cn_msg` 20.
const HEADERS: usize = 36;
/// Where a message's parts begin: in `cn_msg` its acknowledgement, in `proc_event` the kind, the
/// time, and what depends on the kind.
const ACK: usize = 28;
pub(super) const WHAT: u32 = 36;
const TIME: usize = 44;
pub(super) const DATA: u32 = 52;

const NLMSG_DONE: u16 = 3;
const CN_IDX_PROC: u32 = 1;
const CN_VAL_PROC: u32 = 1;
const PROC_CN_MCAST_LISTEN: u32 = 1;

pub(super) const NONE: u32 = 0;
pub(super) const FORK: u32 = 1;
pub(super) const EXEC: u32 = 2;
pub(super) const UID: u32 = 4;
pub(super) const EXIT: u32 = 0x8000_0000;

/// A message, read. Those about single threads are [`Heard::Nothing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// `CLOCK_MONOTONIC`, in nanoseconds.
    pub(super) time: u64,
    pub(super) heard: Heard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A subscription was answered: its number, and an error or 0.
    Answer {
        ack: u32,
        error: u32,
    },
    Fork {
        pid: u32,
        parent: u32,
    },
    Exec {
        pid: u32,
    },
    /// Its real user is another one.
    User {
        pid: u32,
        uid: u32,
    },
    Exit {
        pid: u32,
        how: Exit,
    },
    Nothing,
}

/// Reads one datagram; nothing when it is none of the proc connector's, or cut short.
pub(super) fn parse(datagram: &[u8]) -> Option<Message> {
    if word(datagram, 16)? != CN_IDX_PROC || word(datagram, 20)? != CN_VAL_PROC {
        return None;
    }
    let data = |number: usize| word(datagram, HEADERS + 16 + number * 4);
    let heard = match word(datagram, HEADERS)? {
        NONE => Heard::Answer { ack: word(datagram, ACK)?, error: data(0)? },
        // Two words each for the parent and the child: thread, process.
        FORK if data(2)? == data(3)? => Heard::Fork { pid: data(3)?, parent: data(1)? },
        // Another thread than the first may do it, and then takes the first one's place.
        EXEC => Heard::Exec { pid: data(1)? },
        // A process's user is that of its first thread.
        UID if data(0)? == data(1)? => Heard::User { pid: data(1)?, uid: data(2)? },
        EXIT if data(0)? == data(1)? => Heard::Exit { pid: data(1)?, how: how(data(2)?) },
        _ => Heard::Nothing,
    };
    let time = datagram.get(TIME..)?.first_chunk().copied().map(u64::from_ne_bytes)?;
    Some(Message { time, heard })
}

/// As `wait` has it: a signal in the lowest seven bits, else a code in the second byte.
fn how(status: u32) -> Exit {
    let [signal, code, ..] = status.to_le_bytes();
    match signal & 0x7f {
        0 => Exit::Code(code),
        signal => Exit::Signal(signal),
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

/// Asks for events. With `only`, for those kinds alone, which a kernel before 6.6 does not
/// understand and passes over.
pub(super) fn listen(ack: u32, only: Option<u32>) -> Vec<u8> {
    let mut data = PROC_CN_MCAST_LISTEN.to_ne_bytes().to_vec();
    data.extend(only.into_iter().flat_map(u32::to_ne_bytes));
    let size = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    let mut message = Vec::with_capacity(HEADERS + data.len());
    message.extend(size(HEADERS + data.len()).to_ne_bytes());
    message.extend(NLMSG_DONE.to_ne_bytes());
    message.extend([0; 10]); // flags, sequence, port id
    message.extend(CN_IDX_PROC.to_ne_bytes());
    message.extend(CN_VAL_PROC.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes()); // sequence
    message.extend(ack.to_ne_bytes());
    message.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_ne_bytes());
    message.extend([0; 2]); // flags
    message.extend(data);
    message
}

#[cfg(test)]
#[path = "event/tests.rs"]
mod tests;
