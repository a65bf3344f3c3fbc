//! Suppressions: made, taken back, over. What one covers is in the state `suppressed` and is kept,
//! counted and told of when asked for; when it ends, what it covered is again what it was before.

use rusqlite::{OptionalExtension as _, Params, params};
use vigil_proto::{FindingId, Masked, Timestamp, Triage, report::is_in_project};

use super::{Ledger, finding::SEEN_AGAIN};
use crate::{chain::facts::Of, error::Error, glob, store::Committed};

/// What the history says of a finding whose suppression ended.
const TAKEN_BACK: &str = "its suppression was taken back";
const OVER: &str = "its suppression is over";

/// A suppression to be made: for one finding, or for a rule within a path or a project.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// For what.
    pub of: SuppressionOf,
    /// Why.
    pub reason: Masked,
    /// Until when; none: until it is taken back.
    pub expires: Option<Timestamp>,
}

/// What a suppression is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuppressionOf {
    /// One finding.
    Finding(FindingId),
    /// What this rule finds first in a file like this.
    Path {
        /// The rule.
        rule: String,
        /// `*` is any part of a name, `**` any folders.
        path: Masked,
    },
    /// What this rule finds first in this project.
    Project {
        /// The rule.
        rule: String,
        /// The working directory, or a folder above it.
        project: Masked,
    },
}

/// What stands in the way of telling whether a finding is covered.
struct Candidate {
    number: i64,
    key: FindingId,
    rule: String,
    event: Vec<u8>,
    project: Option<String>,
    seen_at: i64,
}

impl Ledger {
    /// Makes a suppression at the time `at`; gives its number and how many findings it covers.
    pub(crate) fn suppress(
        &mut self,
        new: &Suppression,
        at: Timestamp,
    ) -> Result<((i64, u64), Committed), Error> {
        self.at_once("note the suppression", |ledger| {
            let (finding, rule, path, project) = match &new.of {
                SuppressionOf::Finding(id) => (Some(id.as_bytes().to_vec()), None, None, None),
                SuppressionOf::Path { rule, path } => (None, Some(rule), Some(path.as_str()), None),
                SuppressionOf::Project { rule, project } => {
                    (None, Some(rule), None, Some(project.as_str()))
                }
            };
            ledger
                .conn
                .prepare_cached(
                    "INSERT INTO suppressions (finding, rule, path, project, reason, made, expires)
                     VALUES (?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    finding,
                    rule,
                    path,
                    project,
                    new.reason.as_str(),
                    at.as_micros(),
                    new.expires.map(Timestamp::as_micros),
                ])?;
            let id = ledger.conn.last_insert_rowid();
            ledger.state.chain.adds(Of::Suppression, id);
            ledger.state.save_sessions(&ledger.conn)?;
            let mut covered = 0;
            for candidate in ledger.candidates(&new.of)? {
                if ledger.covers(&new.of, &candidate)? {
                    ledger.hide(candidate.number, id, &new.reason, at)?;
                    covered += 1;
                }
            }
            Ok((id, covered))
        })
    }

    /// Takes the suppression `id` back at the time `at`; gives how many findings are open again,
    /// none when there is no such suppression.
    pub(crate) fn unsuppress(
        &mut self,
        id: i64,
        at: Timestamp,
    ) -> Result<(Option<u64>, Committed), Error> {
        self.at_once("take the suppression back", |ledger| {
            let known = ledger
                .conn
                .prepare_cached("SELECT 1 FROM suppressions WHERE id = ? AND ended IS NULL")?
                .exists([id])?;
            if !known {
                return Ok(None);
            }
            ledger.end(id, at, TAKEN_BACK).map(Some)
        })
    }

    /// Ends what is over at the time `now`; gives how many findings are open again.
    pub(crate) fn end_suppressions(
        &mut self,
        now: Timestamp,
    ) -> Result<Option<(u64, Committed)>, Error> {
        let over: Vec<i64> = self
            .conn
            .prepare_cached("SELECT id FROM suppressions WHERE ended IS NULL AND expires <= ?")
            .and_then(|mut over| over.query_map([now.as_micros()], |row| row.get(0))?.collect())
            .map_err(|source| Error::sql("look for suppressions", &self.path, source))?;
        if over.is_empty() {
            return Ok(None);
        }
        self.at_once("end suppressions", |ledger| {
            over.iter().try_fold(0, |open, id| Ok(open + ledger.end(*id, now, OVER)?))
        })
        .map(Some)
    }

