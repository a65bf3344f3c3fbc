//! A home folder and a pipeline end for tests: real files in, committed batches out.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    fs,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use vigil_proto::{
    Batch, Checkpoint, ContentHasher, Event, EventId, Kind, Sensitive, SessionFacts, SourceId,
    Subagent, Timestamp,
    batch::{Counts, Fate},
    config,
};

use super::{Known, Options, ReadCounts, follow, ingest_once};
use crate::{
    pipeline::{Exclusions, Inlet, Message, Pause, Shared},
    shutdown::Shutdown,
};

/// What has been committed.
#[derive(Debug, Default)]
pub(super) struct Committed {
    pub(super) events: Vec<Event<Sensitive>>,
    pub(super) sessions: Vec<SessionFacts<Sensitive>>,
    pub(super) subagents: Vec<Subagent<Sensitive>>,
    pub(super) counts: Counts,
    pub(super) checkpoints: HashMap<SourceId, Checkpoint>,
    /// What became of files, in the order in which it was told.
    pub(super) fates: Vec<(SourceId, Fate)>,
    /// Where they are.
    pub(super) places: BTreeMap<SourceId, String>,
}

impl Committed {
    pub(super) fn add(&mut self, batch: Batch<Sensitive>) {
        self.events.extend(batch.events);
        self.sessions.extend(batch.sessions);
        self.subagents.extend(batch.subagents);
        for (name, n) in batch.counts {
            *self.counts.entry(name).or_default() += n;
        }
        self.fates.extend(batch.fate.map(|fate| (batch.source.id, fate.what)));
        self.places.insert(batch.source.id, batch.source.place.expose().to_owned());
        if let Some(checkpoint) = batch.checkpoint {
            self.checkpoints.insert(checkpoint.source, checkpoint);
        }
    }

    pub(super) fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// The events by id, as the store would keep them: without when and where they were seen.
    pub(super) fn distinct(&self) -> BTreeMap<EventId, String> {
        self.events.iter().map(|event| (event.id, line(event))).collect()
    }

    /// One line for each distinct event, in the order of the file.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        self.events.iter().filter(|event| seen.insert(event.id)).map(line).collect()
    }

    pub(super) fn gaps(&self) -> Vec<(&'static str, Option<u64>)> {
        self.events
            .iter()
            .filter_map(|event| match &event.kind {
                Kind::Gap(gap) => Some((gap.reason, gap.bytes)),
                _ => None,
            })
            .collect()
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.events
            .iter()
            .filter_map(|event| match &event.kind {
                Kind::Prompt(prompt) => Some(prompt.text.expose().to_owned()),
                Kind::Response(response) => Some(response.text.expose().to_owned()),
                _ => None,
            })
            .collect()
    }
}

/// What an event says, for comparing and for snapshots.
pub(super) fn line(event: &Event<Sensitive>) -> String {
    let mut out = format!("{} {}", event.at, event.kind.name());
    if let Some(thread) = &event.thread {
        let _ = write!(out, " thread={}", thread.expose());
    }
    if let Some(call) = &event.tool_call {
        let _ = write!(out, " call={}", call.expose());
    }
    let _ = match &event.kind {
        Kind::Prompt(prompt) => write!(out, " {:?}", prompt.text.expose()),
        Kind::Response(response) => write!(out, " {:?}", response.text.expose()),
        Kind::Thinking(thinking) => write!(out, " {:?}", thinking.text.expose()),
        Kind::ToolCall(call) => write!(out, " {} {}", call.name.expose(), call.input.expose()),
        Kind::ToolResult(result) => write!(
            out,
            " {} by={:?} paired={} {:?}",
            result.outcome,
            result.denied_by.as_ref().map(Sensitive::expose),
            result.call.is_some(),
            result.text.expose()
        ),
        Kind::ModelCall(call) => write!(
            out,
            " {} {} {:?} {} in={} read={} write={}+{} out={} stop={:?}",
            call.model.expose(),
            call.message.expose(),
            call.request.as_ref().map(Sensitive::expose),
            call.rank,
            call.usage.input,
            call.usage.cache_read,
            call.usage.cache_write_5m,
            call.usage.cache_write_1h,
            call.usage.output,
            call.stop_reason.as_ref().map(Sensitive::expose),
        ),
        Kind::Gap(gap) => write!(out, " {} {:?}", gap.reason, gap.bytes),
        Kind::System(system) => write!(out, " {} {:?}", system.name.expose(), system.text.expose()),
        _ => Ok(()),
    };
    out
}

