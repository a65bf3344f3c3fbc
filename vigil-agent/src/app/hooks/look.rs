//! What becomes of the clients that are to ask before a command runs: a file that no longer says so, a
//! mode that somebody changed, a journal that is another and nobody noted why, commands that ran and were
//! not asked of. Each is on record, once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::SystemTime,
};

use vigil_platform::{
    guards::{self, Guarded},
    paths::PathError,
};
use vigil_proto::{
    Batch, Kind, Sensitive, Timestamp,
    event::{ConfigChange, Gap},
    guard,
    surface::{self, HookState},
};
use vigil_store::Reader;

use super::Standing;
use crate::pipeline::own_event;

mod noted;

use self::noted::Notes;

/// How long a hook's word may take to be on record, in microseconds: it is told before the command
/// runs, and its transcript comes after that.
const GRACE: i64 = 15_000_000;

/// How far back is looked, in microseconds. What came later than this is not looked for.
const BACK: i64 = 3_600_000_000;

/// In what pi writes, a command of the user's own, of which no hook is told, is a call like others.
const NOT_TOLD_APART: &[&str] = &["pi"];

/// What was seen so far.
pub(super) struct Look {
    state: PathBuf,
    data: PathBuf,
    standing: Standing,
    /// Nothing that was before is looked at: a hook could not tell it.
    began: Timestamp,
    /// Clients whose files did not say so at the last look; true: that is on record.
    gone: BTreeMap<String, bool>,
    /// The journal, as it last could be read, and when.
    last: Option<(Timestamp, BTreeMap<String, Guarded>)>,
    /// It cannot be read; that is on record.
    is_unreadable: bool,
    /// Sessions that are on record as silent.
    told: BTreeSet<(String, String)>,
}

impl Look {
    pub(super) fn new(state: PathBuf, data: PathBuf, standing: Standing) -> Self {
        Self {
            state,
            data,
            standing,
            began: Timestamp::from(SystemTime::now()),
            gone: BTreeMap::new(),
            last: None,
            is_unreadable: false,
            told: BTreeSet::new(),
        }
    }

    /// What is to be on record, at the time `now`.
    pub(super) fn after_clients(&mut self, now: Timestamp) -> Vec<Batch<Sensitive>> {
        let on = match guards::on(&self.state) {
            Ok(on) => on,
            Err(error) => return self.unreadable(&error, now).into_iter().collect(),
        };
        self.is_unreadable = false;
        let mut batches = self.differences(&on, now);
        self.gone.retain(|client, _| on.contains_key(client));
        let mut standing = BTreeMap::new();
        for (client, guarded) in &on {
            batches.extend(self.gone(client, guarded, now));
            let (gaps, silent) = self.silent(client, guarded, now);
            batches.extend(gaps);
            let hook = match (self.gone.contains_key(client), silent) {
                (true, _) => HookState::Gone,
                (false, 1..) => HookState::Silent,
                (false, 0) => HookState::There,
            };
            let guarded = surface::Guarded { mode: guarded.mode, hook, last: None, silent };
            standing.insert(client.clone(), guarded);
        }
        self.standing.set(standing);
        batches
    }

    /// Who could read the journal and no longer can, knows neither who is to ask nor whether they do.
    fn unreadable(&mut self, error: &PathError, now: Timestamp) -> Option<Batch<Sensitive>> {
        tracing::debug!(%error, "which clients ask is not known");
        if std::mem::replace(&mut self.is_unreadable, true) {
            return None;
        }
        let words = format!("which clients are to ask cannot be read: {error}");
        Some(change(guard::GONE, &words, now))
    }

