//! Which sessions and models a question is about, and the words that stand for them. Each session
//! is looked up once.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::{Masked, view::AnalyticsQuery};

use super::masked;

/// What a session counts for: the numbers of its client's and its project's words.
#[derive(Clone, Copy)]
struct Place {
    client: usize,
    project: usize,
}

pub(super) struct Scope<'a> {
    conn: &'a Connection,
    client: Option<String>,
    project: Option<String>,
    model: Option<String>,
    /// By the session's number; none for those that the question is not about.
    sessions: HashMap<i64, Option<Place>>,
    models: HashMap<i64, usize>,
    words: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(conn: &'a Connection, q: &AnalyticsQuery) -> Self {
        Self {
            conn,
            client: q.client.clone(),
            project: q.project.clone(),
            model: q.model.clone(),
            sessions: HashMap::new(),
            models: HashMap::new(),
            words: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// The words that usage counts for: model, client, project. None when the question is not
    /// about it.
    pub(super) fn usage(
        &mut self,
        session: i64,
        model: i64,
    ) -> rusqlite::Result<Option<[usize; 3]>> {
        let Some(Place { client, project }) = self.place(session)? else { return Ok(None) };
        let model = if let Some(word) = self.models.get(&model) {
            *word
        } else {
            let text: Option<String> = self
                .conn
                .prepare_cached("SELECT text FROM names WHERE id = ?")?
                .query_row([model], |row| row.get(0))
                .optional()?;
            let word = self.number(text.unwrap_or_default());
            self.models.insert(model, word);
            word
        };
        let asked = self.model.as_deref();
        let is_asked = asked.is_none_or(|asked| self.words.get(model).is_some_and(|w| w == asked));
        Ok(is_asked.then_some([model, client, project]))
    }

    /// True when the question is about the tools of this session.
    pub(super) fn tools(&mut self, session: i64) -> rusqlite::Result<bool> {
        Ok(self.place(session)?.is_some())
    }

    /// A word by its number.
    pub(super) fn word(&self, number: usize) -> Masked {
        masked(self.words.get(number).cloned().unwrap_or_default())
    }

    fn place(&mut self, session: i64) -> rusqlite::Result<Option<Place>> {
        if let Some(known) = self.sessions.get(&session) {
            return Ok(*known);
        }
        let found: Option<(String, Option<String>)> = self
            .conn
            .prepare_cached(
                "SELECT n.text, s.cwd FROM sessions s JOIN names n ON n.id = s.client
                 WHERE s.id = ?",
            )?
            .query_row([session], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (client, project) = found.unwrap_or_default();
        let project = project.unwrap_or_default();
        let is_asked = self.client.as_ref().is_none_or(|asked| *asked == client)
            && self.project.as_ref().is_none_or(|asked| *asked == project);
        let place =
            is_asked.then(|| Place { client: self.number(client), project: self.number(project) });
        self.sessions.insert(session, place);
        Ok(place)
    }

    fn number(&mut self, word: String) -> usize {
        if let Some(number) = self.numbers.get(&word) {
            return *number;
        }
        let number = self.words.len();
        self.words.push(word.clone());
        self.numbers.insert(word, number);
        number
    }
}
