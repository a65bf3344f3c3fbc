//! What shows that two sessions are one, where a model call is known by its tokens alone.

use rusqlite::params;
use vigil_proto::KindName;

use crate::apply::{Tx, alias::Meeting, incomplete::NEARBY};

/// What is said and done: equal tokens are no proof, equal words beside them are.
const SAID: [KindName; 3] = [KindName::Prompt, KindName::Response, KindName::ToolCall];

impl Tx<'_> {
    /// True when the sessions say the same, and no other two could be meant: neither another
    /// provisional session nor another one of the client's that is joined with none says the same
    /// at about this time and has a call with these tokens, or one that is still under way.
    pub(super) fn are_one(&self, meeting: Meeting) -> rusqlite::Result<bool> {
        if self.whose(meeting.provisional)? != self.whose(meeting.session)?
            || !self.say_the_same(meeting.provisional, meeting.session)?
        {
            return Ok(false);
        }
        for other in self.at_that_time(meeting)? {
            let says = if self.is_provisional(other)? {
                self.say_the_same(other, meeting.session)?
            } else {
                self.say_the_same(meeting.provisional, other)?
            };
            if says && (self.has_such_a_call(other, meeting)? || self.is_under_way(other)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// True when something that was said or done in the one was so in the other, at about that
    /// time.
    fn say_the_same(&self, provisional: i64, session: i64) -> rusqlite::Result<bool> {
        let [prompt, response, call] = SAID.map(KindName::code);
        self.conn
            .prepare_cached(
                "SELECT 1 FROM events a JOIN events b
                     ON b.session = ?2 AND b.kind = a.kind AND b.content = a.content
                         AND b.at BETWEEN a.at - ?3 AND a.at + ?3
                 WHERE a.session = ?1 AND a.kind IN (?4, ?5, ?6) AND a.content <> 0 LIMIT 1",
            )?
            .exists(params![provisional, session, NEARBY, prompt, response, call])
    }

    /// Other sessions of the client that are joined with none and in which something is said or done
    /// at about the same time.
    fn at_that_time(&self, meeting: Meeting) -> rusqlite::Result<Vec<i64>> {
        let [prompt, response, call] = SAID.map(KindName::code);
        let mut statement = self.conn.prepare_cached(
            "SELECT DISTINCT o.session FROM events e
                 JOIN events o ON o.at BETWEEN e.at - ?2 AND e.at + ?2 AND o.kind IN (?5, ?6, ?7)
             WHERE e.seq = ?1 AND o.session NOT IN (?3, ?4)
                 AND o.session NOT IN (SELECT session FROM aliases)",
        )?;
        let mut rows = statement.query(params![
            meeting.call,
            NEARBY,
            meeting.provisional,
            meeting.session,
            prompt,
            response,
            call
        ])?;
        let client = self.whose(meeting.session)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let other = row.get(0)?;
            if self.whose(other)? == client {
                found.push(other);
            }
        }
        Ok(found)
    }

    /// True when `session` has a call with the same tokens at about the same time.
    fn has_such_a_call(&self, session: i64, meeting: Meeting) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached(
                "SELECT 1 FROM events e JOIN calls c USING (seq)
                     JOIN events o ON o.session = ?3 AND o.kind = e.kind
                         AND o.at BETWEEN e.at - ?2 AND e.at + ?2
                     JOIN calls d ON d.seq = o.seq
                 WHERE e.seq = ?1 AND d.input = c.input AND d.cache_read = c.cache_read
                     AND d.cache_write_5m + d.cache_write_1h = c.cache_write_5m + c.cache_write_1h
                     AND d.output = c.output LIMIT 1",
            )?
            .exists(params![meeting.call, NEARBY, session])
    }

    /// True when the last thing that was said or done in `session` follows its last call: one more
    /// is to come.
    fn is_under_way(&self, session: i64) -> rusqlite::Result<bool> {
        let [prompt, response, call] = SAID.map(KindName::code);
        self.conn
            .prepare_cached(
                "SELECT coalesce(max(seq) FILTER (WHERE kind IN (?2, ?3, ?4)), 0)
                     > coalesce(max(seq) FILTER (WHERE kind = ?5), 0)
                 FROM events WHERE session = ?1",
            )?
            .query_row(
                params![session, prompt, response, call, KindName::ModelCall.code()],
                |row| row.get(0),
            )
    }
}
