use std::{net::TcpListener, thread};

use super::{Logged, Outward, Shutdown, TestUpstreams, fetch_by};

#[test]
fn who_sends_nothing_does_not_hold_up_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let pins = [("lists.example:443".to_owned(), silent.local_addr().unwrap())].into();
    let outward = Outward::new(&TestUpstreams { pins, ..TestUpstreams::default() }, None).unwrap();
    let shutdown = Shutdown::default();
    let asked = shutdown.clone();
    // Taken and never answered; the end is asked for once it is waited for.
    let server = thread::spawn(move || {
        let taken = silent.accept().unwrap();
        asked.request();
        taken
    });
    let sources = ["ours-npm=https://lists.example/list".to_owned()];

    let fetched = fetch_by(&outward, dir.path(), &sources, &mut Logged, &shutdown);

    assert!(fetched.unwrap_err().to_string().contains("asked to end"));
    let _taken = server.join().unwrap();
}
