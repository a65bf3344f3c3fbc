//! What is written: a made-up transcript that is read as others are, whether others can be read, and
//! the store.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use serde_json::{Value, json};
use vigil_proto::{Timestamp, report::Check};
use vigil_store::Health;

use super::{Office, bench::Bench, off, problem, works};
use crate::{app::ready::quoted, shutdown::Shutdown, source::transcript};

/// So many files and folders of clients are looked at.
const MOST: usize = 20_000;
/// So deep.
const DEEPEST: usize = 4;
/// The tokens that are told.
const TOKENS: u64 = 5;

/// Reads a made-up transcript of Claude Code's, and looks whether those of the user can be read.
pub(super) fn transcript(office: &Office, bench: &Bench) -> Check {
    const NAME: &str = "transcript";
    let unreadable = unreadable(&office.transcripts);
    if let Some((path, error)) = unreadable.first() {
        let more = match unreadable.len() {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        return problem(
            NAME,
            format!(
                "{} cannot be read: {error}{more}; what is written there is not seen",
                path.display()
            ),
            mend(path, error),
        );
    }
    if office.shared.is_paused() {
        return off(NAME, "not tried: recording is paused", "vigil resume");
    }
    match told(bench) {
        Ok(true) => works(
            NAME,
            "a made-up transcript was found, read and recorded, and a made-up key in it was masked",
        ),
        Ok(false) => problem(
            NAME,
            "a made-up transcript was written, and not read as it should be",
            "`vigil down`, then `vigil up`; `vigil logs` says why",
        ),
        Err(error) => problem(NAME, error, "vigil doctor store"),
    }
}

/// Writes it, and waits until it has come through.
fn told(bench: &Bench) -> Result<bool, String> {
    let said = |error: io::Error| format!("no transcript can be made up: {error}");
    let home = bench.folder.join("home");
    let folder = home.join(".claude/projects/-vigil-doctor");
    fs::create_dir_all(&folder).map_err(said)?;
    let session = uuid(&bench.run);
    let key = made_up_key(&bench.run);
    let lines: String =
        lines(&session, &key).iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect();
    fs::write(folder.join(format!("{session}.jsonl")), lines).map_err(said)?;
    let options = transcript::Options { home, ..transcript::Options::default() };
    let inlet = bench.inlet().ok_or("the trial is over")?;
    let ending = Shutdown::default();
    let reading = transcript::follow(options, inlet, ending.clone(), Arc::new(())).map_err(said)?;
    let read = bench.comes(|reader| {
        let sessions = reader.sessions()?.sessions;
        let is_read = sessions
            .iter()
            .any(|row| row.id.as_str() == session && row.turns == 1 && row.usage.output == TOKENS);
        Ok(is_read && !reader.findings()?.findings.is_empty())
    });
    ending.request();
    let _ = reading.join();
    let is_read = read.map_err(|error| error.to_string())?;
    let shown = bench.comes_out(|event| {
        event.text.as_ref().is_some_and(|text| text.as_str().contains("[[vigil:"))
    });
    let clear = bench.shows(&key).map_err(|error| error.to_string())?;
    Ok(is_read && shown.map_err(|error| error.to_string())? && !clear)
}

/// A question with a key in it, and its answer.
fn lines(session: &str, key: &str) -> [Value; 2] {
    let line = |kind: &str, n: u8, message: Value| {
        json!({
            "type": kind, "uuid": format!("{session}-{n}"), "parentUuid": null, "isSidechain": false,
            "sessionId": session, "cwd": "/vigil-doctor", "version": "0.0.0",
            "timestamp": Timestamp::from(SystemTime::now()), "requestId": format!("req_{session}"),
            "message": message,
        })
    };
    [
        line("user", 1, json!({ "role": "user", "content": format!("Is {key} a key?") })),
        line(
            "assistant",
            2,
            json!({
                "id": format!("msg_{session}"), "type": "message", "role": "assistant",
                "model": "vigil-doctor", "stop_reason": "end_turn",
                "content": [{ "type": "text", "text": "It is made up." }],
                "usage": { "input_tokens": 3, "output_tokens": TOKENS },
            }),
        ),
    ]
}

/// The run's name in the form of a session's.
fn uuid(run: &str) -> String {
    let part = |from: usize, to: usize| run.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// What looks like an access key and opens nothing.
fn made_up_key(run: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let random = blake3::hash(run.as_bytes());
    let letters = random.as_bytes().iter().take(16);
    let letters = letters.filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied());
    ["AK", "IA"].into_iter().flat_map(str::chars).chain(letters.map(char::from)).collect()
}

/// What of the clients' folders cannot be read, as far as it is looked.
fn unreadable(options: &transcript::Options) -> Vec<(PathBuf, io::Error)> {
    let (mut found, mut left) = (Vec::new(), MOST);
    for folder in transcript::reads(options).into_iter().flat_map(|reads| reads.folders) {
        look(&folder, DEEPEST, &mut left, &mut found);
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.dedup_by(|(one, _), (other, _)| one == other);
    found
}

fn look(folder: &Path, deeper: usize, left: &mut usize, found: &mut Vec<(PathBuf, io::Error)>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_gone(&error) => return,
        Err(error) => return found.push((folder.to_path_buf(), error)),
    };
    for entry in entries.flatten() {
        if *left == 0 {
            return;
        }
        *left -= 1;
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && deeper > 0 => look(&path, deeper - 1, left, found),
            // What hangs when it is opened is no transcript.
            Ok(kind) if kind.is_file() => match fs::File::open(&path) {
                Err(error) if !is_gone(&error) => found.push((path, error)),
                _ => {}
            },
            _ => {}
        }
    }
}

/// Not there, or no folder: both are the client's affair.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn mend(path: &Path, error: &io::Error) -> String {
    let at = path.display();
    if error.kind() != io::ErrorKind::PermissionDenied {
        return format!("see what is wrong with {at}: its client cannot use it either");
    }
    let right = if path.is_dir() { "u+rwx" } else { "u+rw" };
    format!("chmod {right} {}", quoted(path))
}

/// Whether what is recorded now reaches the disk.
pub(super) fn store(office: &Office) -> Check {
    const NAME: &str = "store";
    match office.writer.health() {
        Health::Waiting(words) => {
            return problem(NAME, words, "see that there is room on the disk");
        }
        Health::Renewed(damage) => {
            return problem(
                NAME,
                format!(
                    "it was damaged while the agent ran ({}); the old one is kept at {}",
                    damage.reason,
                    damage.kept_at.display()
                ),
                "`vigil down`, then `vigil up`: transcripts that are still there are read again",
            );
        }
        Health::Good => {}
    }
    match office.writer.try_write() {
        Ok(()) => works(NAME, "something was written, read back and taken away again"),
        Err(error) => {
            let (words, hint) = vigil_proto::causes::Causes(&error).told();
            let remedy = hint.unwrap_or_else(|| "`vigil logs` says more".to_owned());
            problem(NAME, format!("nothing can be written: {words}"), remedy)
        }
    }
}
