//! Conversations of every client that is read, in the shape that it writes them, by a fixed
//! generator: the same arguments give the same bytes. Every turn is a prompt, an answer with words
//! and one tool call, what the model used for it, and the tool's result: five events of which one
//! is a model call.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use serde_json::Value;

mod claude;
mod codex;
mod copilot;
mod gemini;
pub mod opencode;
mod pi;
pub mod planted;
mod qwen;
mod words;

pub use self::words::Words;

/// What is said in one turn.
#[derive(Clone, Debug)]
pub struct Turn {
    /// By the person.
    pub prompt: String,
    /// By the model.
    pub answer: String,
    /// What it has run.
    pub command: String,
    /// What that gave.
    pub output: String,
}

/// A conversation that is being written.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its client's place in the list, so that no two clients use one id.
    client: u32,
    number: u32,
    /// Records written.
    records: u32,
    turns: u32,
}

/// Midnight of the first of January 2026, in seconds since the epoch.
const NEW_YEAR: u64 = 1_767_225_600;

impl Session {
    const fn new(client: u32, number: u32) -> Self {
        Self { client, number, records: 0, turns: 0 }
    }

    /// The client's id of it.
    pub fn id(&self) -> String {
        format!("{:08}-0000-4000-8000-{:012}", self.client, self.number)
    }

    /// A name that no other turn has.
    fn name(&self, what: &str) -> String {
        format!("{what}_{}_{}_{}", self.client, self.number, self.turns)
    }

    /// A second later than the last record: its number, and its time.
    fn tick(&mut self) -> (u32, String) {
        self.records += 1;
        let second = self.begins() + u64::from(self.records);
        let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
        let date = date(second / 86_400);
        (self.records, format!("{date}T{hour:02}:{minute:02}:{:02}.000Z", second % 60))
    }

    /// The same in milliseconds since the epoch.
    fn tick_millis(&mut self) -> u64 {
        self.records += 1;
        (NEW_YEAR + self.begins() + u64::from(self.records)) * 1000
    }

    /// Seconds after New Year: a quarter of an hour after the last conversation, within 300 days.
    fn begins(&self) -> u64 {
        u64::from(self.number % (300 * 96)) * 900
    }

    /// The day on which it begins.
    fn date(&self) -> String {
        date(self.begins() / 86_400)
    }

    fn project(&self) -> u32 {
        self.number % 7
    }
}

/// The date so many days after New Year.
fn date(mut days: u64) -> String {
    let mut month = 1;
    for length in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("2026-{month:02}-{:02}", days + 1)
}

/// A client that writes files of lines.
#[derive(Debug)]
pub struct Client {
    /// As Vigil calls it.
    pub name: &'static str,
    place: u32,
    path: fn(&Session) -> String,
    start: fn(&mut Session) -> Vec<Value>,
    turn: fn(&mut Session, &Turn) -> Vec<Value>,
}

/// Every one of them.
pub const CLIENTS: [&Client; 6] = [
    &claude::CLIENT,
    &codex::CLIENT,
    &copilot::CLIENT,
    &gemini::CLIENT,
    &pi::CLIENT,
    &qwen::CLIENT,
];

/// The client of this name.
///
/// # Panics
/// There is none.
pub fn client(name: &str) -> &'static Client {
    CLIENTS.into_iter().find(|client| client.name == name).unwrap()
}

impl Client {
    /// Its conversation `number`, of which nothing is written yet.
    pub const fn session(&self, number: u32) -> Session {
        Session::new(self.place, number)
    }

    /// The file of `session` in the home folder `home`.
    pub fn path(&self, home: &Path, session: &Session) -> PathBuf {
        home.join((self.path)(session))
    }

    /// What stands at the beginning of a file, before any turn.
    pub fn start(&self, session: &mut Session) -> String {
        lines(&(self.start)(session))
    }

    /// The lines of one more turn.
    pub fn turn(&self, session: &mut Session, turn: &Turn) -> String {
        let written = (self.turn)(session, turn);
        session.turns += 1;
        lines(&written)
    }

    /// Writes a whole conversation and gives its file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, home: &Path, number: u32, turns: u32) -> io::Result<PathBuf> {
        let mut words = Words::new(u64::from(number));
        let mut session = self.session(number);
        let path = self.path(home, &session);
        fs::create_dir_all(path.parent().unwrap_or(home))?;
        let mut text = self.start(&mut session);
        for _ in 0..turns {
            text += &self.turn(&mut session, &words.turn());
        }
        fs::write(&path, text)?;
        Ok(path)
    }
}

fn lines(records: &[Value]) -> String {
    records.iter().flat_map(|record| [record.to_string(), "\n".to_owned()]).collect()
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes of files of lines, and of records of databases.
    pub bytes: u64,
    /// Turns.
    pub turns: u64,
}

/// Writes `sessions` conversations of about `bytes` in all: four of ten are Claude Code's, and
/// each other client has one.
///
/// # Errors
/// A file cannot be written.
pub fn write_home(home: &Path, sessions: u32, bytes: u64) -> io::Result<Written> {
    let mut written = Written::default();
    let share = bytes / u64::from(sessions.max(1));
    let mut database = None;
    for number in 0..sessions {
        let (client, mut words) = match number % 10 {
            slot @ 1..=5 => (CLIENTS.get(slot as usize), Words::new(u64::from(number))),
            6 => {
                if database.is_none() {
                    database = Some(opencode::Database::open(home)?);
                }
                if let Some(database) = &mut database {
                    written += database.write(number, share)?;
                }
                continue;
            }
            _ => (CLIENTS.first(), Words::new(u64::from(number))),
        };
        let Some(client) = client else { continue };
        let mut session = client.session(number);
        let path = client.path(home, &session);
        fs::create_dir_all(path.parent().unwrap_or(home))?;
        let mut file = BufWriter::new(File::create(path)?);
        let start = client.start(&mut session);
        file.write_all(start.as_bytes())?;
        let mut size = start.len() as u64;
        while size < share {
            let turn = client.turn(&mut session, &words.turn());
            file.write_all(turn.as_bytes())?;
            size += turn.len() as u64;
            written.turns += 1;
        }
        file.flush()?;
        written.bytes += size;
    }
    Ok(written)
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.turns += other.turns;
    }
}
