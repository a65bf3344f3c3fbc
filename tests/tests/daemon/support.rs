//! A daemon in a folder of its own, and callers of it.

use std::{
    fs::{self, Permissions},
    io::{self, BufRead as _, BufReader, Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use vigil_proto::rpc::{Anchor, ChainHead, Decoder, Frame, Refusal, Request, Response, Uid, frame};
use vigil_tests::vigil::{binary, eventually, signal};

/// Bounds hanging, measures nothing.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn own_uid() -> u32 {
    vigil_platform::sealed::effective_uid()
}

/// Whether other users can be had; says why not.
pub(crate) fn is_root() -> bool {
    let root = own_uid() == 0;
    if !root {
        eprintln!("SKIPPED: another user is needed, and only root can be one");
    }
    root
}

/// Where a daemon is, and how it is to be started.
pub(crate) struct Place {
    _root: tempfile::TempDir,
    pub(crate) root: PathBuf,
    /// Milliseconds of greeting, frame, idle, silence, absence; requests, changes.
    pub(crate) limits: [u32; 7],
    pub(crate) stop_at: Option<&'static str>,
    /// Below which the certificate store is.
    pub(crate) trust: Option<PathBuf>,
    /// The file that stands for the machine's proxy setting.
    pub(crate) proxy: Option<PathBuf>,
}

impl Place {
    /// Where the caller itself is an administrator.
    pub(crate) fn new() -> Self {
        Self::with(&format!("{} admin\n", own_uid()))
    }

    /// With this enrolment file.
    pub(crate) fn with(enrolled: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::set_permissions(&root, Permissions::from_mode(0o755)).unwrap();
        let place = Self {
            _root: dir,
            root,
            limits: [10_000, 10_000, 60_000, 20_000, 900_000, 1_000_000, 1_000_000],
            stop_at: None,
            trust: None,
            proxy: None,
        };
        fs::create_dir(place.state()).unwrap();
        fs::set_permissions(place.state(), Permissions::from_mode(0o700)).unwrap();
        place.enrol(enrolled);
        place
    }

    pub(crate) fn enrol(&self, lines: &str) {
        fs::write(self.enrolled(), lines).unwrap();
        fs::set_permissions(self.enrolled(), Permissions::from_mode(0o644)).unwrap();
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.root.join("vigild.sock")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.state().join("journal")
    }

    pub(crate) fn enrolled(&self) -> PathBuf {
        self.root.join("enrolled")
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = self.plain();
        command.arg("--socket").arg(self.socket());
        if let Some(place) = self.stop_at {
            command.args(["--stop-at", place]);
        }
        command
    }

    /// One that has everything put back and ends.
    pub(crate) fn undo(&self) -> Command {
        let mut command = self.plain();
        command.args(["--undo", "all"]);
        command
    }

    fn plain(&self) -> Command {
        let limits: Vec<String> = self.limits.iter().map(ToString::to_string).collect();
        let mut command = Command::new(binary("vigild"));
        command
            .arg("--state")
            .arg(self.state())
            .arg("--enrolled")
            .arg(self.enrolled())
            .args(["--limits", &limits.join(",")]);
        if let Some(root) = &self.trust {
            command.arg("--trust-root").arg(root);
        }
        if let Some(file) = &self.proxy {
            command.arg("--proxy-file").arg(file);
        }
        command
    }

    /// Starts it and waits until it serves.
    pub(crate) fn start(&self) -> Daemon {
        let daemon = self.begin();
        daemon.hear("serving");
        daemon
    }

    /// Starts it.
    pub(crate) fn begin(&self) -> Daemon {
        self.begin_as(&mut self.command())
    }

    /// Starts it by another command that becomes it.
    pub(crate) fn begin_as(&self, command: &mut Command) -> Daemon {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, into) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
        thread::spawn(move || {
            for line in lines.lines() {
                let Ok(line) = line else { return };
                let mut log = into.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Daemon { child, socket: self.socket(), log }
    }

    /// Starts one that is to refuse, and gives what it said.
    pub(crate) fn refuses(&self) -> String {
        let mut daemon = self.begin();
        let status = eventually("the daemon ends", || daemon.child.try_wait().unwrap());
        assert!(!status.success(), "{status}: {}", daemon.log());
        // What is left of its words.
        eventually("it says why", || Some(daemon.log()).filter(|log| log.contains("error: ")))
    }
}

/// A running daemon; ended when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    socket: PathBuf,
    log: Arc<Mutex<String>>,
}

impl Daemon {
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The line of its log that has these words.
    pub(crate) fn hear(&self, words: &str) -> String {
        eventually(&format!("`{words}` in the log"), || {
            self.log().lines().find(|line| line.contains(words)).map(ToOwned::to_owned)
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The process of one of the two parts.
    pub(crate) fn part(&self, part: &str) -> u32 {
        let children = Path::new("/proc").join(self.pid().to_string());
        let children = children.join("task").join(self.pid().to_string()).join("children");
        let children = fs::read_to_string(children).unwrap();
        let is_part = |pid: &u32| {
            let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap();
            words.split(|byte| *byte == 0).any(|word| word == part.as_bytes())
        };
        children.split_whitespace().map(|pid| pid.parse().unwrap()).find(is_part).unwrap()
    }

    /// A greeted connection of our own. Room that an earlier one leaves is waited for.
    pub(crate) fn caller(&self) -> Caller<UnixStream> {
        eventually("there is room for a connection", || {
            let stream = UnixStream::connect(&self.socket).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut caller = Caller::new(stream);
            caller.number = 1;
            // Who is turned away may find the connection closed before this.
            let _ = caller.stream.write_all(&frame::encode(1, &Request::hello()).unwrap());
            match caller.hear()?.message {
                Response::Welcome(_) => Some(caller),
                Response::Refused(Refusal::TooMany) => None,
                other => panic!("{other:?}"),
            }
        })
    }

    /// A connection of our own that has said nothing. Room that an earlier one leaves is waited for.
    pub(crate) fn connect(&self) -> Caller<UnixStream> {
        eventually("there is room for a connection", || {
            let stream = UnixStream::connect(&self.socket).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(250))).unwrap();
            // Who is turned away is told at once, as far as the machine lets the daemon run.
            let is_turned_away = match (&stream).read(&mut [0; 64]) {
                Ok(_) => true,
                Err(error) => error.kind() != io::ErrorKind::WouldBlock,
            };
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            (!is_turned_away).then(|| Caller::new(stream))
        })
    }

    /// A greeted connection of another user, as root.
    pub(crate) fn caller_as(&self, uid: u32) -> Other {
        let mut other = self.connect_as(uid, "relay");
        other.caller.greet();
        other
    }

    pub(crate) fn connect_as(&self, uid: u32, how: &str) -> Other {
        self.connect_by(&mut as_user(uid, &binary("daemon-client")), how)
    }

    /// A greeted connection of another process of our own.
    pub(crate) fn caller_apart(&self) -> Other {
        let mut other = self.connect_by(&mut Command::new(binary("daemon-client")), "relay");
        other.caller.greet();
        other
    }

    fn connect_by(&self, client: &mut Command, how: &str) -> Other {
        let mut child = client
            .arg(how)
            .arg(&self.socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pipes = Pipes { to: child.stdin.take(), from: child.stdout.take().unwrap() };
        Other { caller: Caller::new(pipes), child }
    }

    /// kill -9 of one process, and waits for the end of all.
    pub(crate) fn kill(mut self, pid: u32) {
        signal(pid, "KILL");
        self.child.wait().unwrap();
    }

    /// As the service manager does.
    pub(crate) fn stop(mut self) -> ExitStatus {
        signal(self.pid(), "TERM");
        self.child.wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() {
            let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        }
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// `program` as another user, without any right of ours. The program is looked for below a folder
/// that this user may not enter, so that it is given as an open file.
pub(crate) fn as_user(uid: u32, program: &Path) -> Command {
    let uid = uid.to_string();
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", &uid, "--regid", &uid, "--clear-groups", "--no-new-privs"])
        .args(["--inh-caps=-all", "--bounding-set=-all", "--"])
        .arg(program);
    command
}

/// Both pipes of another process, as a connection.
pub(crate) struct Pipes {
    to: Option<std::process::ChildStdin>,
    from: std::process::ChildStdout,
}

impl Read for Pipes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.from.read(buffer)
    }
}

impl Write for Pipes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.as_mut().ok_or(io::ErrorKind::NotConnected)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A caller that is another user.
pub(crate) struct Other {
    pub(crate) caller: Caller<Pipes>,
    child: Child,
}

impl Other {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Says nothing more.
    pub(crate) fn end_of_words(&mut self) {
        self.caller.stream.to = None;
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One side of a connection.
pub(crate) struct Caller<S> {
    pub(crate) stream: S,
    decoder: Decoder<Response>,
    rest: Vec<u8>,
    number: u32,
}

impl<S: Read + Write> Caller<S> {
    fn new(stream: S) -> Self {
        Self { stream, decoder: Decoder::new(), rest: Vec::new(), number: 0 }
    }

    pub(crate) fn greet(&mut self) {
        let welcome = self.ask(&Request::hello());
        assert!(matches!(welcome, Response::Welcome(_)), "{welcome:?}");
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Asks, and gives the answer, which is to this question.
    pub(crate) fn ask(&mut self, request: &Request) -> Response {
        self.number += 1;
        self.say(&frame::encode(self.number, request).unwrap());
        let frame = self.hear().expect("an answer");
        assert_eq!(frame.id, self.number, "{frame:?}");
        frame.message
    }

    /// The next answer; nothing when the daemon closes the connection.
    pub(crate) fn hear(&mut self) -> Option<Frame<Response>> {
        loop {
            let mut rest = self.rest.as_slice();
            let frame = self.decoder.feed(&mut rest).unwrap();
            self.rest = rest.to_vec();
            if frame.is_some() {
                return frame;
            }
            let mut buffer = vec![0; 64 * 1024];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(length) => self.rest.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no answer: {error}"),
            }
        }
    }

    /// The last answer: a refusal of the connection itself, and then its end.
    pub(crate) fn is_refused(&mut self, refusal: Refusal) {
        let frame = self.hear().expect("a refusal");
        assert_eq!((frame.id, frame.message), (0, refusal.into()));
        assert_eq!(self.hear(), None);
    }
}

pub(crate) fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

/// The `seq`-th anchor of a chain.
pub(crate) fn anchor(seq: u8) -> Request {
    let head = |seq: u8| ChainHead([seq; 32]);
    Request::Anchor(Anchor {
        seq: seq.into(),
        prev: head(seq - 1),
        count: u64::from(seq) * 10,
        head: head(seq),
    })
}
