//! opencode: a database with a write-ahead log, whose table of events is appended to.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::{Session, Turn, Words, Written};

/// As Vigil calls it.
pub const NAME: &str = "opencode";

/// Its conversation `number`, of which nothing is written yet.
pub const fn session(number: u32) -> Session {
    Session::new(6, number)
}

/// The file of the database in the home folder `home`.
pub fn path(home: &Path) -> PathBuf {
    home.join(".local/share/opencode/opencode.db")
}

/// The client's database, open as the client has it open.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    records: u64,
}

impl Database {
    /// Opens it, making it when there is none.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(home: &Path) -> io::Result<Self> {
        let path = path(home);
        fs::create_dir_all(path.parent().unwrap_or(home))?;
        let connection = Connection::open(path).map_err(io::Error::other)?;
        let set_up = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
            CREATE TABLE IF NOT EXISTS event
                (id TEXT PRIMARY KEY, type TEXT NOT NULL, data TEXT NOT NULL);";
        connection.execute_batch(set_up).map_err(io::Error::other)?;
        let records = connection
            .query_row("SELECT count(*) FROM event", [], |row| row.get::<_, i64>(0))
            .map_err(io::Error::other)?;
        Ok(Self { connection, records: u64::try_from(records).unwrap_or(0) })
    }

    /// Writes conversation `number` of at least so many bytes.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn write(&mut self, number: u32, bytes: u64) -> io::Result<Written> {
        let mut words = Words::new(u64::from(number));
        let mut session = session(number);
        let mut written = Written::default();
        self.batch("BEGIN")?;
        written.bytes += self.start(&mut session)?;
        while written.bytes < bytes {
            written.bytes += self.turn(&mut session, &words.turn())?;
            written.turns += 1;
        }
        self.batch("COMMIT")?;
        Ok(written)
    }

    /// Begins a conversation. Gives the bytes written.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn start(&mut self, session: &mut Session) -> io::Result<u64> {
        let (id, at) = (key(session), session.tick_millis());
        let info = json!({"id": id, "directory": format!("/home/dev/shop{}", session.project()),
            "title": "Steps in a shop", "version": "1.18.33", "time": {"created": at}});
        self.add("session.created.1", &json!({"sessionID": id, "info": info}))
    }

    /// Writes one more turn. Gives the bytes written.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn turn(&mut self, session: &mut Session, turn: &Turn) -> io::Result<u64> {
        let (id, asked) = (key(session), session.name("msg_u"));
        let (message, call) = (session.name("msg"), session.name("call"));
        let at = session.tick_millis();
        let user = json!({"id": asked, "sessionID": id, "role": "user", "time": {"created": at},
            "model": {"providerID": "anthropic", "modelID": "claude-sonnet-4-5"}});
        let answer = json!({"id": message, "sessionID": id, "role": "assistant",
            "time": {"created": session.tick_millis()}, "parentID": asked,
            "modelID": "claude-sonnet-4-5", "providerID": "anthropic"});
        let ran = session.tick_millis();
        let time = json!({"start": ran, "end": ran + 400});
        let tool = json!({"type": "tool", "callID": call, "tool": "bash", "state": {
            "status": "completed", "input": {"command": turn.command}, "output": turn.output,
            "time": time}});
        let used = json!({"type": "step-finish", "reason": "tool-calls", "cost": 0.005,
            "tokens": {"total": 970, "input": 200, "output": 50, "reasoning": 0,
                "cache": {"read": 700, "write": 20}}});
        let parts = [
            ("a", &asked, json!({"type": "text", "text": turn.prompt})),
            ("b", &message, json!({"type": "text", "text": turn.answer, "time": time})),
            ("c", &message, tool),
            ("d", &message, used),
        ];
        let told = |info: &Value| json!({"sessionID": id, "info": info});
        let mut bytes = self.add("message.updated.1", &told(&user))?;
        for (name, message_id, mut part) in parts {
            part["id"] = format!("{}_{name}", session.name("prt")).into();
            part["sessionID"] = id.clone().into();
            part["messageID"] = message_id.clone().into();
            if name == "b" {
                bytes += self.add("message.updated.1", &told(&answer))?;
            }
            let record = json!({"sessionID": id, "part": part, "time": ran});
            bytes += self.add("message.part.updated.1", &record)?;
        }
        session.turns += 1;
        Ok(bytes)
    }

    /// Runs SQL of a test's own.
    ///
    /// # Errors
    /// SQLite refuses it.
    pub fn batch(&self, sql: &str) -> io::Result<()> {
        self.connection.execute_batch(sql).map_err(io::Error::other)
    }

    fn add(&mut self, kind: &str, data: &Value) -> io::Result<u64> {
        self.records += 1;
        let (id, data) = (format!("evt_{:012}", self.records), data.to_string());
        self.connection
            .prepare_cached("INSERT INTO event VALUES (?, ?, ?)")
            .and_then(|mut insert| insert.execute(params![id, kind, data]))
            .map_err(io::Error::other)?;
        Ok(data.len() as u64)
    }
}

fn key(session: &Session) -> String {
    format!("ses_{:08}", session.number)
}
