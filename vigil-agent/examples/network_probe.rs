//! How many short connections of an agent the network source sees, and what looking costs. To be
//! run where an address that is not loopback answers:
//!
//! ```text
//! unshare -n sh -c 'ip link set lo up; ip addr add 203.0.113.10/32 dev lo; exec "$@"' sh \
//!     target/release/examples/network_probe 203.0.113.10
//! ```

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measuring program: it prints, and a failed step ends it"
)]

use std::{
    collections::HashSet,
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use vigil_agent::{
    pipeline::{Exclusions, Inlet, Message, Pause, Shared},
    shutdown::Shutdown,
    source::{
        addresses::Addresses,
        callers::Callers,
        family::{Began, Families},
        network::{self, Options},
    },
};
use vigil_platform::process;
use vigil_proto::{ContentHasher, Event, Kind, Sensitive, Timestamp, event::ProcessRef};

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let ip: IpAddr = words[0].parse().unwrap();
    match words.get(1).map(String::as_str) {
        Some("server") => server(ip),
        Some("client") => client(ip, &words[2..]),
        Some("hold") => hold(ip, &words[2..]),
        _ => measure(ip),
    }
}

/// Answers each byte with one until the other end is silent. Prints its port.
fn server(ip: IpAddr) {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let serve = move || {
            let mut byte = [0];
            while stream.read(&mut byte).is_ok_and(|n| n > 0) && stream.write_all(&byte).is_ok() {}
        };
        thread::Builder::new().stack_size(64 * 1024).spawn(serve).unwrap();
    }
}

/// PORT TIMES MILLISECONDS TOGETHER: so many connections that last so long, some at a time. Begins
/// with a line on standard input.
fn client(ip: IpAddr, words: &[String]) {
    let [port, times, lasts, together] = [0, 1, 2, 3].map(|n| words[n].parse::<u64>().unwrap());
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let to = SocketAddr::new(ip, u16::try_from(port).unwrap());
    thread::scope(|threads| {
        for _ in 0..together {
            threads.spawn(|| {
                for _ in 0..times / together {
                    let mut stream = TcpStream::connect(to).unwrap();
                    stream.write_all(b"x").unwrap();
                    stream.read_exact(&mut [0]).unwrap();
                    thread::sleep(Duration::from_millis(lasts));
                }
            });
        }
    });
}

/// PORT TIMES: holds so many connections until standard input ends.
fn hold(ip: IpAddr, words: &[String]) {
    process::raise_open_files();
    let to = SocketAddr::new(ip, words[0].parse().unwrap());
    let times: usize = words[1].parse().unwrap();
    let held: Vec<TcpStream> = (0..times).map(|_| TcpStream::connect(to).unwrap()).collect();
    println!("{}", held.len());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn start(ip: IpAddr, words: &[&str]) -> Child {
    Command::new(env::current_exe().unwrap())
        .arg(ip.to_string())
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// This process is an agent until it ends.
fn adopt(families: &Families, child: &Child) {
    let started = Timestamp::from_micros(process::row(child.id()).unwrap().started);
    let process = ProcessRef { pid: child.id(), started };
    let program = Some((&b"/usr/bin/codex"[..], &b"codex\0"[..]));
    families.change(|tree| {
        tree.began(Began { process, parent: None, at: started, program }).unwrap();
    });
}

fn left(families: &Families, child: &Child, at: Timestamp) {
    families.change(|tree| {
        tree.ended(child.id(), None, at);
    });
}

fn cpu() -> Duration {
    process::cost(std::process::id()).unwrap().cpu
}

fn measure(ip: IpAddr) {
    process::raise_open_files();
    let shared = Shared {
        hasher: ContentHasher::new([1; 32]),
        checkpoints: Box::new(|_| None),
        exclusions: Exclusions::default(),
        pause: Pause::default(),
    };
    let (inlet, messages) = Inlet::new(Arc::new(shared));
    let families = Families::default();
    let shutdown = Shutdown::default();
    let options = Options {
        families: families.clone(),
        addresses: Addresses::default(),
        callers: Callers::default(),
        holders: Box::new(|_| None),
    };
    let watching = network::watch(options, inlet, shutdown.clone()).unwrap();
    // Somebody always takes what is seen: a full inlet would hold the looking up.
    let told = Arc::<Mutex<Vec<Event<Sensitive>>>>::default();
    let taken = Arc::clone(&told);
    let taking = thread::spawn(move || {
        for message in messages {
            if let Message::Batch(batch) = message {
                taken.lock().unwrap().extend(batch.events);
            }
        }
    });
    let take = || std::mem::take(&mut *told.lock().unwrap());

    cost("no agent runs", Duration::from_secs(10));
    let mut server = start(ip, &["server"]);
    let port = line(&mut server);
    let mut idle = start(ip, &["client", &port, "0", "0", "1"]);
    adopt(&families, &idle);
    thread::sleep(Duration::from_secs(3));
    cost("an idle agent and no connections", Duration::from_secs(20));
    left(&families, &idle, Timestamp::from(std::time::SystemTime::now()));
    idle.stdin.take();
    end(idle);
    for lasts in [1, 10, 100, 250, 1000] {
        let (times, together) = (1000, if lasts >= 100 { 20 } else { 1 });
        let words = [lasts, together].map(|n: u64| n.to_string());
        let mut agent = start(ip, &["client", &port, &times.to_string(), &words[0], &words[1]]);
        adopt(&families, &agent);
        // Until somebody looks every 250 ms.
        thread::sleep(Duration::from_secs(2));
        take();
        let (began, before) = (Instant::now(), cpu());
        agent.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        agent.wait().unwrap();
        let (took, used) = (began.elapsed(), cpu().saturating_sub(before));
        left(&families, &agent, Timestamp::from(std::time::SystemTime::now()));
        thread::sleep(Duration::from_secs(2));
        let (mut seen, mut ended, mut exact) = (HashSet::new(), HashSet::new(), 0);
        for event in take() {
            seen.insert(event.id);
            if let Kind::Connection(flow) = &event.kind
                && !flow.open
                && ended.insert(event.id)
            {
                exact += u32::from((1..=2).contains(&flow.sent) && flow.received >= 1);
            }
        }
        println!(
            "{times} connections of {lasts} ms, {together} at a time: {} seen, {} ended, {exact} \
             with their bytes; {used:?} CPU in {took:.1?}",
            seen.len(),
            ended.len(),
        );
    }

    for (who, is_agent) in [("another program", false), ("the agent", true)] {
        let mut holder = start(ip, &["hold", &port, "5000"]);
        assert_eq!(line(&mut holder), "5000");
        let mut idle = start(ip, &["client", &port, "0", "0", "1"]);
        adopt(&families, if is_agent { &holder } else { &idle });
        thread::sleep(Duration::from_secs(3));
        cost(&format!("5,000 connections of {who}"), Duration::from_secs(10));
        let at = Timestamp::from(std::time::SystemTime::now());
        left(&families, &holder, at);
        left(&families, &idle, at);
        idle.stdin.take();
        end(holder);
        end(idle);
        thread::sleep(Duration::from_secs(3));
        println!("  {} sightings", take().len());
    }
    end(server);
    shutdown.request();
    watching.join().unwrap();
    taking.join().unwrap();
}

/// Prints what this process uses while nothing but looking goes on.
fn cost(what: &str, time: Duration) {
    let before = cpu();
    thread::sleep(time);
    let used = (cpu().saturating_sub(before)).as_secs_f64() / time.as_secs_f64();
    println!("{what}: {:.2} % of a core", used * 100.0);
}
