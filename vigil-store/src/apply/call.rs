//! Model calls: whose figures count, and the totals that follow them. A call is counted once,
//! however many sightings it has.

use std::cmp::Reverse;

use rusqlite::{Row, params};
use serde_json::{Value, json};
use vigil_proto::{Event, Masked, Witness, event::CallRank, event::ModelCall, usage::Money};

use super::{
    Tx,
    event::Links,
    state::{self, Share},
};

/// A call that costs more than this is nonsense from outside, and must not overflow a sum. In
/// nano-USD: a thousand dollars.
const DEAREST: i64 = 1_000_000_000_000;

/// How many differing figures of one call are kept: the highest, so that their order of arrival
/// says nothing.
const OTHERS: usize = 8;

/// The figures of one sighting, ordered by how much they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Figures {
    rank: u8,
    /// Telemetry rounds off: it does not tell how long what is cached is kept.
    is_exact: bool,
    at: i64,
    tokens: [i64; 6],
    cost: Option<i64>,
    estimated: bool,
    witness: u8,
}

impl Figures {
    fn of(event: &Event<Masked>, call: &ModelCall<Masked>) -> Self {
        Self {
            rank: call.rank.code(),
            is_exact: event.witness != Witness::Telemetry,
            at: event.at.as_micros(),
            tokens: state::tokens(&call.usage),
            cost: call.cost.map(|cost| Money::as_nano_usd(cost.amount).clamp(0, DEAREST)),
            estimated: call.cost.is_some_and(|cost| cost.estimated),
            witness: event.witness.code(),
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            rank: row.get("rank")?,
            at: row.get("at")?,
            tokens: [
                row.get("input")?,
                row.get("cache_read")?,
                row.get("cache_write_5m")?,
                row.get("cache_write_1h")?,
                row.get("output")?,
                row.get("reasoning")?,
            ],
            cost: row.get("cost")?,
            estimated: row.get::<_, Option<bool>>("estimated")?.unwrap_or(false),
            is_exact: row.get::<_, u8>("witness")? != Witness::Telemetry.code(),
            witness: row.get("witness")?,
        })
    }

    /// As kept beside the figures that count.
    fn to_json(self) -> Value {
        let [input, cache_read, write_5m, write_1h, output, reasoning] = self.tokens;
        json!({
            "witness": Witness::from_code(self.witness).map(Witness::as_str),
            "input": input,
            "cache_read": cache_read,
            "cache_write": write_5m + write_1h,
            "output": output,
            "reasoning": reasoning,
        })
    }

    /// What every witness tells alike: how long what was cached is kept is not.
    fn told(self) -> [i64; 5] {
        let [input, cache_read, write_5m, write_1h, output, reasoning] = self.tokens;
        [input, cache_read, write_5m.saturating_add(write_1h), output, reasoning]
    }

    fn is_final(self) -> bool {
        self.rank > CallRank::Partial.code()
    }
}

/// All tokens of figures that were kept.
fn sum(figures: &Value) -> i64 {
    figures.as_object().into_iter().flatten().filter_map(|(_, n)| n.as_i64()).sum()
}

