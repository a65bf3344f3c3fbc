//! Clients whose conversations Vigil does not read: whether they are there, where they keep what
//! they write, and when that last changed. Asks for names and times alone: no file is opened.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant, SystemTime},
};

use vigil_proto::{Timestamp, client, surface::Unread};

/// A client, and the places below the home folder that only its conversations make.
///
/// `{config}` stands for the folder in which programs keep their settings, and `{editor}` for that
/// of each editor that has the same extensions; `*` for any folder.
struct Row {
    client: &'static str,
    places: &'static [&'static str],
}

/// By their makers' and others' published notes; none of them was run.
const ROWS: &[Row] = &[
    Row {
        client: "cursor",
        places: &[
            "{config}/Cursor/User/globalStorage/state.vscdb",
            "{config}/Cursor/User/globalStorage/state.vscdb-wal",
            ".cursor/chats",
            ".cursor/projects",
        ],
    },
    Row {
        client: "vscode-chat",
        places: &[
            "{config}/Code/User/workspaceStorage/*/chatSessions",
            "{config}/Code/User/globalStorage/emptyWindowChatSessions",
            "{config}/Code - Insiders/User/workspaceStorage/*/chatSessions",
            "{config}/Code - Insiders/User/globalStorage/emptyWindowChatSessions",
        ],
    },
    Row {
        client: "cline",
        places: &["{editor}/globalStorage/saoudrizwan.claude-dev/tasks", ".cline/data/tasks"],
    },
    Row {
        client: "roo-code",
        places: &["{editor}/globalStorage/rooveterinaryinc.roo-cline/tasks"],
    },
    Row { client: "kilo-code", places: &["{editor}/globalStorage/kilocode.kilo-code/tasks"] },
    Row {
        client: "zed",
        places: &[
            ".local/share/zed/threads/threads.db",
            ".local/share/zed/threads/threads.db-wal",
            "Library/Application Support/Zed/threads/threads.db",
            "Library/Application Support/Zed/threads/threads.db-wal",
        ],
    },
    Row { client: "continue", places: &[".continue/sessions"] },
    Row {
        client: "windsurf",
        places: &[".codeium/windsurf/cascade", "{config}/Windsurf/User/globalStorage/state.vscdb"],
    },
];

/// Where programs keep their settings, on Linux and on macOS.
const CONFIG: &[&str] = &[".config", "Library/Application Support"];

/// Editors that have the same extensions.
const EDITORS: &[&str] = &["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"];

/// Entries of one folder that are looked at.
const ENTRIES: usize = 1_000;

/// How long what was seen is taken for what is there.
const LASTS: Duration = Duration::from_mins(3);

/// The clients of one home that are not read, looked for anew every few minutes.
#[derive(Debug)]
pub struct Clients {
    home: PathBuf,
    seen: Mutex<Option<(Instant, Vec<Unread>)>>,
}

impl Clients {
    /// Those of the user whose home this is.
    pub fn of(home: &Path) -> Self {
        Self { home: home.to_path_buf(), seen: Mutex::new(None) }
    }

    /// Those that are there.
    pub fn there(&self) -> Vec<Unread> {
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match &*seen {
            Some((at, there)) if at.elapsed() < LASTS => there.clone(),
            _ => {
                let there = look(&self.home);
                *seen = Some((Instant::now(), there.clone()));
                there
            }
        }
    }
}

/// The clients below `home` that are not read.
pub fn look(home: &Path) -> Vec<Unread> {
    ROWS.iter().filter_map(|row| row.look(home)).collect()
}

impl Row {
    fn look(&self, home: &Path) -> Option<Unread> {
        let places = self.places.iter().flat_map(|place| spelled(place));
        let found = places.flat_map(|place| found(home, &place));
        let (last, place) = found.filter_map(|path| Some((changed(&path)?, path))).max()?;
        let place = place.strip_prefix(home).unwrap_or(&place);
        Some(Unread {
            client: self.client.to_owned(),
            title: client::name(self.client).unwrap_or(self.client).to_owned(),
            place: format!("~/{}", place.display()),
            last_active: Timestamp::from(last),
        })
    }
}

/// A place in every spelling of what stands for others.
fn spelled(place: &str) -> Vec<String> {
    let editors = match place.strip_prefix("{editor}") {
        Some(rest) => {
            EDITORS.iter().map(|editor| format!("{{config}}/{editor}/User{rest}")).collect()
        }
        None => vec![place.to_owned()],
    };
    let configs = editors.into_iter().flat_map(|place| match place.strip_prefix("{config}") {
        Some(rest) => CONFIG.iter().map(|config| format!("{config}{rest}")).collect(),
        None => vec![place],
    });
    configs.collect()
}

/// What there is at a place, in which a `*` may stand.
fn found(home: &Path, place: &str) -> Vec<PathBuf> {
    match place.split_once("/*/") {
        Some((above, below)) => {
            entries(&home.join(above)).into_iter().map(|folder| folder.join(below)).collect()
        }
        None => vec![home.join(place)],
    }
}

/// When something at `path`, or directly in that folder, last changed; none when nothing is there.
fn changed(path: &Path) -> Option<SystemTime> {
    let time = |path: &Path| fs::metadata(path).and_then(|about| about.modified()).ok();
    let own = time(path)?;
    Some(entries(path).iter().filter_map(|entry| time(entry)).fold(own, SystemTime::max))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten();
    all.take(ENTRIES).filter_map(|entry| Some(entry.ok()?.path())).collect()
}

#[cfg(test)]
mod tests;
