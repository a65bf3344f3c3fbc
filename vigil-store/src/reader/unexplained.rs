//! What a client says that a session cost, beside what the calls on record cost. A client may make
//! calls that it does not write down, such as those of a compaction; the difference is shown.

use std::collections::HashMap;

use rusqlite::{Connection, Params};
use serde::Deserialize;
use vigil_proto::{KindName, Money, report::Unexplained};

use super::{
    texts::{self, Body},
    usage::{self, Sum},
};
use crate::body::Unpacker;

/// What the event is called that tells the whole cost so far. Claude Code writes it.
const TOLD: &str = "cost-state";

/// Differences below this are the client's way of rounding, in nano-USD.
const ROUNDING: i64 = 1_000;

/// A client's own total of a session.
#[derive(Clone, Copy, Debug)]
struct Told {
    nano_usd: i64,
    tokens: Option<u64>,
}

/// The record that tells it, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CostState {
    #[serde(rename = "totalCostUSD")]
    total: f64,
    #[serde(default)]
    model_usage: HashMap<String, Tokens>,
}

/// A model's part of it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    #[serde(rename = "inputTokens")]
    input: u64,
    #[serde(rename = "outputTokens")]
    output: u64,
    #[serde(rename = "cacheReadInputTokens")]
    cache_read: u64,
    #[serde(rename = "cacheCreationInputTokens")]
    cache_write: u64,
}

impl Told {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    fn read(text: &str) -> Option<Self> {
        let state: CostState = serde_json::from_str(text).ok()?;
        let nano = (state.total * 1e9).round();
        let told = nano.is_finite() && nano >= 0.0;
        let sum = |sum: u64, used: &Tokens| {
            let all = [used.input, used.output, used.cache_read, used.cache_write];
            all.into_iter().fold(sum, u64::saturating_add)
        };
        let tokens = state.model_usage.values().fold(0, sum);
        let tokens = (!state.model_usage.is_empty()).then_some(tokens);
        told.then_some(Self { nano_usd: nano as i64, tokens })
    }

    /// What the calls on record leave open.
    fn beside(self, sum: &Sum) -> Option<Unexplained> {
        let nano = self.nano_usd.saturating_sub(sum.cost);
        if nano.abs() < ROUNDING {
            return None;
        }
        let usd = |nano: i64| Money::from_nano_usd(nano).as_usd();
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Some(Unexplained {
            told_usd: usd(self.nano_usd),
            cost_usd: usd(nano),
            tokens: self.tokens.map(|told| whole(told).saturating_sub(whole(sum.usage.total()))),
        })
    }
}

/// Of one session.
pub(super) fn of_session(
    conn: &Connection,
    bodies: &mut Unpacker,
    session: i64,
) -> rusqlite::Result<Option<Unexplained>> {
    let of_it = "events e WHERE e.session = ?3 AND";
    let code = KindName::System.code();
    let told = told(conn, bodies, of_it, (code, TOLD, session))?;
    let Some(told) = told.get(&session) else { return Ok(None) };
    Ok(told.beside(&usage::of_session(conn, session)?))
}

/// Of all sessions together; none when every total is explained.
pub(super) fn of_all(
    conn: &Connection,
    bodies: &mut Unpacker,
) -> rusqlite::Result<Option<Unexplained>> {
    let of_any = "events e INDEXED BY events_rare WHERE e.kind > 5 AND";
    let told = told(conn, bodies, of_any, (KindName::System.code(), TOLD))?;
    if told.is_empty() {
        return Ok(None);
    }
    let used = usage::by_session(conn)?;
    let each = told
        .iter()
        .filter_map(|(session, told)| told.beside(&used.get(session).copied().unwrap_or_default()));
    Ok(each.reduce(|a, b| Unexplained {
        told_usd: a.told_usd + b.told_usd,
        cost_usd: a.cost_usd + b.cost_usd,
        tokens: a.tokens.zip(b.tokens).map(|(a, b)| a.saturating_add(b)),
    }))
}

/// The greatest total that is told of each session: a session that is gone on with tells a higher
/// one.
fn told(
    conn: &Connection,
    bodies: &mut Unpacker,
    events: &str,
    params: impl Params,
) -> rusqlite::Result<HashMap<i64, Told>> {
    let sql = format!(
        "SELECT e.session AS session, e.body AS body FROM {events} e.kind = ?1
             AND e.session IS NOT NULL AND e.name = (SELECT id FROM names WHERE text = ?2)"
    );
    let rows: Vec<(i64, Body)> = conn
        .prepare_cached(&sql)?
        .query_map(params, |row| Ok((row.get("session")?, Body::read(row)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let (sessions, wanted): (Vec<i64>, Vec<Body>) = rows.into_iter().unzip();
    let texts = texts::shown(conn, bodies, &wanted, |_, text| text.to_owned())?;
    let mut told: HashMap<i64, Told> = HashMap::new();
    for (session, text) in sessions.into_iter().zip(texts) {
        let Some(new) = Told::read(&text) else { continue };
        let known = told.entry(session).or_insert(new);
        if new.nano_usd > known.nano_usd {
            *known = new;
        }
    }
    Ok(told)
}
