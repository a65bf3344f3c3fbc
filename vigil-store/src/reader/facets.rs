//! The values that filters can be set to. One pass over an index of the sessions.

use std::collections::HashMap;

use rusqlite::Connection;
use vigil_proto::view::{Counts, Facets};

use super::{Reader, names};
use crate::error::Error;

/// How many projects are offered, the most recent ones.
const PROJECTS: usize = 500;

impl Reader {
    /// How many sessions each client, each model and the most recent projects have.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn facets(&self) -> Result<Facets, Error> {
        self.snapshot("list what can be filtered by", |conn| {
            let mut clients: HashMap<i64, u64> = HashMap::new();
            let mut models: HashMap<i64, u64> = HashMap::new();
            let mut projects = Counts::new();
            let mut statement = conn.prepare_cached(&format!(
                "SELECT client, model, cwd FROM sessions INDEXED BY sessions_last
                 WHERE id NOT IN {} ORDER BY last DESC",
                names::OTHERS
            ))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                *clients.entry(row.get(0)?).or_default() += 1;
                if let Some(model) = row.get(1)? {
                    *models.entry(model).or_default() += 1;
                }
                let Ok(Some(project)) = row.get_ref(2)?.as_str_or_null() else { continue };
                if let Some(n) = projects.get_mut(project) {
                    *n += 1;
                } else if projects.len() < PROJECTS {
                    projects.insert(project.to_owned(), 1);
                }
            }
            Ok(Facets { clients: named(conn, clients)?, projects, models: named(conn, models)? })
        })
    }
}

fn named(conn: &Connection, counts: HashMap<i64, u64>) -> rusqlite::Result<Counts> {
    let mut statement = conn.prepare_cached("SELECT text FROM names WHERE id = ?")?;
    counts
        .into_iter()
        .map(|(name, n)| Ok((statement.query_row([name], |row| row.get(0))?, n)))
        .collect()
}
