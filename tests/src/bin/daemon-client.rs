//! A caller of the daemon as another user: `setpriv --reuid N daemon-client relay SOCKET` connects
//! as that user, then carries bytes both ways. `daemon-client exec SOCKET` connects, becomes
//! `daemon-client speak`, another program with the same connection, and only then says what it was
//! given. `daemon-client listen SOCKET` listens there in the daemon's place until its input ends, and
//! answers nobody.

#![forbid(unsafe_code)]

use std::{
    env,
    fmt::Write as _,
    io::{self, Read, Write},
    net::Shutdown,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{
            net::{UnixListener, UnixStream},
            process::CommandExt,
        },
    },
    process::Command,
    thread,
};

fn main() -> io::Result<()> {
    let mut words = env::args().skip(1);
    let (how, socket) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match how.as_str() {
        "relay" => relay(&UnixStream::connect(socket)?),
        "exec" => {
            let mut said = Vec::new();
            io::stdin().read_to_end(&mut said)?;
            let connection = UnixStream::connect(socket)?;
            let mut hex = String::new();
            for byte in said {
                let _ = write!(hex, "{byte:02x}");
            }
            let mut next = Command::new(env::current_exe()?);
            Err(next.arg("speak").arg(hex).stdin(OwnedFd::from(connection)).exec())
        }
        "speak" => speak(&socket),
        "listen" => {
            let _listener = UnixListener::bind(socket)?;
            io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
        }
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn relay(connection: &UnixStream) -> io::Result<()> {
    let mut up = connection.try_clone()?;
    thread::spawn(move || {
        let mut input = io::stdin();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length) = input.read(&mut buffer) {
            let bytes = buffer.get(..length).unwrap_or_default();
            if bytes.is_empty() || up.write_all(bytes).is_err() {
                break;
            }
        }
        let _ = up.shutdown(Shutdown::Write);
    });
    copy_out(connection)
}

fn speak(hex: &str) -> io::Result<()> {
    let mut connection = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)?.try_into().ok()).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    connection.write_all(&bytes)?;
    connection.shutdown(Shutdown::Write)?;
    copy_out(&connection)
}

fn copy_out(mut connection: &UnixStream) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = connection.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        io::stdout().write_all(buffer.get(..length).unwrap_or_default())?;
        io::stdout().flush()?;
    }
}
