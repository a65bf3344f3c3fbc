//! What options that several commands share were given.

use std::{
    env,
    path::{Path, absolute},
};

use vigil_proto::{SessionId, Timestamp, client::NAMES, registry};
use vigil_store::Reader;

use crate::{failure::Failure, terminal::Console};

/// Reads what `--since` was given.
pub(super) fn since(text: Option<&str>, console: &Console) -> Result<Option<Timestamp>, Failure> {
    time(text, |text| console.clock.since(text))
}

/// Reads what `--until` was given.
pub(super) fn until(text: Option<&str>, console: &Console) -> Result<Option<Timestamp>, Failure> {
    time(text, |text| console.clock.until(text))
}

fn time(
    text: Option<&str>,
    read: impl Fn(&str) -> Option<Timestamp>,
) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let at = read(text).ok_or_else(|| Failure::Usage {
        message: format!("`{text}` is not a time"),
        hint: "give a time such as 2026-11-22T20:00:00Z or \"2026-11-22 20:00\" (your own time), a day such as 2026-11-22, or a time ago such as 2h or 7d".to_owned(),
    })?;
    Ok(Some(at))
}

/// The session that `--session` was given, by its client's id, Vigil's, or a beginning of one.
pub(super) fn session(
    given: Option<&str>,
    reader: Option<&Reader>,
) -> Result<Option<SessionId>, Failure> {
    let Some(given) = given else { return Ok(None) };
    let found = reader.map(|reader| reader.session_named(given)).transpose()?.flatten();
    found.map(Some).ok_or_else(|| {
        Failure::new(format!("no session `{given}` is recorded"), "`vigil sessions` lists them all")
    })
}

/// The word of the client that `--client` was given: by its word or its name, known to Vigil or
/// in the record.
pub(super) fn client(
    given: Option<&str>,
    reader: Option<&Reader>,
) -> Result<Option<String>, Failure> {
    let Some(given) = given else { return Ok(None) };
    let recorded = match reader {
        Some(reader) => reader.facets()?.clients,
        None => vigil_proto::view::Counts::new(),
    };
    if recorded.contains_key(given) {
        return Ok(Some(given.to_owned()));
    }
    if let Some(word) = vigil_proto::client::word(given) {
        return Ok(Some(word.to_owned()));
    }
    let mut words: Vec<&str> = recorded.keys().map(String::as_str).collect();
    words.extend(NAMES.iter().map(|(word, _)| *word).filter(|word| !recorded.contains_key(*word)));
    Err(Failure::Usage {
        message: format!("`{given}` is no client that Vigil knows"),
        hint: format!("give one of {}", words.join(", ")),
    })
}

/// The ecosystem that `--ecosystem` was given, by its one word.
pub(super) fn ecosystem(given: &str) -> Result<&'static str, Failure> {
    registry::known_ecosystem(given).map_err(|message| Failure::Usage {
        message,
        hint: format!("give one of {}", registry::ECOSYSTEMS.join(", ")),
    })
}

/// The project that `--project` was given: a name as it is, a path (which begins with `/`, `.` or
/// `~`) from the root on.
pub(super) fn project(given: Option<&str>) -> Option<String> {
    let given = given?;
    let path = match (given, given.strip_prefix("~/"), env::home_dir()) {
        ("~", _, Some(home)) => home,
        (_, Some(rest), Some(home)) => home.join(rest),
        _ if matches!(given, "." | "..") || given.starts_with("./") || given.starts_with("../") => {
            let here = env::current_dir().unwrap_or_default();
            let path = here.join(given);
            // It need not be there any more.
            path.canonicalize().or_else(|_| absolute(&path)).unwrap_or(path)
        }
        _ => return Some(given.to_owned()),
    };
    Some(text(&path))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
