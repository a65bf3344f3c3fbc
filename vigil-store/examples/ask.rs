//! Times the questions of the dashboard on a store: `ask STORE [TIMES]`. Prints the least, the
//! middle and the 95th percentile of each in milliseconds, and the 95th percentile of the
//! processor time, which says the same on a machine that has other things to do.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{
    error::Error,
    fs,
    path::PathBuf,
    time::{Instant, SystemTime},
};

use vigil_proto::{
    Timestamp,
    view::{AnalyticsBy, AnalyticsQuery, FeedQuery, FindingQuery, SessionQuery},
};
use vigil_store::{EventAt, Reader};

/// Seconds of a day, in microseconds.
const DAY: i64 = 86_400_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().ok_or("give the store's folder")?);
    let times: usize = args.next().map_or(Ok(50), |times| times.parse())?;
    let reader = Reader::open(&dir)?;
    let ask = Ask { reader, times };
    ask.sessions()?;
    ask.one_session()?;
    ask.findings()?;
    ask.over_time()
}

struct Ask {
    reader: Reader,
    times: usize,
}

type Answer = Result<usize, vigil_store::Error>;

impl Ask {
    /// Asks `question` so many times; the number is that of the round, from 0.
    fn time(
        &self,
        what: &str,
        mut question: impl FnMut(&Reader, usize) -> Answer,
    ) -> Result<(), Box<dyn Error>> {
        let (mut took, mut worked) = (Vec::new(), Vec::new());
        let mut rows = 0;
        for round in 0..self.times.max(1) {
            let (began, before) = (Instant::now(), worked_ms());
            rows = rows.max(question(&self.reader, round)?);
            took.push(began.elapsed().as_secs_f64() * 1e3);
            worked.push(worked_ms() - before);
        }
        took.sort_by(f64::total_cmp);
        worked.sort_by(f64::total_cmp);
        let at = |all: &[f64], part: usize| {
            all.get((all.len() - 1) * part / 100).copied().unwrap_or(f64::NAN)
        };
        println!(
            "{what:<34} {rows:>6} rows  min {:>8.2}  median {:>8.2}  p95 {:>8.2}  cpu p95 {:>8.2} ms",
            at(&took, 0),
            at(&took, 50),
            at(&took, 95),
            at(&worked, 95)
        );
        Ok(())
    }

    fn sessions(&self) -> Result<(), Box<dyn Error>> {
        let facets = self.reader.facets()?;
        let all = self.reader.session_page(&SessionQuery::default())?;
        let project = facets.projects.keys().next().cloned();
        let middle = all.sessions.get(all.sessions.len() / 2).and_then(|row| row.last);
        let query = |change: &dyn Fn(&mut SessionQuery)| {
            let mut query = SessionQuery { limit: Some(100), ..SessionQuery::default() };
            change(&mut query);
            query
        };
        self.time("facets", |reader, _| Ok(reader.facets()?.projects.len()))?;
        let questions = [
            ("sessions", query(&|_| {})),
            ("sessions, 200", query(&|q| q.limit = Some(200))),
            ("sessions, last page", query(&|q| q.offset = Some(all.total.saturating_sub(100)))),
            ("sessions, client", query(&|q| q.client = facets.clients.keys().next().cloned())),
            ("sessions, project", query(&|q| q.project.clone_from(&project))),
            ("sessions, model", query(&|q| q.model = facets.models.keys().next().cloned())),
            ("sessions, findings", query(&|q| q.findings = Some(true))),
            ("sessions, time", query(&|q| q.from = middle)),
            ("sessions, a common word", query(&|q| q.q = Some("error".to_owned()))),
            ("sessions, two words", query(&|q| q.q = Some("socket error".to_owned()))),
            ("sessions, a rare word", query(&|q| q.q = Some("zanzibar".to_owned()))),
        ];
        for (what, question) in questions {
            self.time(what, |reader, _| Ok(reader.session_page(&question)?.sessions.len()))?;
        }
        Ok(())
    }

