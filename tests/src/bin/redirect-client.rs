//! The parts of a network on which connections are redirected, each a process of the user that it is
//! started as:
//!
//! - `origin HOST...` answers on port 443 of each address, TCP and UDP, with `origin` and then with
//!   what it is told;
//! - `proxy PORT [caught]` passes on what was redirected to it, with `proxy` before. Its own connections
//!   are left out of the redirection, or, when it is to be caught, are not;
//! - `talk HOST [excluded]` prints what it is told on port 443 of an address, and says its input;
//! - `datagram HOST` asks by UDP.

#![forbid(unsafe_code)]

use std::{
    env,
    io::{self, BufRead as _, BufReader, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket},
    thread,
    time::Duration,
};

use vigil_platform::redirect;

/// Bounds hanging, measures nothing.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["origin", hosts @ ..] => origin(hosts),
        ["proxy", port] => proxy(port, true),
        ["proxy", port, "caught"] => proxy(port, false),
        ["talk", host] => talk(host, false),
        ["talk", host, "excluded"] => talk(host, true),
        ["datagram", host] => datagram(host),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn parse<T: std::str::FromStr>(word: &str) -> io::Result<T> {
    word.parse().map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn say(words: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(words.as_bytes())?;
    out.flush()
}

fn origin(hosts: &[&str]) -> io::Result<()> {
    let mut threads = Vec::new();
    for host in hosts {
        let at = SocketAddr::new(parse(host)?, redirect::PORT);
        let (listener, socket) = (TcpListener::bind(at)?, UdpSocket::bind(at)?);
        threads.push(thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || {
                    (&stream).write_all(b"origin\n")?;
                    io::copy(&mut &stream, &mut &stream)?;
                    stream.shutdown(Shutdown::Write)
                });
            }
        }));
        threads.push(thread::spawn(move || {
            let mut buffer = [0; 64];
            while let Ok((_, from)) = socket.recv_from(&mut buffer) {
                let _ = socket.send_to(b"origin\n", from);
            }
        }));
    }
    say("ready\n")?;
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

fn proxy(port: &str, excluded: bool) -> io::Result<()> {
    let port: u16 = parse(port)?;
    let mut threads = Vec::new();
    for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let listener = TcpListener::bind((ip, port))?;
        threads.push(thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A line for each connection, for whoever counts them.
                let _ = say("taken\n");
                thread::spawn(move || pass_on(&stream, excluded));
            }
        }));
    }
    say("ready\n")?;
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

fn pass_on(mut client: &TcpStream, excluded: bool) -> io::Result<()> {
    client.write_all(b"proxy ")?;
    let Some(meant) = redirect::original_destination(client)? else { return Ok(()) };
    if [IpAddr::from(redirect::PROBE_V4), IpAddr::from(redirect::PROBE_V6)].contains(&meant.ip()) {
        return client.write_all(b"probe\n");
    }
    let upstream = connect(meant, excluded)?;
    let (mut from, mut to) = (client.try_clone()?, upstream.try_clone()?);
    let up = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    io::copy(&mut &upstream, &mut client)?;
    client.shutdown(Shutdown::Write)?;
    let _ = up.join();
    Ok(())
}

fn connect(to: SocketAddr, excluded: bool) -> io::Result<TcpStream> {
    if excluded { redirect::connect_excluded(to) } else { TcpStream::connect(to) }
}

/// The first line, then an answer to each line of the input.
fn talk(host: &str, excluded: bool) -> io::Result<()> {
    let stream = match connect(SocketAddr::new(parse(host)?, redirect::PORT), excluded) {
        Ok(stream) => stream,
        Err(error) => return say(&format!("{:?}\n", error.kind())),
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(&stream);
    let mut answer = || {
        let mut line = String::new();
        match lines.read_line(&mut line) {
            Ok(0) => say("closed\n"),
            Ok(_) => say(&line),
            Err(error) => say(&format!("{:?}\n", error.kind())),
        }
    };
    answer()?;
    for line in io::stdin().lines() {
        (&stream).write_all(format!("{}\n", line?).as_bytes())?;
        answer()?;
    }
    Ok(())
}

fn datagram(host: &str) -> io::Result<()> {
    let to = SocketAddr::new(parse(host)?, redirect::PORT);
    let any: IpAddr =
        if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(to)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut answer = String::new();
    let mut buffer = [0; 64];
    let asked = socket.send(b"?").and_then(|_| socket.recv(&mut buffer));
    match asked {
        Ok(length) => {
            let _ = buffer.get(..length).unwrap_or_default().read_to_string(&mut answer)?;
        }
        Err(error) => answer = format!("{:?}\n", error.kind()),
    }
    say(&answer)
}
