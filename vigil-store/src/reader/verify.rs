//! Verifies the audit chain: every link against the one before, every row against the link that
//! last spoke of it, and the chain against heads that were noted elsewhere. Reads one state of the
//! database and changes nothing.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::report::{About, AnchorReport, NotedHead, Tally, Verified, Wrong};

use self::{
    links::{Known, Links},
    telling::Telling,
};
use super::Reader;
use crate::{
    body,
    chain::{
        facts::{Digest, Event, Hashing, Of, Said, Short},
        link::Reason,
    },
    error::Error,
};

mod links;
mod telling;

impl Reader {
    /// Verifies what is recorded, against `noted` too when heads were noted elsewhere. `progress`
    /// is told now and then how many of how many steps are done.
    ///
    /// # Errors
    /// The database could not be read. What is not as it was written is no error but an answer.
    pub fn verify(
        &self,
        noted: Option<&[NotedHead]>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Verified, Error> {
        self.snapshot("verify the record", |conn| {
            let mut verifying = Verifying {
                conn,
                telling: Telling::new(conn),
                links: Links::default(),
                texts: HashMap::new(),
                progress: Progress::new(conn, progress)?,
            };
            verifying.links = Links::read(conn, &mut verifying.telling, || {
                verifying.progress.step(1);
            })?;
            verifying.last_number()?;
            verifying.texts()?;
            verifying.events()?;
            for of in Of::ALL.into_iter().filter(|of| *of != Of::Event) {
                verifying.rows(of)?;
            }
            verifying.strays()?;
            verifying.gone();
            let anchors = noted.map(|noted| verifying.anchors(noted));
            let mut verified = verifying.telling.finish();
            verified.anchors = anchors;
            verified.chain = verifying.links.report();
            Ok(verified)
        })
    }
}

/// Tells how far it is, not too often.
struct Progress<'p> {
    tell: &'p mut dyn FnMut(u64, u64),
    done: u64,
    told: u64,
    total: u64,
}

impl<'p> Progress<'p> {
    fn new(conn: &Connection, tell: &'p mut dyn FnMut(u64, u64)) -> rusqlite::Result<Self> {
        let total: i64 = conn.query_row(
            "SELECT (SELECT count(*) FROM links) + (SELECT count(*) FROM events)
                 + (SELECT count(*) FROM blocks)",
            [],
            |row| row.get(0),
        )?;
        Ok(Self { tell, done: 0, told: 0, total: total.cast_unsigned() })
    }

    fn step(&mut self, steps: u64) {
        self.done += steps;
        if self.done - self.told >= 256 || self.done == self.total {
            self.told = self.done;
            (self.tell)(self.done, self.total);
        }
    }
}

struct Verifying<'c, 'p> {
    conn: &'c Connection,
    telling: Telling<'c>,
    links: Links,
    /// The hashes of the long texts that can be read.
    texts: HashMap<i64, Digest>,
    progress: Progress<'p>,
}

/// Which part of a row is not as it was written.
const OF_EVENT: [&str; 4] = [
    "its text is not the one that was recorded",
    "what it says, or when, where or by whom it was seen first, is not as recorded",
    "its witnesses, outcome, figures, turn or findings are not as recorded",
    "what became known of it is not as recorded",
];

impl Verifying<'_, '_> {
    /// The store counts its events; the chain must know of the last.
    fn last_number(&mut self) -> rusqlite::Result<()> {
        let counted: Option<i64> = self
            .conn
            .query_row("SELECT value FROM meta WHERE name = 'last seq'", [], |row| row.get(0))
            .optional()?;
        let known = self.links.last_seq();
        if counted.unwrap_or(0) != known {
            let why = format!(
                "the store has numbered {} events and the chain ends at number {known}: links were \
                 removed from its end",
                counted.unwrap_or(0)
            );
            self.telling.link(Wrong::Missing, (self.links.number() + 1, None), why);
        }
        Ok(())
    }

    fn texts(&mut self) -> rusqlite::Result<()> {
        let Some(key) = body::key(self.conn)? else { return Ok(()) };
        let (texts, progress) = (&mut self.texts, &mut self.progress);
        body::digests(
            self.conn,
            &key,
            |number, digest| {
                texts.insert(number, digest);
            },
            |_| progress.step(1),
        )
    }

