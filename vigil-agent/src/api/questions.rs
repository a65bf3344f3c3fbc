//! What can be asked: each handler puts one question to the store and answers with a document of
//! `vigil_proto::view` or `vigil_proto::report`. Changes nothing.

use std::{
    ops::ControlFlow,
    time::{Duration, SystemTime},
};

use axum::{extract::State as Extract, http::StatusCode, response::Response};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use vigil_proto::{
    EventId, FindingId, KindName, SessionId, Timestamp,
    report::{Document, EventFilter, EventRow, UsageQuery},
    view::{
        AnalyticsQuery, FeedQuery, FindingQuery, InstallQuery, MAX_ROWS, ProcessQuery, SessionQuery,
    },
};
use vigil_store::EventAt;

use super::{
    State,
    answer::{Asked, Named, Problem, aside, ask, document},
    vault,
};

/// Events of one answer at most.
const MAX_EVENTS: u64 = 1_000;

type Answer = Result<Response, Problem>;

pub(super) async fn status(Extract(state): Extract<State>) -> Answer {
    let report = state.status.clone();
    aside(&state, move || Ok(document(report.status()?))).await
}

pub(super) async fn facets(Extract(state): Extract<State>) -> Answer {
    ask(&state, "facets", |reader| Ok(reader.facets()?)).await
}

pub(super) async fn sessions(
    Extract(state): Extract<State>,
    Asked(query): Asked<SessionQuery>,
) -> Answer {
    ask(&state, "sessions", move |reader| Ok(reader.session_page(&query)?)).await
}

