//! Somebody else holds the agent's ports, as a service manager does: whoever connects while it does
//! not run has it started, and is answered.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "activation/holder.rs"]
mod holder;

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use vigil_tests::vigil::{Home, binary, eventually, signal};

use self::holder::{Holder, free};

/// Bounds hanging, measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the one at `place` answers to a request; connecting must work at once.
fn asked(place: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(place).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut window = [0; 4096];
    while !answer.windows(4).any(|at| at == b"\r\n\r\n") {
        let read = stream.read(&mut window).unwrap();
        assert!(read > 0, "the connection ended without an answer");
        answer.extend_from_slice(&window[..read]);
    }
    String::from_utf8_lossy(&answer).lines().next().unwrap().to_owned()
}

/// A request that the proxy itself refuses.
const TO_PROXY: &str = "CONNECT nowhere HTTP/1.1\r\n\r\n";

fn to_dashboard(place: SocketAddr) -> String {
    format!("GET /api/v1/status HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n")
}

fn proxy_answers(place: SocketAddr) {
    assert_eq!(asked(place, TO_PROXY), "HTTP/1.1 400 Bad Request");
}

fn dashboard_answers(place: SocketAddr) {
    assert_eq!(asked(place, &to_dashboard(place)), "HTTP/1.1 401 Unauthorized");
}

#[test]
fn whoever_connects_to_a_dead_agent_has_it_started_and_is_answered() {
    if !Path::new("/proc/net/tcp").exists() {
        eprintln!("SKIPPED: without /proc the holder does not see who waits");
        return;
    }
    let home = Home::default();
    let mut holder = Holder::start(&home);
    let (proxy, dashboard) = (holder.proxy, holder.dashboard);

    proxy_answers(proxy);
    let first = holder.started();
    dashboard_answers(dashboard);
    holder.kill(first);

    dashboard_answers(dashboard);
    let second = holder.started();
    proxy_answers(proxy);
    holder.kill(second);

    let clients: Vec<_> = (0..24)
        .map(|n| {
            thread::spawn(move || {
                if n % 2 == 0 { proxy_answers(proxy) } else { dashboard_answers(dashboard) }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    let third = holder.started();
    assert!(first != second && second != third);
    // One that ends in order is started again no less.
    holder.end(third);
    proxy_answers(proxy);
    holder.started();
    assert_eq!(holder.stop(), 4, "it is started by those who connect, and by nothing else");
}

#[test]
fn it_takes_the_ports_that_systemds_own_program_holds() {
    let places = free();
    let home = Home::default();
    let mut command = Command::new("systemd-socket-activate");
    command.arg("--fdname=proxy:dashboard");
    for place in places {
        command.arg(format!("--listen={place}"));
    }
    let vigil = home.command(&[]);
    for (name, value) in vigil.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        command.arg(format!("--setenv={}={}", name.to_str().unwrap(), value.to_str().unwrap()));
    }
    command.arg(binary("vigil")).args(["up", "--telemetry-port", "0"]);
    command.args(["--test-agents-of", &std::process::id().to_string()]);
    let mut holder = match command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
        Ok(holder) => holder,
        Err(error) => {
            eprintln!("SKIPPED: systemd-socket-activate cannot be run ({error})");
            return;
        }
    };
    // Between our looking for free ports and its listening nobody else takes them, or this fails.
    eventually("it listens", || TcpStream::connect(places[0]).ok());

    let [proxy, dashboard] = places;
    proxy_answers(proxy);
    dashboard_answers(dashboard);

    signal(holder.id(), "TERM");
    assert!(holder.wait().unwrap().success());
}
