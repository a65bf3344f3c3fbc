//! What becomes of a client's files once they were read: which sessions each of them told of, and
//! that it vanished, came back or was written anew. All of it is an event of those sessions too, so
//! that it stands in the audit chain.

use rusqlite::OptionalExtension as _;
use vigil_proto::{
    Batch, ContentHash, Event, Kind, Masked, NaturalKey, SessionId, Timestamp, Witness,
    batch::{Fate, FileFate},
    event::System,
};

use super::Tx;
use crate::body;

/// A file that is written anew over and over is told of once a day. In microseconds.
const REWRITTEN_AGAIN: i64 = 24 * 60 * 60 * 1_000_000;

/// How many pairs of session and file are remembered to be known.
const REMEMBERED: usize = 4096;

impl Tx<'_> {
    /// Notes which sessions a client's file tells of: it is there.
    pub(super) fn told_in(&mut self, source: i64, batch: &Batch<Masked>) -> rusqlite::Result<()> {
        if batch.source.witness != Witness::Transcript || batch.checkpoint.is_none() {
            return Ok(());
        }
        let mut last = None;
        for event in &batch.events {
            let Some(key) = event.session.filter(|key| last != Some(*key)) else { continue };
            last = Some(key);
            let session = self.session_of(key)?.id;
            if self.state.told.len() >= REMEMBERED {
                self.state.told.clear();
            }
            if !self.state.told.insert((session, source)) {
                continue;
            }
            let known: Option<Option<i64>> = self
                .conn
                .prepare_cached("SELECT gone FROM transcripts WHERE session = ? AND source = ?")?
                .query_row([session, source], |row| row.get(0))
                .optional()?;
            match known {
                Some(None) => {}
                Some(Some(_)) => {
                    self.fate(source, FileFate { what: Fate::Back, at: event.seen_at })?;
                }
                None => {
                    self.conn
                        .prepare_cached("INSERT INTO transcripts (session, source) VALUES (?, ?)")?
                        .execute([session, source])?;
                    self.count_files(session)?;
                }
            }
        }
        Ok(())
    }

    /// Tells every session that the file told of what has become of it.
    pub(super) fn fate(&mut self, source: i64, fate: FileFate) -> rusqlite::Result<()> {
        let at = fate.at.as_micros();
        match fate.what {
            Fate::Moved => {
                // Where it is now it is read like any other file.
                self.conn
                    .prepare_cached("DELETE FROM transcripts WHERE source = ?")?
                    .execute([source])?;
                self.state.told.retain(|(_, of)| *of != source);
                Ok(())
            }
            Fate::Vanished => {
                self.state.told.retain(|(_, of)| *of != source);
                let sessions = self.sessions(
                    "UPDATE transcripts SET gone = ?2 WHERE source = ?1 AND gone IS NULL
                     RETURNING session",
                    source,
                    at,
                )?;
                self.tell(&sessions, source, "transcript-vanished", fate.at)
            }
            Fate::Back => {
                let sessions = self.sessions(
                    "UPDATE transcripts SET gone = NULL WHERE source = ?1 AND gone <= ?2
                     RETURNING session",
                    source,
                    at,
                )?;
                self.tell(&sessions, source, "transcript-back", fate.at)
            }
            Fate::Rewritten => self.rewritten(source, fate.at),
        }
    }

    /// A file that had vanished is another one now, and so it is back.
    fn rewritten(&mut self, source: i64, at: Timestamp) -> rusqlite::Result<()> {
        let was_gone = self
            .conn
            .prepare_cached("SELECT 1 FROM transcripts WHERE source = ? AND gone IS NOT NULL")?
            .exists([source])?;
        if was_gone {
            return self.fate(source, FileFate { what: Fate::Back, at });
        }
        let lately = at.as_micros() - REWRITTEN_AGAIN;
        let sessions = self.sessions(
            "SELECT t.session FROM transcripts t JOIN sessions s ON s.id = t.session
             WHERE t.source = ?1 AND (s.rewritten IS NULL OR s.rewritten < ?2)",
            source,
            lately,
        )?;
        self.conn
            .prepare_cached(
                "UPDATE sessions SET rewritten = ?2
                 WHERE id IN (SELECT session FROM transcripts WHERE source = ?1)",
            )?
            .execute([source, at.as_micros()])?;
        self.tell(&sessions, source, "transcript-rewritten", at)
    }

    fn sessions(&self, sql: &str, source: i64, at: i64) -> rusqlite::Result<Vec<i64>> {
        let mut sessions: Vec<i64> = self
            .conn
            .prepare_cached(sql)?
            .query_map([source, at], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        sessions.sort_unstable();
        Ok(sessions)
    }

    fn tell(
        &mut self,
        sessions: &[i64],
        source: i64,
        what: &'static str,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        for session in sessions {
            self.count_files(*session)?;
            self.fact(*session, source, what, at)?;
        }
        Ok(())
    }

    /// A session is deleted once every file that told of it has vanished.
    fn count_files(&self, session: i64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE sessions SET deleted = (
                     SELECT CASE WHEN count(*) = count(gone) THEN max(gone) END
                     FROM transcripts WHERE session = ?1)
                 WHERE id = ?1",
            )?
            .execute([session])?;
        Ok(())
    }

    /// The event of it. It happened to the session's file and not in the session, so that it does
    /// not move when the session was last active.
    fn fact(
        &mut self,
        session: i64,
        source: i64,
        what: &'static str,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let key: [u8; 16] = self
            .conn
            .prepare_cached("SELECT key FROM sessions WHERE id = ?")?
            .query_row([session], |row| row.get(0))?;
        let key = SessionId::from_bytes(key);
        // Makes it known to whoever counts what a witness saw of its client.
        self.session_of(key)?;
        let place: String = self
            .conn
            .prepare_cached("SELECT place FROM sources WHERE id = ?")?
            .query_row([source], |row| row.get(0))?;
        let digest = self.state.packer.digest(&format!("{source} {}", at.as_micros()));
        let content = ContentHash(body::number(&digest).cast_unsigned());
        let id = NaturalKey::Content { session: key, what, content }.id();
        // The place was masked when it was recorded.
        let text = Masked::from_scan(place);
        let kind = Kind::System(System { name: Masked::literal(what), text });
        let event = Event { session: Some(key), ..Event::own(id, at, kind) };
        let links = self.links(source, &event)?;
        self.insert(event.id, None, &links, &event).map(|_| ())
    }
}
