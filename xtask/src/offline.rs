//! Running a command where only loopback exists: a network namespace of its own, with nothing in
//! it but a loopback interface. Promise 1: nothing leaves the machine; here nothing can.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{self, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};

/// The hidden task by which xtask asks itself, inside.
pub(crate) const PROBE: &str = "probe-loopback-only";

/// Addresses that are nobody's (RFC 5737, RFC 3849).
const OUTSIDE: [&str; 2] = ["192.0.2.1:443", "[2001:db8::1]:443"];

/// Why there is no such place here, if there is none.
pub(crate) fn impossible() -> Option<&'static str> {
    if vigil_platform::process::uid() != 0 {
        return Some("needs root for a network namespace; run: sudo -E cargo xtask test");
    }
    let mut probe = Command::new("unshare");
    probe.args(["-n", "ip", "link", "set", "lo", "up"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        None
    } else {
        Some("this machine gives no network namespace (unshare -n)")
    }
}

/// `command`, to be run with loopback alone.
pub(crate) fn inside(command: &Command) -> Command {
    let mut inside = Command::new("unshare");
    inside.args(["-n", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
    inside.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        inside.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => inside.env(name, value),
            None => inside.env_remove(name),
        };
    }
    inside
}

/// Proves that the place is what it should be, by asking from inside of it.
pub(crate) fn prove() -> Result<()> {
    // By its process, for the build may have put another file in its place.
    let mut probe = Command::new(format!("/proc/{}/exe", process::id()));
    probe.arg(PROBE);
    crate::cargo::succeed(inside(&probe)).context("the place without a network has one")
}

/// Inside: loopback works and nothing else does.
pub(crate) fn probe() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").context("listen on loopback")?;
    TcpStream::connect(listener.local_addr()?).context("connect over loopback")?;
    for outside in OUTSIDE {
        let address: SocketAddr = outside.parse().context("an address")?;
        match TcpStream::connect_timeout(&address, Duration::from_secs(5)) {
            Err(error) if leads_nowhere(&error) => {}
            Err(error) => bail!("{outside}: {error}, but not for want of a way"),
            Ok(_) => bail!("{outside} can be reached"),
        }
    }
    Ok(())
}

fn leads_nowhere(error: &io::Error) -> bool {
    use io::ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkUnreachable};
    matches!(error.kind(), NetworkUnreachable | HostUnreachable | AddrNotAvailable)
}