    /// Within a transaction that is about to be committed: what it found and is covered, and what
    /// was found before in a session of which only now is known in which project it is.
    pub(super) fn suppress_new(&mut self) -> rusqlite::Result<()> {
        let settled = std::mem::take(&mut self.state.settled);
        if self.state.new_findings.is_empty() && settled.is_empty() {
            return Ok(());
        }
        let in_force = self.in_force()?;
        if in_force.is_empty() {
            return Ok(());
        }
        // In which project a session is stands in its row.
        self.state.save_sessions(&self.conn)?;
        for key in self.state.new_findings.clone() {
            for candidate in self.candidates(&SuppressionOf::Finding(key))? {
                self.suppress_one(&candidate, &in_force)?;
            }
        }
        for session in settled {
            for candidate in self.untouched_in(session)? {
                self.suppress_one(&candidate, &in_force)?;
            }
        }
        Ok(())
    }

    fn suppress_one(
        &mut self,
        candidate: &Candidate,
        in_force: &[(i64, Suppression)],
    ) -> rusqlite::Result<()> {
        let at = Timestamp::from_micros(candidate.seen_at);
        for (id, known) in in_force {
            let lasts = known.expires.is_none_or(|expires| expires > at);
            if lasts && self.covers(&known.of, candidate)? {
                return self.hide(candidate.number, *id, &known.reason, at);
            }
        }
        Ok(())
    }

