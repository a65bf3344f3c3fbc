//! What is found, counted in full and told up to a bound. Rows that are not as they were written
//! are read with nothing taken for granted.

use rusqlite::{Connection, OptionalExtension as _, Row, types::ValueRef};
use vigil_proto::{
    EventId, KindName, Masked, Timestamp,
    report::{About, PROBLEMS, Problem, Verified, Wrong},
};

use super::{super::masked, tally};
use crate::chain::{facts::Of, link::Reason};

/// Which link, when and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) at: Timestamp,
    pub(super) reason: Option<Reason>,
}

impl Default for Place {
    fn default() -> Self {
        Self { number: 0, at: Timestamp::from_micros(0), reason: None }
    }
}

pub(super) struct Telling<'c> {
    conn: &'c Connection,
    verified: Verified,
    /// What is told, by how much it matters: a flood of one kind must not hide another.
    told: [Vec<Problem>; 5],
}

/// How much a problem matters; 0 matters most.
const fn rank(what: Wrong, about: About) -> usize {
    match (about, what) {
        (About::Link | About::Anchor, _) => 0,
        (About::Event | About::Finding, Wrong::Altered) => 1,
        (About::Event | About::Finding, Wrong::Missing) => 2,
        (About::Event | About::Finding, Wrong::Added) => 3,
        _ => 4,
    }
}

impl<'c> Telling<'c> {
    pub(super) fn new(conn: &'c Connection) -> Self {
        Self { conn, verified: Verified::default(), told: Default::default() }
    }

    /// A row that is as it was written.
    pub(super) fn intact(&mut self, of: Of) {
        tally(&mut self.verified, of).intact += 1;
    }

    /// A row that was deleted by the rules.
    pub(super) fn purged(&mut self, of: Of, reason: Reason) {
        let tally = tally(&mut self.verified, of);
        match reason {
            Reason::United => tally.united += 1,
            Reason::Quota => tally.purged_by_quota += 1,
            Reason::Forgotten => tally.forgotten += 1,
            _ => tally.purged_by_age += 1,
        }
    }

    /// A row that is not; `place` is the link that last spoke of it.
    pub(super) fn row(
        &mut self,
        what: Wrong,
        (of, number): (Of, i64),
        place: Option<Place>,
        why: String,
    ) {
        let tally = tally(&mut self.verified, of);
        match what {
            Wrong::Altered => tally.altered += 1,
            Wrong::Missing => tally.missing += 1,
            Wrong::Added => tally.added += 1,
        }
        let Some(mut problem) = self.tell(what, about(of), (number.cast_unsigned(), None), why)
        else {
            return;
        };
        problem.link = place.map(|place| place.number);
        problem.link_at = place.map(|place| place.at);
        if what != Wrong::Missing {
            describe(self.conn, of, number, &mut problem);
        }
        self.keep(problem);
    }

    /// Something that is no row of its own: the number, or the first and the last.
    pub(super) fn other(
        &mut self,
        what: Wrong,
        about: About,
        numbers: (u64, Option<u64>),
        why: String,
    ) {
        if let Some(problem) = self.tell(what, about, numbers, why) {
            self.keep(problem);
        }
    }

    /// A link, or several that follow one another.
    pub(super) fn link(&mut self, what: Wrong, numbers: (u64, Option<u64>), why: String) {
        self.other(what, About::Link, numbers, why);
    }

    /// Counts it; gives it back while there is room to tell.
    fn tell(
        &mut self,
        what: Wrong,
        about: About,
        (number, to): (u64, Option<u64>),
        why: String,
    ) -> Option<Problem> {
        self.verified.problems_total += to.map_or(1, |to| to.saturating_sub(number) + 1);
        let room = self.told.get(rank(what, about)).is_some_and(|told| told.len() < PROBLEMS);
        room.then_some(Problem {
            what,
            about,
            number,
            to,
            why,
            link: None,
            link_at: None,
            id: None,
            at: None,
            session: None,
            kind: None,
            name: None,
        })
    }

