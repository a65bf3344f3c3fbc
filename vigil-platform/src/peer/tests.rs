use std::{
    fs::{self, Permissions},
    io::Read,
    net::{TcpListener, TcpStream},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
        process::CommandExt,
    },
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::*;

/// Where the client below connects to; in an ordinary run it has nothing to do.
const SOCKET: &str = "VIGIL_TEST_PEER_SOCKET";

/// Not a test by itself: the client of the others, in a process of its own.
#[test]
fn client_in_a_process_of_its_own() {
    if let Some(path) = std::env::var_os(SOCKET) {
        let mut stream = UnixStream::connect(path).unwrap();
        // Until the server has seen enough.
        let _ = stream.read(&mut [0]);
    }
}

/// The client, as `uid` if any, and the server's end of its connection.
fn client(uid: Option<u32>) -> std::io::Result<(Child, UnixStream)> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    let path = folder.path().join("s");
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o777))?;
    let mut client = Command::new(std::env::current_exe()?);
    client.args(["--exact", "peer::tests::client_in_a_process_of_its_own"]);
    client.env(SOCKET, &path).stdin(Stdio::null()).stdout(Stdio::null()).current_dir("/");
    if let Some(uid) = uid {
        client.uid(uid).gid(uid);
    }
    let child = client.spawn()?;
    Ok((child, listener.accept()?.0))
}

#[test]
fn a_peer_is_the_process_that_connected_until_that_ends() {
    let (mut child, stream) = client(None).unwrap();

    let peer = Peer::of(&stream).unwrap();

    assert_eq!((peer.pid, peer.uid), (child.id(), crate::process::uid()));
    assert_eq!(peer.gid, rustix::process::getegid().as_raw());
    assert_ne!(peer.has_ended(), Some(true));
    child.kill().unwrap();
    child.wait().unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while peer.has_ended() == Some(false) && Instant::now() < until {
        std::thread::yield_now();
    }
    assert_ne!(peer.has_ended(), Some(false));
}

#[test]
fn another_user_is_told_by_its_number() {
    if crate::process::uid() != 0 {
        return println!("skipped: to be another user takes root");
    }
    let (mut child, stream) = match client(Some(65_534)) {
        Ok(client) => client,
        Err(error) => return println!("skipped: another user cannot run this program: {error}"),
    };

    let peer = Peer::of(&stream).unwrap();

    assert_eq!((peer.uid, peer.gid), (65_534, 65_534));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_the_kernel_does_not_say_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("s")).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
    let unconnected = rustix::net::socket(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::STREAM,
        None,
    )
    .unwrap();

    assert!(Peer::of(&connected).is_err(), "not a Unix socket");
    assert!(Peer::of(&unconnected).is_err(), "not connected");
    assert!(Peer::of(fs::File::open("/dev/null").unwrap()).is_err(), "not a socket");
    drop(listener);
}

#[test]
fn asking_again_and_again_leaves_no_descriptor_open() {
    let (ours, _theirs) = UnixStream::pair().unwrap();
    let open = || fs::read_dir("/dev/fd").unwrap().count();
    drop(Peer::of(&ours).unwrap());
    let before = open();

    for _ in 0..100 {
        drop(Peer::of(&ours).unwrap());
    }

    // Other tests of this process may open some.
    assert!(open() < before + 50);
}
