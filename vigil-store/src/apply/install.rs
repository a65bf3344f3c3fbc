//! What events install: facts beside a tool call or a process, which are merged with it, move with
//! it and go with it.

use rusqlite::params;
use serde::Serialize;
use vigil_proto::{Masked, Severity, package::Installed};

use super::{Tx, finding::Place};

impl Tx<'_> {
    /// Notes a package of an event. What another witness says again adds nothing, unless it was
    /// judged by something newer: then all
    /// of it is replaced, for what reads commands may be newer too and see another package there.
    pub(super) fn install(&mut self, new: &Installed) -> rusqlite::Result<()> {
        let Some(Place { seq, .. }) = self.place_of(new.event)? else {
            tracing::debug!("a package is told of an event that is not stored");
            *self.state.counts.entry("drop.install-without-event".to_owned()).or_default() += 1;
            return Ok(());
        };
        let package = &new.package;
        let manager = self.state.name(self.conn, &package.manager)?;
        let ecosystem = self.state.name(self.conn, &package.ecosystem)?;
        let added = self
            .conn
            .prepare_cached(
                "INSERT INTO installs (seq, place, at, way, manager, ecosystem, name, version,
                     source, url, flags, severity, reasons, judged_by)
                 SELECT seq, ?2, at, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
                 FROM events WHERE seq = ?1
                 ON CONFLICT (seq, place) DO UPDATE SET way = excluded.way,
                     manager = excluded.manager, ecosystem = excluded.ecosystem,
                     name = excluded.name, version = excluded.version, source = excluded.source,
                     url = excluded.url, flags = excluded.flags, severity = excluded.severity,
                     reasons = excluded.reasons, judged_by = excluded.judged_by
                 WHERE excluded.judged_by > judged_by",
            )?
            .execute(params![
                seq,
                new.place,
                new.way.code(),
                manager,
                ecosystem,
                package.name.as_ref().map(Masked::as_str),
                package.version.as_ref().map(Masked::as_str),
                package.source.word(),
                package.url.as_ref().map(Masked::as_str),
                list(&package.flags),
                new.verdict.severity.map(Severity::code),
                list(&new.verdict.reasons),
                new.judged_by.as_micros(),
            ])?;
        if added > 0 {
            self.state.chain.event(seq);
        }
        Ok(())
    }

    /// The event `from` becomes one with `to`, which keeps what is known of its own.
    pub(super) fn unite_installs(&self, from: i64, to: i64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE OR IGNORE installs
                 SET seq = ?2, at = (SELECT at FROM events WHERE seq = ?2) WHERE seq = ?1",
            )?
            .execute([from, to])?;
        self.conn.prepare_cached("DELETE FROM installs WHERE seq = ?")?.execute([from])?;
        Ok(())
    }
}

/// As it is stored; nothing when there is nothing.
fn list<T: Serialize>(all: &[T]) -> Option<String> {
    if all.is_empty() { None } else { serde_json::to_string(all).ok() }
}
