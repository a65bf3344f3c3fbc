//! The source as a whole, with real connections of real processes. The agents here are programs
//! that the families are told to be such.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::AsFd,
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc::Receiver},
    time::Duration,
};

use vigil_proto::{
    ContentHasher, Event, Kind, Sensitive, Timestamp,
    config::Exclude,
    event::{Connection, ProcessRef, Way},
};

use super::*;
use crate::{
    pipeline::{Exclusions, Message, Pause, Shared},
    source::family::Began,
};

/// Bounds hanging, measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

struct World {
    families: Families,
    addresses: Addresses,
    callers: Callers,
    shared: Arc<Shared>,
    messages: Option<Receiver<Message>>,
    shutdown: Shutdown,
    thread: Option<thread::JoinHandle<()>>,
}

impl World {
    fn start() -> Self {
        Self::without(Exclusions::default())
    }

    fn without(exclusions: Exclusions) -> Self {
        let shared = Arc::new(Shared {
            hasher: ContentHasher::new([1; 32]),
            checkpoints: Box::new(|_| None),
            exclusions,
            pause: Pause::default(),
        });
        let (inlet, messages) = Inlet::new(Arc::clone(&shared));
        let (families, addresses, callers) =
            (Families::default(), Addresses::default(), Callers::default());
        let options = Options {
            families: families.clone(),
            addresses: addresses.clone(),
            callers: callers.clone(),
            holders: Box::new(|_| None),
        };
        let shutdown = Shutdown::default();
        let thread = watch(options, inlet, shutdown.clone()).unwrap();
        let (messages, thread) = (Some(messages), Some(thread));
        Self { families, addresses, callers, shared, messages, shutdown, thread }
    }

    /// This process is an agent from now on.
    fn is_agent(&self, child: &Child) -> ProcessRef {
        self.is(child, (b"/usr/bin/codex", b"codex\0"))
    }

    fn is(&self, child: &Child, program: (&[u8], &[u8])) -> ProcessRef {
        let pid = child.id();
        let started = Timestamp::from_micros(vigil_platform::process::row(pid).unwrap().started);
        let process = ProcessRef { pid, started };
        self.families.change(|tree| {
            let program = Some(program);
            tree.began(Began { process, parent: None, at: started, program }).unwrap();
        });
        process
    }

    /// The next connection on record.
    fn next(&self) -> Event<Sensitive> {
        loop {
            let message = self.messages.as_ref().unwrap().recv_timeout(PATIENCE).unwrap();
            let Message::Batch(batch) = message else { continue };
            let mut events = batch.events.into_iter();
            if let Some(event) = events.next() {
                assert!(events.next().is_none());
                return event;
            }
        }
    }

