//! Linux: nftables, by its own program, with fixed arguments and text of our making on its input.

use std::{
    io::{self, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use vigil_proto::rpc::Uid;

use super::{Change, Family, text};
use crate::wait;

pub(super) const IS_KNOWN: bool = true;

const PROGRAM: &str = "/usr/sbin/nft";

/// It takes a tenth of a second on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn is_possible() -> bool {
    Path::new(PROGRAM).is_file()
}

pub(super) fn apply(change: &Change, output: Stdio) -> io::Result<()> {
    if run(&text::change(change), output)? {
        Ok(())
    } else {
        Err(io::Error::other(format!("{PROGRAM} failed, and has changed nothing")))
    }
}

pub(super) fn is_proven(uid: Uid, family: Family) -> io::Result<bool> {
    run(&text::is_proven(uid.raw(), family), Stdio::null())
}

/// Whether the program did what `text` says, to its end.
fn run(text: &str, output: Stdio) -> io::Result<bool> {
    let mut command = Command::new(PROGRAM);
    command.args(["-f", "-"]).env_clear().current_dir("/");
    command.stdin(Stdio::piped()).stdout(output).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Less than a pipe holds, so that this never waits.
    let written = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(text.as_bytes()));
    let Some(status) = wait::end_of(&mut child, Instant::now() + PATIENCE)? else {
        child.kill()?;
        child.wait()?;
        return Err(io::ErrorKind::TimedOut.into());
    };
    written?;
    Ok(status.success())
}

#[cfg(feature = "user")]
pub(super) use user::{connect_excluded, exclude, original_destination};

/// What the user's own proxy does.
#[cfg(feature = "user")]
mod user {
    use std::{
        io,
        net::{SocketAddr, TcpStream},
        os::fd::{AsFd, AsRawFd, BorrowedFd},
        time::Duration,
    };

    use rustix::{
        io::Errno,
        net::{AddressFamily, SocketFlags, SocketType, sockopt},
    };

    use super::text::PRIORITY;

    /// How long a connection past the rules may take. They refuse it at once; where they are gone
    /// nobody answers, and the kernel alone would wait for two minutes.
    const PATIENCE: Duration = Duration::from_secs(2);

    pub(in super::super) fn exclude(socket: BorrowedFd<'_>) -> io::Result<()> {
        let length = libc::socklen_t::try_from(size_of_val(&PRIORITY)).map_err(io::Error::other)?;
        // SAFETY: `PRIORITY` is valid for reads of `length` bytes, and the descriptor is open while
        // it is borrowed.
        #[expect(unsafe_code, reason = "no safe call sets this option")]
        let failed = unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PRIORITY,
                std::ptr::from_ref(&PRIORITY).cast(),
                length,
            )
        };
        if failed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    pub(in super::super) fn connect_excluded(to: SocketAddr) -> io::Result<TcpStream> {
        let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
        exclude(socket.as_fd())?;
        // A connection that is being made waits as long as something that is sent.
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(PATIENCE))?;
        rustix::net::connect(&socket, &to)?;
        Ok(socket.into())
    }

    pub(in super::super) fn original_destination(
        socket: &TcpStream,
    ) -> io::Result<Option<SocketAddr>> {
        let local = socket.local_addr()?;
        // An IPv4 connection may have been accepted by an IPv6 socket.
        let asked = if local.ip().to_canonical().is_ipv4() {
            sockopt::ip_original_dst(socket).map(SocketAddr::from)
        } else {
            sockopt::ipv6_original_dst(socket).map(SocketAddr::from)
        };
        match asked {
            Ok(meant) if meant == local => Ok(None),
            Ok(meant) => Ok(Some(meant)),
            // Nothing was translated, or nothing is translated on this machine at all.
            Err(Errno::NOENT | Errno::NOPROTOOPT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}