impl Tx<'_> {
    pub(super) fn new_call(
        &mut self,
        seq: i64,
        links: &Links,
        event: &Event<Masked>,
        call: &ModelCall<Masked>,
    ) -> rusqlite::Result<()> {
        let figures = Figures::of(event, call);
        let provider = self.state.name(self.conn, call.provider)?;
        let [input, cache_read, write_5m, write_1h, output, reasoning] = figures.tokens;
        self.conn
            .prepare_cached(
                "INSERT INTO calls (seq, provider, message, request, stop_reason, at, rank,
                     witness, input, cache_read, cache_write_5m, cache_write_1h, output,
                     reasoning, cost, estimated, latency_us, first_byte_us, status)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                seq,
                provider,
                call.message.as_str(),
                call.request.as_ref().map(Masked::as_str),
                call.stop_reason.as_ref().map(Masked::as_str),
                figures.at,
                figures.rank,
                figures.witness,
                input,
                cache_read,
                write_5m,
                write_1h,
                output,
                reasoning,
                figures.cost,
                figures.cost.map(|_| figures.estimated),
                call.latency_us.map(u64::cast_signed),
                call.first_byte_us.map(u64::cast_signed),
                call.status,
            ])?;
        let model = links.name.unwrap_or(0);
        let quarter = state::quarter(event.at.as_micros());
        self.share(links.session, model, quarter).add(
            1,
            &figures.tokens,
            figures.cost,
            figures.estimated,
        );
        if let Some(key) = event.session {
            let session = self.session_of(key)?;
            if session.model_at.is_none_or(|at| figures.at >= at) {
                session.model = Some(model);
                session.model_at = Some(figures.at);
                session.changed = true;
            }
        }
        Ok(())
    }

    /// Another sighting of a call: the more final figures count, the total moves by the
    /// difference, and final figures that differ are kept.
    pub(super) fn better_call(
        &mut self,
        seq: i64,
        session: Option<i64>,
        event: &Event<Masked>,
        call: &ModelCall<Masked>,
    ) -> rusqlite::Result<()> {
        let (old, model, first_at, others) = self
            .conn
            .prepare_cached(
                "SELECT c.rank, c.at, c.input, c.cache_read, c.cache_write_5m, c.cache_write_1h,
                     c.output, c.reasoning, c.cost, c.estimated, c.witness, c.others,
                     e.name, e.at AS first_at
                 FROM calls c JOIN events e USING (seq) WHERE seq = ?",
            )?
            .query_row([seq], |row| {
                Ok((
                    Figures::read(row)?,
                    row.get::<_, Option<i64>>("name")?.unwrap_or(0),
                    row.get::<_, i64>("first_at")?,
                    row.get::<_, Option<String>>("others")?,
                ))
            })?;
        let new = Figures::of(event, call);
        let learnt = self
            .conn
            .prepare_cached(
                "UPDATE calls SET message = CASE message WHEN '' THEN ?7 ELSE message END,
                     request = coalesce(request, ?2),
                     stop_reason = coalesce(stop_reason, ?3),
                     latency_us = coalesce(latency_us, ?4),
                     first_byte_us = coalesce(first_byte_us, ?5), status = coalesce(status, ?6)
                 WHERE seq = ?1 AND (request IS NULL AND ?2 IS NOT NULL
                     OR stop_reason IS NULL AND ?3 IS NOT NULL
                     OR latency_us IS NULL AND ?4 IS NOT NULL
                     OR first_byte_us IS NULL AND ?5 IS NOT NULL
                     OR status IS NULL AND ?6 IS NOT NULL OR message = '' AND ?7 <> '')",
            )?
            .execute(params![
                seq,
                call.request.as_ref().map(Masked::as_str),
                call.stop_reason.as_ref().map(Masked::as_str),
                call.latency_us.map(u64::cast_signed),
                call.first_byte_us.map(u64::cast_signed),
                call.status,
                call.message.as_str(),
            ])?;
        let (winner, loser) = if new > old { (new, old) } else { (old, new) };
        // The client's own figure stands above one from a table, whoever saw the tokens best.
        let (cost, estimated) = match (winner.cost, loser.cost) {
            (None, _) => (loser.cost, loser.estimated),
            (Some(_), Some(_)) if winner.estimated && !loser.estimated => (loser.cost, false),
            _ => (winner.cost, winner.estimated),
        };
        let is_better = new > old || (cost, estimated) != (old.cost, old.estimated);
        if learnt > 0 || is_better {
            self.state.chain.event(seq);
        }
        if loser.is_final() && loser.told() != winner.told() {
            self.keep_difference(seq, others.as_deref(), loser)?;
        }
        if !is_better {
            return Ok(());
        }
        let new = winner;
        let share = self.share(session, model, state::quarter(first_at));
        share.add(-1, &old.tokens, old.cost, old.estimated);
        share.add(1, &new.tokens, cost, estimated);
        let [input, cache_read, write_5m, write_1h, output, reasoning] = new.tokens;
        self.conn
            .prepare_cached(
                "UPDATE calls SET at = ?2, rank = ?3, witness = ?4, input = ?5, cache_read = ?6,
                     cache_write_5m = ?7, cache_write_1h = ?8, output = ?9, reasoning = ?10,
                     cost = ?11, estimated = ?12,
                     stop_reason = coalesce(?13, stop_reason)
                 WHERE seq = ?1",
            )?
            .execute(params![
                seq,
                new.at,
                new.rank,
                new.witness,
                input,
                cache_read,
                write_5m,
                write_1h,
                output,
                reasoning,
                cost,
                cost.map(|_| estimated),
                call.stop_reason.as_ref().map(Masked::as_str),
            ])?;
        Ok(())
    }

    fn keep_difference(
        &mut self,
        seq: i64,
        others: Option<&str>,
        loser: Figures,
    ) -> rusqlite::Result<()> {
        let mut list: Vec<Value> =
            others.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let figures = loser.to_json();
        if list.contains(&figures) {
            return Ok(());
        }
        list.push(figures);
        if list.len() > OTHERS {
            list.sort_by_cached_key(|figures| (Reverse(sum(figures)), figures.to_string()));
            list.truncate(OTHERS);
        }
        self.conn
            .prepare_cached("UPDATE calls SET others = ? WHERE seq = ?")?
            .execute(params![Value::Array(list).to_string(), seq])?;
        self.state.chain.event(seq);
        *self.state.counts.entry("usage-difference".to_owned()).or_default() += 1;
        Ok(())
    }

    fn share(&mut self, session: Option<i64>, model: i64, quarter: i64) -> &mut Share {
        self.state.usage.entry((session.unwrap_or(0), model, quarter)).or_default()
    }
}
