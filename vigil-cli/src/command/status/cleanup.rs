//! What a client is about to delete by itself and Vigil has not read: only Claude Code does so, after
//! the days that its settings say. Looks at nothing but files that are nearly that old.

use std::{
    env,
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::Value;
use vigil_platform::paths::Paths;
use vigil_proto::{SourceId, report::Status};
use vigil_store::Reader;

use crate::settings;

/// How long Claude Code keeps transcripts unless its settings say something else
/// (`cleanupPeriodDays`).
const DAYS: u64 = 30;
/// How many days before it is warned of.
const BEFORE: u64 = 3;
/// So many files are looked at.
const MOST_FILES: usize = 20_000;
/// Settings are not longer, in bytes.
const SETTINGS: u64 = 1024 * 1024;
/// An unfinished line is not read to its end, in bytes.
const UNFINISHED: u64 = 64 * 1024;

const CLIENT: &str = "claude-code";

/// The words of it; none when everything that is about to go has been read.
pub(in crate::command) fn warning(
    paths: &Paths,
    reader: Option<&Reader>,
    status: &Status,
) -> Option<String> {
    let folders = folders(paths.home(), env::var_os("CLAUDE_CONFIG_DIR").map(PathBuf::from));
    let unread: usize = folders.iter().map(|folder| unread_in(folder, reader)).sum();
    if unread == 0 {
        return None;
    }
    let excluded = settings::read(paths).is_ok_and(|settings| {
        settings.layered.config.exclude.clients.iter().any(|client| client == CLIENT)
    });
    let why = if excluded {
        "they are excluded in the configuration"
    } else if !status.agent.running {
        "`vigil ingest --once` reads them"
    } else if status.agent.paused_since.is_some() {
        "recording is paused; `vigil resume` ends that"
    } else {
        "the agent is still reading; `vigil logs` says if it cannot"
    };
    let (files, them) = if unread == 1 { ("transcript", "it") } else { ("transcripts", "them") };
    Some(format!(
        "Claude Code deletes {unread} {files} within {BEFORE} days or at its next start \
         (cleanupPeriodDays in its settings), and Vigil has not read {them} to the end: {why}"
    ))
}

/// The client's folders that are there, each once.
fn folders(home: &Path, moved: Option<PathBuf>) -> Vec<PathBuf> {
    let usual = [home.join(".claude"), home.join(".config/claude")];
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in moved.into_iter().chain(usual) {
        if let Ok(folder) = folder.canonicalize()
            && !folders.contains(&folder)
        {
            folders.push(folder);
        }
    }
    folders
}

/// After how many days it deletes transcripts.
fn days(folder: &Path) -> u64 {
    let mut text = String::new();
    let read = File::open(folder.join("settings.json"))
        .and_then(|file| file.take(SETTINGS).read_to_string(&mut text));
    let settings: Value = match read {
        Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => Value::Null,
    };
    settings.get("cleanupPeriodDays").and_then(Value::as_u64).unwrap_or(DAYS)
}

fn unread_in(folder: &Path, reader: Option<&Reader>) -> usize {
    let age = Duration::from_hours(days(folder).saturating_sub(BEFORE).saturating_mul(24));
    let Some(since) = SystemTime::now().checked_sub(age) else { return 0 };
    let projects = fs::read_dir(folder.join("projects")).into_iter().flatten().flatten();
    projects
        .filter_map(|project| fs::read_dir(project.path()).ok())
        .flat_map(Iterator::flatten)
        .take(MOST_FILES)
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "jsonl"))
        .filter(|file| {
            let metadata = file.metadata().ok().filter(fs::Metadata::is_file);
            metadata.is_some_and(|metadata| {
                let is_old = metadata.modified().is_ok_and(|modified| modified < since);
                is_old && is_unread(&file.path(), metadata.len(), reader)
            })
        })
        .count()
}

/// True when complete lines of the file have not been read.
fn is_unread(path: &Path, length: u64, reader: Option<&Reader>) -> bool {
    let source = SourceId::of(path.as_os_str().as_encoded_bytes());
    let read = reader.and_then(|reader| reader.checkpoint(source).ok().flatten());
    let offset = read.map_or(0, |checkpoint| checkpoint.offset);
    if offset >= length {
        return false;
    }
    let mut rest = Vec::new();
    let found = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(offset))?;
        file.take(UNFINISHED).read_to_end(&mut rest)
    });
    found.is_err() || rest.contains(&b'\n') || rest.len() as u64 == UNFINISHED
}

#[cfg(test)]
mod tests;
