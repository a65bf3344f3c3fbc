//! The agent's own certificate authority before the daemon's eye, and in the machine's store: a
//! machine of its own (namespaces of mounts and of networks) with the distribution's real program
//! and a real client. The machine that this runs on is never touched, and cannot be.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "trust/daemon.rs"]
mod daemon;
#[path = "trust/machine.rs"]
mod machine;
#[path = "trust/server.rs"]
mod server;
#[path = "trust/setup.rs"]
mod setup;

use std::{fs, path::Path, process::Stdio, time::SystemTime};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use vigil_platform::{
    process,
    trust::{Program, Store},
};
use vigil_proto::rpc::{
    BadCa, BoundedBytes, CaStatus, Fingerprint, Micros, Request, Response, Trust, Uid,
};
use vigil_tests::vigil::{Home, Running, binary};

use self::{daemon::Daemon, machine::Machine, server::Server};

/// The certificate that an agent of ours has made, and the key beside it.
fn ours(home: &Home) -> (CertificateDer<'static>, String) {
    let agent = Running::start(home, &[]);
    let path = Path::new(agent.field("ca")).to_owned();
    let certificate = CertificateDer::from_pem_file(&path).unwrap();
    let key = fs::read_to_string(path.with_file_name("ca.key")).unwrap();
    assert!(agent.end().success());
    (certificate, key)
}

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

fn now() -> Micros {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Micros(i64::try_from(since.as_micros()).unwrap())
}

#[test]
fn the_agents_authority_is_one_that_the_daemon_lets_through() {
    let (certificate, _) = ours(&Home::default());
    let own = process::uid();

    let ca = vigild::ca::validate(&certificate, uid(own), now()).unwrap();

    assert!(ca.not_after() > now());
    let others = vigild::ca::validate(&certificate, uid(own + 1), now()).map(|_| ());
    assert_eq!(others, Err(BadCa::ForeignSubject));
}

#[test]
fn a_machine_trusts_it_for_listed_hosts_until_it_is_removed() {
    if let Some(inside) = Machine::inside() {
        return by_the_store(&inside);
    }
    on_a_machine("a_machine_trusts_it_for_listed_hosts_until_it_is_removed");
}

#[test]
fn the_daemon_has_it_trusted_until_it_is_asked_to_end_that() {
    if let Some(inside) = Machine::inside() {
        return by_the_daemon(&inside);
    }
    on_a_machine("the_daemon_has_it_trusted_until_it_is_asked_to_end_that");
}

#[test]
fn set_up_has_it_trusted_when_that_is_asked_for_and_takes_that_back() {
    if let Some(inside) = Machine::inside() {
        return setup::by_setup(&inside);
    }
    on_a_machine("set_up_has_it_trusted_when_that_is_asked_for_and_takes_that_back");
}

/// Runs `test` once more, on a machine of its own with an agent's authority and a daemon.
fn on_a_machine(test: &str) {
    if let Some(why) = Machine::impossible() {
        eprintln!("SKIPPED: {why}");
        return;
    }
    let home = Home::default();
    let (certificate, key) = ours(&home);
    fs::write(home.root().join("ca.der"), &certificate).unwrap();
    fs::write(home.root().join("ca.key"), key).unwrap();
    fs::create_dir(home.root().join("bin")).unwrap();
    for (name, to) in
        [("vigil", "bin/vigil"), ("vigil-agent", "bin/vigil-agent"), ("vigild", "vigild")]
    {
        let (program, copy) = (binary(name), home.root().join(to));
        // Another file system has no second name for it.
        fs::hard_link(&program, &copy).or_else(|_| fs::copy(&program, &copy).map(drop)).unwrap();
    }
    let before = machine::state();

    machine::enter(home.root(), test);

    assert!(machine::state() == before, "the machine's own store was touched");
}

fn run(program: Program) -> std::io::Result<()> {
    program.run(Path::new("/"), Stdio::null())
}

/// What is done where nothing else can be reached.
fn by_the_store(machine: &Machine) {
    let der = fs::read(machine.at("ca.der")).unwrap();
    let key = fs::read_to_string(machine.at("ca.key")).unwrap();
    let ca = vigild::ca::validate(&der, uid(process::uid()), now()).unwrap();
    let listed = Server::start(&["api.anthropic.com"], &der, &key);
    let other = Server::start(&["example.org"], &der, &key);
    let address = Server::start(&["127.0.0.1"], &der, &key);
    let store = Store::detect(Path::new("/")).unwrap();
    // Whatever the distribution had left to do.
    store.remove(ca.fingerprint(), &mut run).unwrap();
    let before = machine::state();
    let unknown = machine.curl(&listed).expect_err("nobody trusts it yet");

    let rebuilt = store.install(ca.der(), &mut run).unwrap();

    assert!(!rebuilt.others_changed);
    assert!(store.is_trusted(ca.fingerprint()).unwrap());
    machine.curl(&listed).expect("the machine trusts it");
    let refused = machine.curl(&other).expect_err("for listed hosts alone");
    assert!(refused.contains("permitted subtree violation"), "{refused}");
    let refused = machine.curl(&address).expect_err("and for no address");
    assert!(refused.contains("excluded subtree violation"), "{refused}");
    let once = machine::state();
    store.install(ca.der(), &mut run).unwrap();
    assert!(machine::state() == once, "twice is once");

    let rebuilt = store.remove(ca.fingerprint(), &mut run).unwrap();

    assert!(!rebuilt.others_changed);
    assert!(machine::state() == before, "not a byte and not a link is left");
    assert_eq!(machine.curl(&listed), Err(unknown), "nobody trusts it any more");
    machine.done();
}

/// The same by the daemon's socket, with its real processes and what they have given up.
fn by_the_daemon(machine: &Machine) {
    let der = fs::read(machine.at("ca.der")).unwrap();
    let key = fs::read_to_string(machine.at("ca.key")).unwrap();
    let listed = Server::start(&["api.anthropic.com"], &der, &key);
    let other = Server::start(&["example.org"], &der, &key);
    // Whatever the distribution had left to do.
    run(Program::UpdateCaCertificates).unwrap();
    let before = machine::state();
    machine.curl(&listed).expect_err("nobody trusts it yet");
    let fingerprint = Fingerprint::of(&der);
    let install = Request::CaInstall { der: BoundedBytes::new(der).unwrap() };
    // A run that was killed in the middle; the next one would add to it.
    fs::copy("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt.new")
        .unwrap();
    let mut daemon = Daemon::start(&machine.at("vigild"), &machine.at(""));

    assert_eq!(daemon.ask(&install), Response::CaInstalled { fingerprint });

    machine.curl(&listed).expect("the machine trusts it");
    let refused = machine.curl(&other).expect_err("for listed hosts alone");
    assert!(refused.contains("permitted subtree violation"), "{refused}");
    let once = machine::state();
    assert_eq!(daemon.ask(&install), Response::CaInstalled { fingerprint });
    assert!(machine::state() == once, "twice is once");
    // It outlives the daemon, and is its user's still.
    daemon.stop();
    let mut daemon = Daemon::start(&machine.at("vigild"), &machine.at(""));
    let status = daemon.ask(&Request::CaStatus { fingerprint });
    let expected = CaStatus { installed: true, trust: Trust::Trusted };
    assert_eq!(status, Response::CaStatus(expected));

    assert_eq!(daemon.ask(&Request::CaRemove { fingerprint }), Response::CaRemoved);

    assert!(machine::state() == before, "not a byte and not a link is left");
    machine.curl(&listed).expect_err("nobody trusts it any more");
    daemon.stop();
    machine.done();
}