    fn one_session(&self) -> Result<(), Box<dyn Error>> {
        let mut keys = Vec::new();
        for offset in [0, 200, 400, 600, 800] {
            let query = SessionQuery { offset: Some(offset), ..SessionQuery::default() };
            keys.extend(self.reader.session_page(&query)?.sessions.iter().map(|row| row.key));
        }
        let Some(first) = keys.first().copied() else { return Ok(()) };
        let key = |round: usize| keys.get(round * 7 % keys.len()).copied().unwrap_or(first);
        self.time("session", |reader, round| {
            Ok(reader.session_view(key(round))?.map_or(0, |view| view.outline.rows.len()))
        })?;
        let mut seqs = Vec::new();
        for round in 0..self.times.max(1) {
            let view = self.reader.session_view(key(round))?.ok_or("the session is gone")?;
            seqs.push(view.outline.rows.iter().map(|row| row.0).collect::<Vec<i64>>());
        }
        let of_round = |round: usize| seqs.get(round).map(Vec::as_slice).unwrap_or_default();
        for n in [40, 200] {
            self.time(&format!("excerpts, {n}"), |reader, round| {
                let seqs = of_round(round);
                let some = seqs.get(..n).unwrap_or(seqs);
                Ok(reader.excerpts(some)?.excerpts.len())
            })?;
        }
        self.time("event", |reader, round| {
            let seqs = of_round(round);
            let seq = seqs.get(seqs.len() / 2).copied().unwrap_or(1);
            Ok(usize::from(reader.event_view(EventAt::Seq(seq), 0)?.is_some()))
        })
    }

    fn findings(&self) -> Result<(), Box<dyn Error>> {
        let all = self.reader.finding_page(&FindingQuery::default())?;
        self.time("findings", |reader, _| {
            Ok(reader.finding_page(&FindingQuery::default())?.findings.len())
        })?;
        let words = FindingQuery { q: Some("key".to_owned()), ..FindingQuery::default() };
        self.time("findings, words", |reader, _| Ok(reader.finding_page(&words)?.findings.len()))?;
        self.time("finding", |reader, round| {
            let row = all.findings.get(round % all.findings.len().max(1));
            let Some(row) = row else { return Ok(0) };
            Ok(reader.finding_view(row.id)?.map_or(0, |view| view.places.len()))
        })
    }

    fn over_time(&self) -> Result<(), Box<dyn Error>> {
        let newest = self.reader.feed(&FeedQuery::default())?;
        let now = newest
            .events
            .first()
            .map_or_else(|| Timestamp::from(SystemTime::now()), |row| row.event.at);
        let ago = |days: i64| Timestamp::from_micros(now.as_micros() - days * DAY);
        let mut next = None;
        self.time("feed, page after page", |reader, _| {
            let feed = reader.feed(&FeedQuery { before: next.clone(), ..FeedQuery::default() })?;
            next.clone_from(&feed.next);
            Ok(feed.events.len())
        })?;
        for (what, kinds, witness) in [
            ("feed, prompts", Some("prompt"), None),
            ("feed, rare kinds", Some("gap,connection,config_change"), None),
            ("feed, of the proxy", None, Some("proxy")),
        ] {
            let query = FeedQuery {
                kinds: kinds.map(str::to_owned),
                witness: witness.map(str::to_owned),
                ..FeedQuery::default()
            };
            self.time(what, |reader, _| Ok(reader.feed(&query)?.events.len()))?;
        }
        let last = newest.events.iter().map(|row| row.event.seq).max().unwrap_or(0);
        self.time("feed, what is new", |reader, _| Ok(reader.feed_after(last - 100, 100)?.len()))?;
        for (what, days) in
            [("density, all", None), ("density, 3 hours", Some(0)), ("density, a week", Some(7))]
        {
            let from = days.map(|days| match days {
                0 => Timestamp::from_micros(now.as_micros() - DAY / 8),
                days => ago(days),
            });
            self.time(what, |reader, _| Ok(reader.density(from, now)?.rows.len()))?;
        }
        for (what, by, days) in [
            ("analytics, models, 30 days", AnalyticsBy::Model, 30),
            ("analytics, projects, a year", AnalyticsBy::Project, 365),
        ] {
            let query =
                AnalyticsQuery { from: Some(ago(days)), by: Some(by), ..AnalyticsQuery::default() };
            self.time(what, |reader, _| {
                Ok(reader.analytics(&query, "Europe/Berlin", now)?.buckets.len())
            })?;
        }
        for (what, days) in [("system, a day", 1), ("system, a year", 365)] {
            self.time(what, |reader, _| Ok(reader.machine(ago(days))?.files.rows.len()))?;
        }
        for (what, days) in [("digest, a night", 1), ("digest, a month", 30)] {
            self.time(what, |reader, _| {
                Ok(usize::try_from(reader.digest(ago(days), now)?.sessions).unwrap_or(0))
            })?;
        }
        Ok(())
    }
}

/// Milliseconds that this thread has worked, where the system tells: to a tick of its scheduler.
fn worked_ms() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e6
}
