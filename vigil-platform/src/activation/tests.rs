//! With systemd's own program for trying socket activation, which becomes this one with a real
//! client's connection waiting.

use std::{
    env,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::tcp;

/// Set in the program that is activated.
const INSIDE: &str = "ACTIVATION_TEST_INSIDE";

/// Bounds hanging, measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// systemd's program with sockets at these places, about to become the named test of this one.
fn activate(test: &str, names: &str, places: &[SocketAddr]) -> Option<Child> {
    let mut command = Command::new("systemd-socket-activate");
    command.arg(format!("--fdname={names}")).arg(format!("--setenv={INSIDE}=1"));
    for place in places {
        command.arg(format!("--listen={place}"));
    }
    command.arg(env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    match command.spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            eprintln!("SKIPPED: systemd-socket-activate cannot be run ({error})");
            None
        }
    }
}

/// Ports that nobody has just now.
fn free(addresses: &[Ipv4Addr]) -> Vec<SocketAddr> {
    let held: Vec<_> = addresses.iter().map(|at| TcpListener::bind((*at, 0)).unwrap()).collect();
    held.iter().map(|listener| listener.local_addr().unwrap()).collect()
}

fn connect(place: SocketAddr) -> TcpStream {
    let until = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(place) {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < until, "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn output(mut child: Child) -> String {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text
}

#[test]
fn each_socket_comes_with_its_name() {
    if env::var_os(INSIDE).is_some() {
        for (name, listener) in tcp(&["dashboard", "proxy"]).unwrap() {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(name.as_bytes()).unwrap();
        }
        return;
    }
    let places = free(&[Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST]);
    let test = "activation::tests::each_socket_comes_with_its_name";
    let Some(mut child) = activate(test, "proxy:dashboard", &places) else { return };

    let said: Vec<String> = places
        .iter()
        .map(|place| {
            let mut said = String::new();
            let mut stream = connect(*place);
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.read_to_string(&mut said).unwrap();
            said
        })
        .collect();

    assert_eq!(said, ["proxy", "dashboard"]);
    child.wait().unwrap();
}

#[test]
fn what_is_not_as_it_should_be_is_refused() {
    if env::var_os(INSIDE).is_some() {
        println!("refused: {}", tcp(&["proxy"]).is_err());
        return;
    }
    let test = "activation::tests::what_is_not_as_it_should_be_is_refused";
    let [everywhere, loopback] = free(&[Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST])[..] else {
        panic!("two were asked for")
    };
    for (names, place) in [("proxy", everywhere), ("stranger", loopback)] {
        let Some(child) = activate(test, names, &[place]) else { return };

        let client = connect(SocketAddr::from((Ipv4Addr::LOCALHOST, place.port())));

        let output = output(child);
        assert!(output.contains("refused: true"), "{names} at {place}: {output}");
        drop(client);
    }
}

#[test]
fn without_a_service_manager_there_are_none() {
    assert!(tcp(&["proxy"]).unwrap().is_empty());
}