    /// What differs from the look before, whoever changed it: modes, and what was changed without
    /// `vigil guard`, which notes what it does before it does it.
    fn differences(
        &mut self,
        on: &BTreeMap<String, Guarded>,
        now: Timestamp,
    ) -> Vec<Batch<Sensitive>> {
        let Some((looked, before)) = self.last.replace((now, on.clone())) else {
            return Vec::new();
        };
        if before == *on {
            return Vec::new();
        }
        let clients: BTreeSet<&String> = before.keys().chain(on.keys()).collect();
        let word = |guarded: Option<&Guarded>| guarded.map_or("off", |is| is.mode.as_str());
        let notes = Notes::new(&self.state, &self.data, looked);
        let mut changes = Vec::new();
        for client in clients {
            let (old, new) = (before.get(client), on.get(client));
            if old == new {
                continue;
            }
            if word(old) != word(new) {
                let words = format!("{client}: {}, before: {}", word(new), word(old));
                changes.push(change("guard mode", &words, now));
            }
            if !notes.has(client, new.is_some()) {
                let words = format!(
                    "{client}: what Vigil knows of it was changed, from {} to {}, and nobody ran \
                     `vigil guard`",
                    word(old),
                    word(new)
                );
                changes.push(change(guard::GONE, &words, now));
            }
        }
        changes
    }

    /// A client's file no longer says that it asks. Whoever writes it anew is given until the next
    /// look.
    fn gone(
        &mut self,
        client: &str,
        guarded: &Guarded,
        now: Timestamp,
    ) -> Option<Batch<Sensitive>> {
        if guarded.is_said() {
            self.gone.remove(client);
            return None;
        }
        match self.gone.get_mut(client) {
            None => {
                self.gone.insert(client.to_owned(), false);
                None
            }
            Some(true) => None,
            Some(told) => {
                *told = true;
                let words = format!(
                    "{client}: {} no longer has Vigil's hook, and nobody ran `vigil guard off`: \
                     what it runs is not asked about",
                    guarded.path().display()
                );
                Some(change(guard::GONE, &words, now))
            }
        }
    }

    /// Commands that ran and that no hook told of, and how many there are.
    fn silent(
        &mut self,
        client: &str,
        guarded: &Guarded,
        now: Timestamp,
    ) -> (Vec<Batch<Sensitive>>, u64) {
        let micros = now.as_micros();
        let until = Timestamp::from_micros(micros - GRACE);
        // A time that is not yet is nobody's.
        let begun = if guarded.since > now { self.began } else { guarded.since };
        let since = self.began.max(begun).max(Timestamp::from_micros(micros - BACK));
        if NOT_TOLD_APART.contains(&client) || since >= until {
            return (Vec::new(), 0);
        }
        // What a client runs in a session that is older, it may have begun without the hook.
        let unasked =
            Reader::open(&self.data).and_then(|reader| reader.unasked(client, begun, since, until));
        let unasked = unasked.unwrap_or_else(|error| {
            tracing::debug!(%error, "whether hooks were asked is not known");
            Vec::new()
        });
        let mut gaps = Vec::new();
        for row in &unasked {
            if self.told.insert((client.to_owned(), row.session.as_str().to_owned())) {
                gaps.push(gap(client, row.session.as_str(), row.at));
            }
        }
        (gaps, unasked.iter().map(|row| row.commands).sum())
    }
}

fn change(what: &str, words: &str, at: Timestamp) -> Batch<Sensitive> {
    let kind = Kind::ConfigChange(ConfigChange { what: what.into(), detail: words.into() });
    own_event(&format!("{what}: {words}"), at, kind)
}

fn gap(client: &str, session: &str, at: Timestamp) -> Batch<Sensitive> {
    let detail = format!(
        "{client}, session {session}: commands ran, and the client did not ask its hook, though it \
         is on; from here on"
    );
    let kind = Kind::Gap(Gap { reason: "hook-silent", detail: detail.into(), bytes: None });
    let mut batch = own_event(&format!("hook-silent:{client}:{session}"), at, kind);
    batch.count("gap.hook-silent", 1);
    batch
}

#[cfg(test)]
mod tests;
