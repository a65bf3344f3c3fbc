//! A service manager, as small as can be: it holds two listening sockets, and starts the agent with
//! them whenever somebody waits there and it does not run.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use vigil_tests::vigil::{Home, binary, signal};

/// Becomes the agent with its standard input and output as descriptors 3 and 4, and its own number
/// as the one that they are meant for.
const BECOME: &str = r#"exec 3<&0 4<&1 0</dev/null 1>&2
LISTEN_FDS=2 LISTEN_FDNAMES=proxy:dashboard LISTEN_PID=$$ exec "$0" up --test-agents-of "$1""#;

/// How long a step may take. It bounds hanging, it measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// The ports of two loopback sockets that nobody has just now.
pub(crate) fn free() -> [SocketAddr; 2] {
    [0; 2].map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).map(|at| place(&at))
}

fn place(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Started(u32),
    Ended(u32),
}

/// The holder; what it has started ends with it.
pub(crate) struct Holder {
    pub(crate) proxy: SocketAddr,
    pub(crate) dashboard: SocketAddr,
    told: Receiver<Told>,
    stop: Arc<AtomicBool>,
    running: Option<JoinHandle<usize>>,
    last: Option<u32>,
}

impl Holder {
    pub(crate) fn start(home: &Home) -> Self {
        let sockets = [0; 2].map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let [proxy, dashboard] = [place(&sockets[0]), place(&sockets[1])];
        let (tell, told) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let hold = Hold {
            sockets,
            log: home.root().join("agent.log"),
            environment: home
                .command(&[])
                .get_envs()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect(),
            tell,
            stop: Arc::clone(&stop),
        };
        let running = Some(thread::spawn(move || hold.run()));
        Self { proxy, dashboard, told, stop, running, last: None }
    }

    /// The agent that was started now.
    pub(crate) fn started(&mut self) -> u32 {
        match self.told.recv_timeout(PATIENCE).unwrap() {
            Told::Started(pid) => {
                self.last = Some(pid);
                pid
            }
            Told::Ended(pid) => panic!("the agent {pid} ended by itself"),
        }
    }

    /// kill -9, and waits until nothing is left of it.
    pub(crate) fn kill(&mut self, pid: u32) {
        self.signal(pid, "KILL");
    }

    /// Asks it to end, and waits.
    pub(crate) fn end(&mut self, pid: u32) {
        self.signal(pid, "TERM");
    }

    fn signal(&mut self, pid: u32, name: &str) {
        signal(pid, name);
        assert_eq!(self.told.recv_timeout(PATIENCE).unwrap(), Told::Ended(pid));
        self.last = None;
    }

    /// Ends everything; how often the agent was started.
    pub(crate) fn stop(mut self) -> usize {
        self.finish()
    }

    fn finish(&mut self) -> usize {
        let Some(running) = self.running.take() else { return 0 };
        self.stop.store(true, Ordering::SeqCst);
        if let Some(pid) = self.last {
            // It may have ended by itself, which the test has to say, not we.
            let _ = Command::new("kill").arg(pid.to_string()).stderr(Stdio::null()).status();
        }
        running.join().unwrap()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if thread::panicking() {
            // What was started and not yet heard of ends too.
            while let Ok(Told::Started(pid)) = self.told.try_recv() {
                self.last = Some(pid);
            }
        }
        self.finish();
    }
}

/// What the holder's thread has.
struct Hold {
    sockets: [TcpListener; 2],
    log: std::path::PathBuf,
    environment: Vec<(std::ffi::OsString, std::ffi::OsString)>,
    tell: Sender<Told>,
    stop: Arc<AtomicBool>,
}

impl Hold {
    fn run(self) -> usize {
        let mut times = 0;
        while self.somebody_waits() {
            let mut agent = self.agent();
            times += 1;
            self.tell.send(Told::Started(agent.id())).unwrap();
            agent.wait().unwrap();
            // The test may have stopped listening.
            let _ = self.tell.send(Told::Ended(agent.id()));
        }
        times
    }

    /// Waits until somebody waits at one of the sockets; false when it is to stop.
    fn somebody_waits(&self) -> bool {
        while !self.stop.load(Ordering::SeqCst) {
            if self.sockets.iter().any(|socket| waiting(place(socket).port()) > 0) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn agent(&self) -> Child {
        let [proxy, dashboard] =
            [0, 1].map(|at| OwnedFd::from(self.sockets[at].try_clone().unwrap()));
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        Command::new("sh")
            .args(["-c", BECOME])
            .arg(binary("vigil"))
            .arg(std::process::id().to_string())
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::from(proxy))
            .stdout(Stdio::from(dashboard))
            .stderr(log)
            .spawn()
            .unwrap()
    }
}

/// How many wait to be taken by who listens on this port: the kernel tells it as the length of the
/// queue of what was received.
fn waiting(port: u16) -> u64 {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let local = format!("0100007F:{port:04X}");
    table
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let (at, _, state, queues) =
                (words.next()?, words.next()?, words.next()?, words.next()?);
            let is_ours = at == local && state == "0A";
            let (_, received) = queues.split_once(':').filter(|_| is_ours)?;
            u64::from_str_radix(received, 16).ok()
        })
        .sum()
}