    fn keep(&mut self, problem: Problem) {
        if let Some(told) = self.told.get_mut(rank(problem.what, problem.about)) {
            told.push(problem);
        }
    }

    /// What was found. Each rank has its share of what is told, and what is left of it goes to
    /// those that matter more.
    pub(super) fn finish(&mut self) -> Verified {
        let mut verified = std::mem::take(&mut self.verified);
        let told = std::mem::take(&mut self.told);
        let mut left = PROBLEMS;
        let share = PROBLEMS / told.len();
        let mut shares = told.each_ref().map(|told| told.len().min(share));
        left -= shares.iter().sum::<usize>();
        for (own, told) in shares.iter_mut().zip(&told) {
            let more = left.min(told.len() - *own);
            *own += more;
            left -= more;
        }
        let shares = told.into_iter().zip(shares);
        verified.problems = shares.flat_map(|(told, own)| told.into_iter().take(own)).collect();
        verified.intact = verified.problems_total == 0;
        verified
    }
}

const fn about(of: Of) -> About {
    match of {
        Of::Event => About::Event,
        Of::Finding => About::Finding,
        Of::Session | Of::Alias => About::Session,
        Of::Turn => About::Turn,
        Of::Name => About::Name,
        Of::Source => About::Source,
        Of::Suppression => About::Suppression,
    }
}

/// Adds what the row says of itself, true or not.
fn describe(conn: &Connection, of: Of, number: i64, problem: &mut Problem) {
    // Id, time, session, kind, name.
    let sql = match of {
        Of::Event => {
            "SELECT e.id, e.at, s.native, e.kind, n.text FROM events e
                 LEFT JOIN sessions s ON s.id = e.session LEFT JOIN names n ON n.id = e.name
             WHERE e.seq = ?"
        }
        Of::Finding => {
            "SELECT f.key, f.at, s.native, NULL, f.rule FROM findings f
                 LEFT JOIN sessions s ON s.id = f.session
             WHERE f.id = ?"
        }
        Of::Session => "SELECT NULL, started, native, NULL, title FROM sessions WHERE id = ?",
        Of::Turn => {
            "SELECT t.event, NULL, s.native, NULL, NULL FROM turns t
                 LEFT JOIN sessions s ON s.id = t.session
             WHERE t.id = ?"
        }
        Of::Name => "SELECT NULL, NULL, NULL, NULL, text FROM names WHERE id = ?",
        Of::Source => "SELECT NULL, NULL, NULL, NULL, place FROM sources WHERE id = ?",
        Of::Suppression => "SELECT finding, made, NULL, NULL, rule FROM suppressions WHERE id = ?",
        Of::Alias => {
            "SELECT NULL, a.at, s.native, NULL, p.native FROM aliases a
                 LEFT JOIN sessions s ON s.id = a.session
                 LEFT JOIN sessions p ON p.id = a.provisional
             WHERE a.id = ?"
        }
    };
    let described = conn.prepare_cached(sql).and_then(|mut rows| {
        rows.query_row([number], |row| {
            read(row, problem);
            Ok(())
        })
        .optional()
    });
    if let Err(error) = described {
        tracing::debug!(%error, number, "a row that is not as it was written cannot be read");
    }
}

fn read(row: &Row<'_>, problem: &mut Problem) {
    let value = |column| row.get_ref(column).unwrap_or(ValueRef::Null);
    let text = |column| value(column).as_str().ok().map(head);
    problem.id = value(0)
        .as_blob()
        .ok()
        .and_then(|id| id.try_into().ok())
        .map(EventId::from_bytes)
        .map(|id| id.to_string());
    problem.at = value(1).as_i64().ok().map(Timestamp::from_micros);
    problem.session = text(2);
    problem.kind =
        value(3).as_i64().ok().and_then(|code| KindName::from_code(u8::try_from(code).ok()?));
    problem.name = text(4);
}

/// Enough of a text to know it by.
fn head(text: &str) -> Masked {
    masked(text.chars().take(200).collect())
}