    fn events(&mut self) -> rusqlite::Result<()> {
        let conn = self.conn;
        let mut hashing = Hashing::new(conn)?;
        let mut statement = conn.prepare(&format!("{} ORDER BY seq", Of::Event.rows().0))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let event = Event::read(row)?;
            self.progress.step(1);
            let Some(known) = self.present(Of::Event, event.seq) else { continue };
            let digest = event.body.and_then(|body| self.texts.get(&body).copied());
            match self.event(&mut hashing, &event, &known, digest)? {
                None => self.telling.intact(Of::Event),
                Some(why) => self.altered(Of::Event, event.seq, &known, why),
            }
        }
        Ok(())
    }

    /// What of an event is not as it was written.
    fn event(
        &self,
        hashing: &mut Hashing<'_>,
        event: &Event<'_, '_>,
        known: &Known,
        digest: Option<Digest>,
    ) -> rusqlite::Result<Option<&'static str>> {
        let said = match (known.apart, known.filled) {
            (true, _) => Said::Apart,
            (false, true) => Said::None,
            (false, false) => Said::Row(digest),
        };
        let [text, stays, changes, known_of] = OF_EVENT;
        let same = |hash: Option<(usize, Short)>,
                    make: &mut dyn FnMut(&[u8; 32]) -> rusqlite::Result<Short>|
         -> rusqlite::Result<bool> {
            hash.map_or(Ok(true), |(link, hash)| Ok(make(self.links.key(link))? == hash))
        };
        let says_the_same =
            same(known.stays, &mut |key| hashing.event_stays(event, (known.loose, said), key))?
                && same(known.text, &mut |key| hashing.event_text(event, digest, key))?;
        if !says_the_same {
            let has_its_text = event
                .body
                .is_none_or(|body| digest.is_some_and(|digest| body::number(&digest) == body));
            return Ok(Some(if has_its_text { stays } else { text }));
        }
        let came_to_the_same =
            same(known.changes, &mut |key| hashing.event_changes(event, (true, digest), key))?;
        let changes = if event.grows { known_of } else { changes };
        Ok((!came_to_the_same).then_some(changes))
    }

    fn rows(&mut self, of: Of) -> rusqlite::Result<()> {
        let conn = self.conn;
        let mut hashing = Hashing::new(conn)?;
        let mut statement = conn.prepare(&format!("{} ORDER BY id", of.rows().0))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let Some(known) = self.present(of, number) else { continue };
            let link = |hash: Option<(usize, Short)>| hash.map_or(known.last, |(link, _)| link);
            let keys = (self.links.key(link(known.stays)), self.links.key(link(known.changes)));
            let (stays, changes) = hashing.row(of, row, keys)?;
            let is = |hash: Option<(usize, Short)>, now| hash.is_none_or(|(_, hash)| hash == now);
            if is(known.stays, stays) && is(known.changes, changes) {
                self.telling.intact(of);
            } else {
                self.altered(of, number, &known, "it does not say what was recorded");
            }
        }
        Ok(())
    }

    /// What the chain knows of a row that is there. None when that alone is wrong, which is told.
    fn present(&mut self, of: Of, number: i64) -> Option<Known> {
        let missing_links = if self.links.whole {
            "no link says that Vigil wrote it"
        } else {
            "no link that is there says that Vigil wrote it; links are missing"
        };
        let Some(known) = self.links.take(of, number) else {
            self.telling.row(Wrong::Added, (of, number), None, missing_links.to_owned());
            return None;
        };
        let place = self.links.place(known.last);
        if known.gone {
            let why = format!("link {} says that it was deleted", place.number);
            self.telling.row(Wrong::Added, (of, number), Some(place), why);
        } else if known.anew {
            let why = "a later link commits anew to what never changes".to_owned();
            self.telling.row(Wrong::Altered, (of, number), Some(place), why);
        } else if known.stays.is_none() && of.stays() {
            self.telling.row(Wrong::Added, (of, number), Some(place), missing_links.to_owned());
        } else {
            return Some(known);
        }
        None
    }

    fn altered(&mut self, of: Of, number: i64, known: &Known, why: &str) {
        let place = self.links.place(known.last);
        self.telling.row(Wrong::Altered, (of, number), Some(place), why.to_owned());
    }

    /// What belongs to a row and has none.
    fn strays(&mut self) -> rusqlite::Result<()> {
        for (of, what, sql) in [
            (
                Of::Event,
                "figures of a model call that is not there",
                "SELECT seq FROM calls WHERE seq NOT IN (SELECT seq FROM events WHERE kind = 5)",
            ),
            (
                Of::Event,
                "what is known of a process that is not there",
                "SELECT seq FROM processes
                 WHERE seq NOT IN (SELECT seq FROM events WHERE kind = 6)",
            ),
            (
                Of::Event,
                "what is known of a connection that is not there",
                "SELECT seq FROM flows WHERE seq NOT IN (SELECT seq FROM events WHERE kind = 7)",
            ),
            (
                Of::Event,
                "a sighting of an event that is not there",
                "SELECT DISTINCT event FROM sightings WHERE event NOT IN (SELECT seq FROM events)",
            ),
            (
                Of::Event,
                "a finding's place in an event that is not there",
                "SELECT DISTINCT event FROM finding_sightings
                 WHERE event NOT IN (SELECT seq FROM events)",
            ),
            (
                Of::Finding,
                "a person's word on a finding that is not there",
                "SELECT DISTINCT finding FROM triage_log
                 WHERE finding NOT IN (SELECT id FROM findings)",
            ),
        ] {
            let mut statement = self.conn.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let number = row.get(0).unwrap_or_default();
                self.telling.row(Wrong::Added, (of, number), None, what.to_owned());
            }
        }
        Ok(())
    }

    /// What the chain knows of and is not there.
    fn gone(&mut self) {
        for ((of, number), known) in self.links.take_rest() {
            let place = self.links.place(known.last);
            match place.reason {
                Some(
                    reason @ (Reason::Age | Reason::Quota | Reason::Forgotten | Reason::United),
                ) if known.gone => {
                    self.telling.purged(of, reason);
                }
                _ => {
                    let why = if known.gone {
                        format!("link {} says without a reason that it was deleted", place.number)
                    } else {
                        format!("link {} says what it was, and it is not there", place.number)
                    };
                    self.telling.row(Wrong::Missing, (of, number), Some(place), why);
                }
            }
        }
    }

    fn anchors(&mut self, noted: &[NotedHead]) -> AnchorReport {
        let mut report = AnchorReport { given: noted.len() as u64, ..AnchorReport::default() };
        let mut cut_from: Option<u64> = None;
        for NotedHead { number, head } in noted {
            if *number > self.links.number() {
                cut_from = cut_from.max(Some(*number));
                continue;
            }
            match self.links.head_of(*number) {
                links::HeadOf::Is(found) if found == head.0 => {
                    report.matched += 1;
                    report.vouched = report.vouched.max(*number);
                }
                links::HeadOf::Elsewhere => report.elsewhere += 1,
                links::HeadOf::Is(_) => {
                    let why = format!(
                        "the head of link {number} is not the one that was noted: what the chain \
                         said up to there was replaced"
                    );
                    self.telling.other(Wrong::Altered, About::Anchor, (*number, None), why);
                }
                links::HeadOf::Missing => {
                    let why = format!("link {number} was noted and is not there");
                    self.telling.other(Wrong::Missing, About::Anchor, (*number, None), why);
                }
            }
        }
        if let Some(to) = cut_from {
            let from = self.links.number() + 1;
            let why = "the chain was noted to be longer: its end was cut off, with all that it \
                       told of"
                .to_owned();
            self.telling.link(Wrong::Missing, (from, (to > from).then_some(to)), why);
        }
        report
    }
}

/// Which tally a row counts in.
fn tally(verified: &mut Verified, of: Of) -> &mut Tally {
    match of {
        Of::Event => &mut verified.events,
        Of::Finding => &mut verified.findings,
        _ => &mut verified.other,
    }
}
