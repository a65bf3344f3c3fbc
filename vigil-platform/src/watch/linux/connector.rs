//! The netlink socket that the kernel's process events come from.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink,
        netlink::SocketAddrNetlink, sockopt,
    },
};

use super::{
    super::{Options, WatchError},
    event::{self, Heard, Message},
    filter,
};
use crate::socket::option;

/// The group that process events are sent to.
const GROUP: u32 = 1;
/// How long the kernel has to answer a subscription; it takes microseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// `asm-generic/socket.h`; and of its words the one that counts dropped messages
/// (`linux/sock_diag.h`).
const SO_MEMINFO: i32 = 55;
const MEMINFO: usize = 9;

pub(super) struct Connector {
    socket: OwnedFd,
    receive_buffer: usize,
}

/// What one try to receive gives.
pub(super) enum Received {
    Message(Message),
    /// None is there.
    Empty,
    /// Some were dropped since the last one.
    Overrun,
}

impl Connector {
    /// A socket to which events come from now on.
    pub(super) fn open(options: Options) -> Result<Self, WatchError> {
        let failed = |operation: &'static str| {
            move |errno: Errno| WatchError::Io { operation, source: errno.into() }
        };
        let socket = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(netlink::CONNECTOR),
        )
        .map_err(failed("open a netlink socket"))?;
        let receive_buffer = enlarge(&socket, options.receive_buffer);
        // Without it the reader sorts out itself.
        let _ = filter::attach(&socket);
        rustix::net::bind(&socket, &SocketAddrNetlink::new(0, GROUP)).map_err(
            |errno| match errno {
                Errno::PERM | Errno::ACCESS => WatchError::NotAllowed(errno.into()),
                errno => failed("join the kernel's group")(errno),
            },
        )?;
        rustix::net::connect(&socket, &SocketAddrNetlink::new(0, 0))
            .map_err(failed("reach the kernel"))?;
        let connector = Self { socket, receive_buffer };
        connector.subscribe(options)?;
        Ok(connector)
    }

    pub(super) fn receive_buffer(&self) -> usize {
        self.receive_buffer
    }

    /// For everything first, since that is answered; then for less, since that is not: the answer
    /// is itself of a kind that is filtered.
    fn subscribe(&self, options: Options) -> Result<(), WatchError> {
        let ack = std::process::id();
        self.send(&event::listen(ack, None))?;
        let until = Instant::now() + PATIENCE;
        loop {
            match self.receive().map_err(receiving)? {
                Received::Message(Message {
                    heard: Heard::Answer { ack: theirs, error }, ..
                }) if theirs == ack.wrapping_add(1) => match error.cast_signed() {
                    0 => break,
                    errno => {
                        let error = io::Error::from_raw_os_error(errno.saturating_abs());
                        return Err(WatchError::NotAllowed(error));
                    }
                },
                Received::Message(_) | Received::Overrun => {}
                Received::Empty => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(WatchError::Unanswered);
                    }
                    wait(&[self.socket.as_fd()], Some(left)).map_err(receiving)?;
                }
            }
        }
        let mut kinds = event::EXEC;
        if options.forks {
            kinds |= event::FORK | event::UID;
        }
        if options.exits {
            kinds |= event::EXIT | event::UID;
        }
        self.send(&event::listen(ack, Some(kinds)))
    }

    fn send(&self, message: &[u8]) -> Result<(), WatchError> {
        let sent = rustix::io::retry_on_intr(|| {
            rustix::net::send(&self.socket, message, SendFlags::empty())
        });
        match sent {
            Ok(_) => Ok(()),
            // Nobody of the kernel's is there: it listens in the first network namespace alone.
            Err(Errno::CONNREFUSED) => Err(WatchError::OtherNetwork),
            Err(errno @ (Errno::PERM | Errno::ACCESS)) => Err(WatchError::NotAllowed(errno.into())),
            Err(errno) => Err(WatchError::Io { operation: "subscribe", source: errno.into() }),
        }
    }

    /// The next message, without waiting.
    pub(super) fn receive(&self) -> io::Result<Received> {
        // Every message has 76 bytes; a longer one of a later kernel begins alike.
        let mut buffer = [0_u8; 256];
        loop {
            match rustix::net::recv(&self.socket, &mut buffer, RecvFlags::empty()) {
                Ok((message, _)) => {
                    // What is not of the proc connector is nobody's.
                    if let Some(message) = event::parse(buffer.get(..message).unwrap_or(&buffer)) {
                        return Ok(Received::Message(message));
                    }
                }
                Err(Errno::AGAIN) => return Ok(Received::Empty),
                Err(Errno::NOBUFS) => return Ok(Received::Overrun),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// How many messages the kernel had no room for since the socket was opened; a number that
    /// begins again at 0 after 2^32. Nothing when the kernel does not count.
    pub(super) fn dropped(&self) -> Option<u32> {
        let words: [u32; MEMINFO] =
            option::words(&self.socket, libc::SOL_SOCKET, SO_MEMINFO).ok()?;
        words.last().copied()
    }
}

impl AsFd for Connector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Waits until one of them is readable: which ones are.
pub(super) fn wait<const N: usize>(
    them: &[BorrowedFd<'_>; N],
    at_most: Option<Duration>,
) -> io::Result<[bool; N]> {
    let at_most = at_most.and_then(|wait| Timespec::try_from(wait).ok());
    let mut asked = them.map(|it| PollFd::from_borrowed_fd(it, PollFlags::IN));
    match rustix::event::poll(&mut asked, at_most.as_ref()) {
        Ok(_) => Ok(asked.map(|it| !it.revents().is_empty())),
        Err(Errno::INTR) => Ok([false; N]),
        Err(errno) => Err(errno.into()),
    }
}

/// As large as is permitted.
fn enlarge(socket: &OwnedFd, bytes: usize) -> usize {
    // The kernel's limit needs no capability to reach, and one to pass.
    let _ = sockopt::set_socket_recv_buffer_size(socket, bytes);
    let _ = sockopt::set_socket_recv_buffer_size_force(socket, bytes);
    sockopt::socket_recv_buffer_size(socket).unwrap_or(0)
}

fn receiving(source: io::Error) -> WatchError {
    WatchError::Io { operation: "receive", source }
}