    /// What came until its orderly end.
    fn end(mut self) -> Vec<Event<Sensitive>> {
        self.shutdown.request();
        let messages = self.messages.take().unwrap();
        let rest = messages.iter().filter_map(|message| match message {
            Message::Batch(batch) => Some(batch.events),
            Message::Flush(_) => None,
        });
        let rest = rest.flatten().collect();
        self.thread.take().unwrap().join().unwrap();
        rest
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

fn flow(event: &Event<Sensitive>) -> &Connection<Sensitive> {
    let Kind::Connection(flow) = &event.kind else { panic!("{event:?}") };
    flow
}

/// An address of this machine's that is not loopback, if it has one.
fn own_address() -> Option<IpAddr> {
    let asked = UdpSocket::bind(("0.0.0.0", 0)).unwrap();
    // Nothing is sent: the kernel only picks a way.
    asked.connect(("192.0.2.1", 9)).ok()?;
    Some(asked.local_addr().unwrap().ip()).filter(|ip| !ip.is_loopback())
}

/// A process that makes a connection, sends `hello` and ends when the other end does.
struct Client {
    child: Child,
    server: BufReader<TcpStream>,
    at: SocketAddr,
}

impl Client {
    fn connect(ip: IpAddr) -> Self {
        Self::connect_in(ip, "/")
    }

    fn connect_in(ip: IpAddr, folder: &str) -> Self {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let script =
            format!("exec 3<>/dev/tcp/{}/{}; echo hello >&3; read -r line <&3", at.ip(), at.port());
        let child = Command::new("bash").args(["-c", &script]).current_dir(folder).spawn().unwrap();
        let mut server = BufReader::new(listener.accept().unwrap().0);
        server.read_line(&mut String::new()).unwrap();
        Self { child, server, at }
    }

    fn finish(mut self) {
        self.server.get_mut().write_all(b"goodbye\n").unwrap();
        self.child.wait().unwrap();
        self.server.read_to_end(&mut Vec::new()).unwrap();
    }
}

#[test]
fn an_agents_connection_is_told_when_it_is_seen_and_when_it_has_ended() {
    let Some(ip) = own_address() else {
        return println!("skipped: this machine has loopback addresses alone");
    };
    let world = World::start();
    world.addresses.learn(Some("api.example.com"), [ip]);
    let strangers = Client::connect(ip);
    let client = Client::connect(ip);
    let process = world.is_agent(&client.child);

    let seen = world.next();
    let at = client.at;
    client.finish();
    let ended = world.next();
    strangers.finish();

    assert_eq!((seen.id, seen.at), (ended.id, ended.at), "it is the same one");
    assert_eq!((seen.process, ended.process), (Some(process), Some(process)));
    for (event, open) in [(&seen, true), (&ended, false)] {
        let flow = flow(event);
        assert_eq!((flow.host.expose(), flow.port), ("api.example.com", at.port()));
        assert_eq!((flow.way, flow.open), (Way::Past, open));
        assert_eq!(flow.client.as_deref(), Some("codex"));
        assert_eq!(flow.detail, None);
        assert!(flow.client_port.is_some());
    }
    let (sent, received) = (flow(&ended).sent, flow(&ended).received);
    assert!((6..=7).contains(&sent), "{sent}");
    assert!((8..=9).contains(&received), "{received}");
    assert!(world.end().is_empty(), "nothing is told of other programs");
}

#[test]
fn what_stays_open_is_told_once_more_at_the_end() {
    let Some(ip) = own_address() else {
        return println!("skipped: this machine has loopback addresses alone");
    };
    let world = World::start();
    let client = Client::connect(ip);
    world.is_agent(&client.child);
    let seen = world.next();

    let rest = world.end();

    assert_eq!(flow(&seen).host.expose(), ip.to_string(), "its address has no name");
    assert!(matches!(&rest[..], [last] if last.id == seen.id && flow(last).open));
    client.finish();
}

#[test]
fn a_connection_to_an_agents_server_is_not_the_agents() {
    let Some(ip) = own_address() else {
        return println!("skipped: this machine has loopback addresses alone");
    };
    let world = World::start();
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let out = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let accepted = listener.accept().unwrap().0;
    let give = |stream: &TcpStream| Stdio::from(stream.as_fd().try_clone_to_owned().unwrap());
    let mut agent =
        Command::new("sleep").arg("600").stdin(give(&accepted)).stdout(give(&out)).spawn().unwrap();
    world.is_agent(&agent);

    let seen = world.next();

    assert_eq!(flow(&seen).client_port, Some(out.local_addr().unwrap().port()));
    let rest = world.end();
    assert!(rest.iter().all(|event| event.id == seen.id), "{rest:?}");
    agent.kill().unwrap();
    agent.wait().unwrap();
}

#[test]
fn what_is_excluded_is_not_told() {
    let Some(ip) = own_address() else {
        return println!("skipped: this machine has loopback addresses alone");
    };
    let home = std::env::current_dir().unwrap();
    let of = |clients: &[&str], projects: &[&str]| {
        let all = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let (clients, projects) = (all(clients), all(projects));
        Exclusions::new(&Exclude { clients, projects, ..Exclude::default() }, &home)
    };
    for (exclusions, folder) in [(of(&["codex"], &[]), "/"), (of(&[], &["~/src"]), "src")] {
        let world = World::without(exclusions);
        let (left_out, other) = (Client::connect_in(ip, folder), Client::connect_in(ip, "/"));
        world.is_agent(&left_out.child);
        world.is(&other.child, (b"/usr/bin/claude", b"claude\0"));

        let seen = world.next();

        assert_eq!(flow(&seen).client.as_deref(), Some("claude-code"));
        let rest = world.end();
        assert!(rest.iter().all(|event| event.id == seen.id), "{rest:?}");
        left_out.finish();
        other.finish();
    }
}

#[test]
fn nothing_is_told_in_a_pause() {
    let Some(ip) = own_address() else {
        return println!("skipped: this machine has loopback addresses alone");
    };
    let world = World::start();
    world.shared.pause.set(true, Timestamp::from_micros(1));
    let client = Client::connect(ip);
    world.is_agent(&client.child);
    // Nothing shows that nobody looks: this is longer than it would take.
    thread::sleep(Duration::from_secs(3));
    client.finish();

    assert!(world.end().is_empty());
}

#[test]
fn a_caller_of_the_proxy_is_looked_up_and_its_way_past_it_stands_out() {
    let Some(ip) = own_address() else {
        return println!("skipped: this machine has loopback addresses alone");
    };
    let world = World::start();
    let proxy = Client::connect(Ipv4Addr::LOCALHOST.into());
    let process = world.is_agent(&proxy.child);
    let inode = inode_of(&proxy);

    let caller = world.callers.announce(inode);

    assert_eq!(caller.process(PATIENCE), Some(process));
    assert_eq!(world.callers.found(), [process]);
    proxy.finish();
    let beside = Client::connect(ip);
    world.is_agent(&beside.child);
    assert_eq!(flow(&world.next()).detail, None, "another agent, and no port of AI hosts");
    beside.finish();
}

/// The client's own socket, as the proxy knows it.
fn inode_of(client: &Client) -> u64 {
    let server = client.server.get_ref();
    let (local, peer) = (server.local_addr().unwrap(), server.peer_addr().unwrap());
    vigil_platform::socket::owner(local, peer).unwrap().unwrap().inode
}
