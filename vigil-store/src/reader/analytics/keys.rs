//! What sums are kept under while they are added up: numbers of the store for models and clients,
//! numbers of our own for projects.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::{Masked, view::AnalyticsBy};

use super::super::{label, masked};

/// The projects that were met.
#[derive(Default)]
pub(super) struct Keys {
    projects: Vec<String>,
    numbers: HashMap<String, i64>,
}

impl Keys {
    /// The key of a project; one of its own for what has none.
    pub(super) fn project(&mut self, cwd: Option<&str>) -> i64 {
        let cwd = cwd.unwrap_or_default();
        if let Some(number) = self.numbers.get(cwd) {
            return *number;
        }
        let number = i64::try_from(self.projects.len()).unwrap_or(0);
        self.projects.push(cwd.to_owned());
        self.numbers.insert(cwd.to_owned(), number);
        number
    }

    /// What a key stands for; empty for what has no such thing.
    pub(super) fn word(
        &self,
        conn: &Connection,
        by: AnalyticsBy,
        key: i64,
    ) -> rusqlite::Result<Masked> {
        match by {
            AnalyticsBy::Model | AnalyticsBy::Client => name(conn, key),
            AnalyticsBy::Project => {
                let project = usize::try_from(key).ok().and_then(|key| self.projects.get(key));
                Ok(masked(project.cloned().unwrap_or_default()))
            }
        }
    }
}

/// A word by the store's number; empty when there is none.
pub(super) fn name(conn: &Connection, number: i64) -> rusqlite::Result<Masked> {
    let text: Option<String> = conn
        .prepare_cached("SELECT text FROM names WHERE id = ?")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    Ok(label(text.unwrap_or_default()))
}