    fn in_force(&self) -> rusqlite::Result<Vec<(i64, Suppression)>> {
        let masked = |text: String| Masked::from_scan(text);
        let mut statement = self.conn.prepare_cached(
            "SELECT id, finding, rule, path, project, reason, expires FROM suppressions
             WHERE ended IS NULL ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let finding: Option<[u8; 16]> = row.get(1)?;
            let rule: Option<String> = row.get(2)?;
            let (path, project): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
            let of = match (finding, rule, path, project) {
                (Some(key), ..) => SuppressionOf::Finding(FindingId::from_bytes(key)),
                (None, Some(rule), Some(path), _) => {
                    SuppressionOf::Path { rule, path: masked(path) }
                }
                (None, Some(rule), None, Some(project)) => {
                    SuppressionOf::Project { rule, project: masked(project) }
                }
                _ => continue,
            };
            let expires = row.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros);
            all.push((row.get(0)?, Suppression { of, reason: masked(row.get(5)?), expires }));
        }
        Ok(all)
    }

    /// The findings that a suppression may cover: of a rule those that are open.
    fn candidates(&self, of: &SuppressionOf) -> rusqlite::Result<Vec<Candidate>> {
        let (key, rule) = match of {
            SuppressionOf::Finding(key) => (Some(*key.as_bytes()), None),
            SuppressionOf::Path { rule, .. } | SuppressionOf::Project { rule, .. } => {
                (None, Some(rule))
            }
        };
        self.candidates_where(
            "f.key = ?1 OR (?1 IS NULL AND f.rule = ?2 AND f.state = ?3)",
            params![key, rule, Triage::Open.code()],
        )
    }

    /// Those of a session that nobody has said a word of.
    fn untouched_in(&self, session: i64) -> rusqlite::Result<Vec<Candidate>> {
        self.candidates_where(
            "f.id IN (SELECT finding FROM session_findings WHERE session = ?1)
                 AND f.session = ?1 AND f.state = ?2 AND f.triaged_at IS NULL",
            params![session, Triage::Open.code()],
        )
    }

    fn candidates_where(
        &self,
        condition: &str,
        values: impl Params,
    ) -> rusqlite::Result<Vec<Candidate>> {
        let sql = format!(
            "SELECT f.id, f.key, f.rule, f.event, s.cwd, coalesce(e.seen_at, f.at)
             FROM findings f LEFT JOIN sessions s ON s.id = f.session
                 LEFT JOIN events e ON e.id = f.event
             WHERE {condition}"
        );
        self.conn
            .prepare_cached(&sql)?
            .query_map(values, |row| {
                Ok(Candidate {
                    number: row.get(0)?,
                    key: FindingId::from_bytes(row.get(1)?),
                    rule: row.get(2)?,
                    event: row.get(3)?,
                    project: row.get(4)?,
                    seen_at: row.get(5)?,
                })
            })?
            .collect()
    }

    fn covers(&self, of: &SuppressionOf, candidate: &Candidate) -> rusqlite::Result<bool> {
        Ok(match of {
            SuppressionOf::Finding(key) => *key == candidate.key,
            SuppressionOf::Project { rule, project } => {
                let within = |cwd: &String| is_in_project(cwd, project.as_str());
                *rule == candidate.rule && candidate.project.as_ref().is_some_and(within)
            }
            SuppressionOf::Path { rule, path } => {
                *rule == candidate.rule
                    && self
                        .file_of(&candidate.event)?
                        .is_some_and(|file| glob::matches(path.as_str(), &file))
            }
        })
    }

    /// The file that the tool call names which an event is, or whose result it is.
    fn file_of(&self, event: &[u8]) -> rusqlite::Result<Option<String>> {
        self.conn
            .prepare_cached(
                "SELECT p.text FROM (
                     SELECT at, seq FROM events WHERE id = ?1 AND kind = 3
                     UNION ALL
                     SELECT o.at, o.seq FROM events e JOIN events o
                         ON o.session = e.session AND o.tool_call = e.tool_call
                             AND o.thread IS e.thread AND o.kind = 3
                     WHERE e.id = ?1 AND e.kind = 4
                 ) c JOIN touched t ON t.at = c.at AND t.seq = c.seq
                     JOIN paths p ON p.id = t.path
                 LIMIT 1",
            )?
            .query_row([event], |row| row.get(0))
            .optional()
    }

    fn hide(
        &mut self,
        finding: i64,
        suppression: i64,
        reason: &Masked,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        self.set(finding, Some(suppression), Triage::Suppressed, reason.as_str(), at)
    }

    fn end(&mut self, id: i64, at: Timestamp, why: &str) -> rusqlite::Result<u64> {
        self.conn
            .prepare_cached("UPDATE suppressions SET ended = ?2 WHERE id = ?1")?
            .execute(params![id, at.as_micros()])?;
        self.state.chain.changes(Of::Suppression, id);
        let covered: Vec<(i64, FindingId)> = self
            .conn
            .prepare_cached("SELECT id, key FROM findings WHERE suppression = ?")?
            .query_map([id], |row| Ok((row.get(0)?, FindingId::from_bytes(row.get(1)?))))?
            .collect::<rusqlite::Result<_>>()?;
        let in_force: Vec<_> = self
            .in_force()?
            .into_iter()
            .filter(|(_, known)| known.expires.is_none_or(|expires| expires > at))
            .collect();
        let mut open = 0;
        for (finding, key) in covered {
            let (state, why) = self.before(finding, why)?;
            self.set(finding, None, state, why, at)?;
            open += u64::from(state == Triage::Open);
            // Another one may cover it, too; one for many covers only what is open.
            for candidate in self.candidates(&SuppressionOf::Finding(key))? {
                for (other, known) in &in_force {
                    let may =
                        state == Triage::Open || matches!(known.of, SuppressionOf::Finding(_));
                    if may && self.covers(&known.of, &candidate)? {
                        self.hide(finding, *other, &known.reason, at)?;
                        open -= u64::from(state == Triage::Open);
                        break;
                    }
                }
            }
        }
        Ok(open)
    }

    /// What a suppressed finding was before, and why it is that again: the last other word in its
    /// history, and open where there is none or where it was resolved and seen again since.
    fn before<'a>(&self, finding: i64, why: &'a str) -> rusqlite::Result<(Triage, &'a str)> {
        let word: Option<(u8, bool)> = self
            .conn
            .prepare_cached(
                "SELECT t.state, coalesce(f.last > t.at, 0)
                 FROM triage_log t JOIN findings f ON f.id = t.finding
                 WHERE t.finding = ? AND t.state <> ? ORDER BY t.id DESC LIMIT 1",
            )?
            .query_row(params![finding, Triage::Suppressed.code()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let word = word.and_then(|(state, since)| Some((Triage::from_code(state)?, since)));
        Ok(match word {
            Some((Triage::Resolved, true)) => (Triage::Open, SEEN_AGAIN),
            Some((state, _)) => (state, why),
            None => (Triage::Open, why),
        })
    }

    fn set(
        &mut self,
        finding: i64,
        suppression: Option<i64>,
        state: Triage,
        note: &str,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let (state, at) = (state.code(), at.as_micros());
        self.conn
            .prepare_cached(
                "UPDATE findings SET state = ?2, note = ?3, triaged_at = ?4, suppression = ?5
                 WHERE id = ?1",
            )?
            .execute(params![finding, state, note, at, suppression])?;
        self.conn
            .prepare_cached(
                "INSERT INTO triage_log (finding, at, state, note) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![finding, at, state, note])?;
        self.state.chain.changes(Of::Finding, finding);
        self.state.findings_changed = true;
        Ok(())
    }

    /// Does it in a transaction of its own, all of it or nothing.
    fn at_once<T>(
        &mut self,
        operation: &'static str,
        work: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> Result<(T, Committed), Error> {
        let done =
            self.begin().and_then(|()| work(self)).and_then(|answer| Ok((answer, self.commit()?)));
        done.map_err(|source| {
            if let Err(error) = self.roll_back() {
                tracing::error!(%error, "what failed could not be undone");
            }
            Error::sql(operation, &self.path, source)
        })
    }
}