pub(super) async fn session(Extract(state): Extract<State>, Named(key): Named) -> Answer {
    let key: SessionId = key.parse().map_err(|_| Problem::gone("session"))?;
    ask(&state, "session", move |reader| {
        reader.session_view(key)?.ok_or_else(|| Problem::gone("session"))
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct ExcerptsQuery {
    #[serde(default)]
    seq: String,
}

pub(super) async fn excerpts(
    Extract(state): Extract<State>,
    Asked(query): Asked<ExcerptsQuery>,
) -> Answer {
    let wrong = || {
        let words = format!("`seq` takes up to {MAX_ROWS} event numbers with commas between them");
        Problem::new(StatusCode::BAD_REQUEST, words)
    };
    let numbers: Vec<i64> = query
        .seq
        .split(',')
        .map(|number| number.parse().map_err(|_| wrong()))
        .collect::<Result<_, _>>()?;
    if numbers.len() as u64 > MAX_ROWS {
        return Err(wrong());
    }
    ask(&state, "excerpts", move |reader| Ok(reader.excerpts(&numbers)?)).await
}

#[derive(Deserialize)]
pub(super) struct PieceQuery {
    #[serde(default)]
    from: u64,
}

pub(super) async fn event(
    Extract(state): Extract<State>,
    Named(place): Named,
    Asked(piece): Asked<PieceQuery>,
) -> Answer {
    // 32 digits are an id, fewer are a number.
    let place = match place.parse::<EventId>() {
        Ok(id) => EventAt::Id(id),
        Err(_) => EventAt::Seq(place.parse().map_err(|_| Problem::gone("event"))?),
    };
    ask(&state, "event", move |reader| {
        reader.event_view(place, piece.from)?.ok_or_else(|| Problem::gone("event"))
    })
    .await
}

pub(super) async fn findings(
    Extract(state): Extract<State>,
    Asked(query): Asked<FindingQuery>,
) -> Answer {
    ask(&state, "findings", move |reader| Ok(reader.finding_page(&query)?)).await
}

pub(super) async fn finding(Extract(state): Extract<State>, Named(id): Named) -> Answer {
    let id: FindingId = id.parse().map_err(|_| Problem::gone("finding"))?;
    let (vault, days) = (state.vault.clone(), state.vault_days);
    ask(&state, "finding", move |reader| {
        let mut view = reader.finding_view(id)?.ok_or_else(|| Problem::gone("finding"))?;
        view.sealed = vault::sealed(reader, &vault, days, id)?;
        Ok(view)
    })
    .await
}

pub(super) async fn installs(
    Extract(state): Extract<State>,
    Asked(query): Asked<InstallQuery>,
) -> Answer {
    ask(&state, "installs", move |reader| Ok(reader.install_page(&query)?)).await
}

pub(super) async fn intel(Extract(state): Extract<State>) -> Answer {
    let (data, schedule) = (state.data.clone(), state.intel_schedule);
    let report = aside(&state, move || Ok(vigil_store::intel::report(&data, schedule)));
    Ok(document(Document::v1("intel", report.await?)))
}

pub(super) async fn suppressions(Extract(state): Extract<State>) -> Answer {
    ask(&state, "suppressions", |reader| Ok(reader.suppressions()?)).await
}

pub(super) async fn timeline(
    Extract(state): Extract<State>,
    Asked(query): Asked<FeedQuery>,
) -> Answer {
    ask(&state, "timeline", move |reader| Ok(reader.feed(&query)?)).await
}

/// A stretch of time.
#[derive(Deserialize)]
pub(super) struct Stretch {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Stretch {
    fn end(&self) -> Timestamp {
        self.to.unwrap_or_else(now)
    }

    fn start(&self, before_end: Duration) -> Timestamp {
        self.from.unwrap_or_else(|| earlier(self.end(), before_end))
    }
}

pub(super) async fn density(
    Extract(state): Extract<State>,
    Asked(stretch): Asked<Stretch>,
) -> Answer {
    ask(&state, "density", move |reader| Ok(reader.density(stretch.from, stretch.end())?)).await
}

pub(super) async fn digest(
    Extract(state): Extract<State>,
    Asked(stretch): Asked<Stretch>,
) -> Answer {
    let (from, to) = (stretch.start(Duration::from_hours(24)), stretch.end());
    ask(&state, "digest", move |reader| Ok(reader.digest(from, to)?)).await
}

pub(super) async fn analytics(
    Extract(state): Extract<State>,
    Asked(query): Asked<AnalyticsQuery>,
) -> Answer {
    ask(&state, "analytics", move |reader| Ok(reader.analytics(&query, &zone(), now())?)).await
}

#[derive(Deserialize)]
pub(super) struct Since {
    since: Option<Timestamp>,
}

pub(super) async fn system(
    Extract(state): Extract<State>,
    Asked(Since { since }): Asked<Since>,
) -> Answer {
    let since = since.unwrap_or_else(|| earlier(now(), Duration::from_hours(24)));
    ask(&state, "system", move |reader| Ok(reader.machine(since)?)).await
}

pub(super) async fn processes(
    Extract(state): Extract<State>,
    Asked(query): Asked<ProcessQuery>,
) -> Answer {
    ask(&state, "processes", move |reader| Ok(reader.processes(&query)?)).await
}

pub(super) async fn usage(
    Extract(state): Extract<State>,
    Asked(query): Asked<UsageQuery>,
) -> Answer {
    ask(&state, "usage", move |reader| Ok(reader.usage_of(&query, &own_zone())?)).await
}

#[derive(Deserialize)]
pub(super) struct EventsQuery {
    session: Option<String>,
    kind: Option<KindName>,
    after: Option<i64>,
    limit: Option<u64>,
}

/// A page of `vigil.events/1`.
#[derive(Serialize)]
struct Events {
    events: Vec<EventRow>,
}

pub(super) async fn events(
    Extract(state): Extract<State>,
    Asked(query): Asked<EventsQuery>,
) -> Answer {
    ask(&state, "events", move |reader| {
        let filter = EventFilter {
            session: query.session,
            kind: query.kind,
            after_seq: query.after,
            limit: Some(query.limit.unwrap_or(MAX_EVENTS).min(MAX_EVENTS)),
            ..EventFilter::default()
        };
        let mut events = Vec::new();
        reader.events(&filter, |row| {
            events.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(Events { events })
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct SearchQuery {
    #[serde(default)]
    q: String,
    limit: Option<u64>,
}

pub(super) async fn search(
    Extract(state): Extract<State>,
    Asked(query): Asked<SearchQuery>,
) -> Answer {
    ask(&state, "search", move |reader| {
        let limit = usize::try_from(query.limit.unwrap_or(20).min(MAX_ROWS)).unwrap_or(0);
        Ok(reader.search(&query.q, limit)?)
    })
    .await
}

/// The user's own time zone, by which days are told apart; UTC where it is not known.
fn own_zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

/// By its name, else by the offset in force.
fn zone() -> String {
    let (zone, now) = (own_zone(), jiff::Timestamp::now());
    zone.iana_name().map_or_else(|| zone.to_offset(now).to_string(), str::to_owned)
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.as_micros().saturating_sub(micros))
}
