//! `vigil logs`: the end of the agent's own log, and what is added to it.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::Path,
    thread,
    time::Duration,
};

use serde::Serialize;
use vigil_platform::paths::Paths;

use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    terminal::{Console, plain},
};

/// The log's name within the state folder.
const LOG: &str = "vigil-agent.log";
/// How much of the end is looked through for the last lines.
const TAIL: u64 = 4 * 1024 * 1024;
/// How often a followed log is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// `vigil.logs/1`.
#[derive(Debug, Serialize)]
struct Logs {
    path: String,
    lines: Vec<String>,
}

pub(super) fn run(args: &args::Logs, paths: &Paths, console: &mut Console) -> Outcome {
    let path = paths.state().join(LOG);
    let failed = |source| Failure::File { operation: "read", path: path.clone(), source };
    let file = match File::open(&path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let (lines, end) = match &file {
        Some(file) => last_lines(file, args.lines).map_err(failed)?,
        None => (Vec::new(), 0),
    };
    if console.json {
        console.document("logs", Logs { path: path.display().to_string(), lines })?;
        return Ok(Exit::Ok);
    }
    if file.is_none() {
        console.say("No log yet. The agent writes one while `vigil up` runs.");
    }
    for line in &lines {
        console.line(plain(line))?;
    }
    if args.follow {
        follow(&path, file, end, console)?;
    }
    Ok(Exit::Ok)
}

/// The last `wanted` complete or incomplete lines, and the offset after them.
fn last_lines(mut file: &File, wanted: usize) -> io::Result<(Vec<String>, u64)> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let end = start + bytes.len() as u64;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<String> = text.lines().rev().take(wanted).map(str::to_owned).collect();
    lines.reverse();
    Ok((lines, end))
}

/// Prints what is added, for ever. A log that was replaced or cut is read from its start.
fn follow(
    path: &Path,
    mut file: Option<File>,
    mut offset: u64,
    console: &mut Console,
) -> Result<(), Failure> {
    let failed = |source| Failure::File { operation: "read", path: path.to_owned(), source };
    let mut half = Vec::new();
    loop {
        console.flush()?;
        thread::sleep(GLANCE);
        if is_another(path, file.as_ref(), offset) {
            file = File::open(path).ok();
            offset = 0;
            half.clear();
        }
        let Some(file) = &file else { continue };
        let mut reader = BufReader::new(file);
        reader.seek(SeekFrom::Start(offset)).map_err(failed)?;
        loop {
            let read = reader.read_until(b'\n', &mut half).map_err(failed)?;
            offset += read as u64;
            if half.last() != Some(&b'\n') {
                break;
            }
            console.line(plain(String::from_utf8_lossy(&half).trim_end()))?;
            half.clear();
        }
    }
}

/// True when `path` now names another file than the open one, or the open one became shorter.
fn is_another(path: &Path, open: Option<&File>, offset: u64) -> bool {
    let Ok(named) = path.metadata() else { return false };
    match open.and_then(|file| file.metadata().ok()) {
        Some(open) => {
            (named.dev(), named.ino()) != (open.dev(), open.ino()) || named.len() < offset
        }
        None => true,
    }
}