/// A home folder, an inlet, and the thread that commits.
pub(super) struct Rig {
    home: tempfile::TempDir,
    pub(super) inlet: Inlet,
    shared: Arc<Shared>,
    committed: Arc<Mutex<Committed>>,
    pub(super) known: Known,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::excluding(&config::Exclude::default())
    }

    pub(super) fn excluding(exclude: &config::Exclude) -> Self {
        let home = tempfile::tempdir().unwrap();
        let committed = Arc::new(Mutex::new(Committed::default()));
        let known = Arc::clone(&committed);
        let shared = Arc::new(Shared {
            hasher: ContentHasher::new([3; 32]),
            checkpoints: Box::new(move |id| known.lock().unwrap().checkpoints.get(&id).cloned()),
            exclusions: Exclusions::new(exclude, home.path()),
            pause: Pause::default(),
        });
        let (inlet, messages) = Inlet::new(Arc::clone(&shared));
        let commit = Arc::clone(&committed);
        thread::spawn(move || {
            for message in messages {
                match message {
                    Message::Batch(batch) => commit.lock().unwrap().add(*batch),
                    Message::Flush(done) => drop(done.send(())),
                }
            }
        });
        Self { home, inlet, shared, committed, known: Known::default() }
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(super) fn projects(&self) -> PathBuf {
        self.home.path().join(".claude/projects")
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.projects().join(below)
    }

    pub(super) fn write(&self, below: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) fn append(&self, below: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(below);
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
    }

    fn options(&self) -> Options {
        Options {
            home: self.home.path().to_path_buf(),
            known: self.known.clone(),
            ..Options::default()
        }
    }

    pub(super) fn committed(&self) -> Arc<Mutex<Committed>> {
        Arc::clone(&self.committed)
    }

    /// Has the store know `file`, which holds `bytes`, as what was read of `source`.
    pub(super) fn know(&self, source: SourceId, file: &Path, bytes: &[u8]) {
        let metadata = fs::metadata(file).unwrap();
        let checkpoint = Checkpoint {
            source,
            device: metadata.dev(),
            inode: metadata.ino(),
            head: self.shared.hasher.hash(bytes.get(..1024).unwrap_or(bytes)).0,
            head_len: u32::try_from(bytes.len().min(1024)).unwrap(),
            offset: bytes.len() as u64,
            state: Vec::new(),
            at: Timestamp::from(SystemTime::now()),
        };
        self.committed.lock().unwrap().checkpoints.insert(source, checkpoint);
    }

    /// Reads everything once and waits until it is committed.
    pub(super) fn ingest(&self) -> ReadCounts {
        let counts = ingest_once(&self.options(), &self.inlet, &()).unwrap();
        self.inlet.flush().unwrap();
        counts
    }

    pub(super) fn follow(&self) -> Follow {
        let shutdown = Shutdown::default();
        let thread =
            follow(self.options(), self.inlet.clone(), shutdown.clone(), Arc::new(())).unwrap();
        Follow { shutdown, thread: Some(thread) }
    }

    pub(super) fn pause(&self, paused: bool) {
        self.shared.pause.set(paused, Timestamp::from(SystemTime::now()));
    }

    pub(super) fn seen<T>(&self, look: impl FnOnce(&Committed) -> T) -> T {
        look(&self.committed.lock().unwrap())
    }

    /// Waits until `is_there`; far longer than it should take, so that only a lost line fails.
    pub(super) fn wait_for(&self, what: &str, is_there: impl Fn(&Committed) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.seen(&is_there) {
            assert!(Instant::now() < deadline, "never seen: {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A running tailer; ends with the test.
pub(super) struct Follow {
    shutdown: Shutdown,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.shutdown.request();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The session of the lines below.
pub(super) const SESSION: &str = "5e551011-0000-4000-8000-000000000001";

/// A user line that says `text`.
pub(super) fn prompt(n: u32, text: &str) -> String {
    record(n, "user", &format!(r#""message":{{"role":"user","content":{}}}"#, json(text)))
}

/// An assistant line with one text block of answer `message`.
pub(super) fn answer(n: u32, message: &str, text: &str) -> String {
    block(n, message, &format!(r#"{{"type":"text","text":{}}}"#, json(text)))
}

/// An assistant line with one block.
pub(super) fn block(n: u32, message: &str, block: &str) -> String {
    let usage = r#"{"input_tokens":10,"cache_creation_input_tokens":5,"cache_read_input_tokens":100,"output_tokens":7}"#;
    record(
        n,
        "assistant",
        &format!(
            r#""requestId":"req_{message}","message":{{"id":"{message}","type":"message","role":"assistant","model":"claude-test-1","content":[{block}],"stop_reason":"tool_use","usage":{usage}}}"#
        ),
    )
}

/// A line of `kind` with `fields`.
pub(super) fn record(n: u32, kind: &str, fields: &str) -> String {
    format!(
        r#"{{"isSidechain":false,"cwd":"/home/me/work/app","sessionId":"{SESSION}","version":"2.1.197","gitBranch":"main","type":"{kind}",{fields},"uuid":"u-{n}","timestamp":"2026-11-22T10:{:02}:{:02}.000Z"}}"#,
        n / 60 % 60,
        n % 60
    ) + "\n"
}

pub(super) fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

pub(super) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
