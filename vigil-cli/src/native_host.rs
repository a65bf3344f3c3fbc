//! `vigil native-host`: what browsers start for the extension. A shim between a pipe of frames and the
//! agent's socket: it checks who began it, passes on, and keeps nothing. When the agent is away it says so
//! and ends: the extension keeps what it has and tries again.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    process::ExitCode,
    time::Duration,
};

use vigil_platform::paths::Paths;
use vigil_proto::{
    browser::{Answer, EXTENSIONS, MOST, Said},
    report::Document,
};

use crate::{agent::Agent, failure::Failure};

/// The script that browsers start, in the folder of Vigil's state: it starts this.
pub(crate) const SCRIPT: &str = "native-host";

/// Beyond this a frame is nobody's: Chromium sends at most this much to a host.
const ABSURD: usize = 64 * 1024 * 1024;

/// How long the agent has to put something on record.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who began this process as a native host, by its arguments; none when it is not one. Chromium names
/// the extension's origin, Firefox its manifest and the extension's id.
pub(crate) fn caller(mut arguments: impl Iterator<Item = OsString>) -> Option<Caller> {
    arguments.next()?;
    if arguments.next()? != "native-host" {
        return None;
    }
    let words: Vec<String> = arguments.filter_map(|word| word.into_string().ok()).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return None;
    }
    let is_ours = words.iter().any(|word| EXTENSIONS.contains(&id(word)));
    Some(if is_ours { Caller::Ours } else { Caller::Other })
}

/// Who began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Vigil's own extension.
    Ours,
    /// Something else.
    Other,
}

/// The id in what a browser calls an extension.
fn id(word: &str) -> &str {
    word.strip_prefix("chrome-extension://").map_or(word, |rest| rest.trim_end_matches('/'))
}

/// Why it ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("an extension that is not Vigil's asked; nothing was passed on")]
    Stranger,
    #[error("the agent does not answer; start it: vigil up")]
    Away,
    #[error("this browser may no longer start Vigil; vigil route on")]
    Off,
    #[error("a frame of {0} bytes; nothing else is read")]
    Absurd(usize),
    #[error("the browser's pipe: {0}")]
    Pipe(#[from] io::Error),
}

/// Passes on until the browser closes the pipe.
pub(crate) fn run(caller: Caller) -> ExitCode {
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    let ended = match caller {
        Caller::Ours => pass(&mut from, &mut to),
        Caller::Other => Err(Ended::Stranger),
    };
    let Err(ended) = ended else { return ExitCode::SUCCESS };
    // The browser keeps this in its own log.
    let _ = writeln!(io::stderr().lock(), "vigil native-host: {ended}");
    ExitCode::from(match ended {
        Ended::Stranger => 4,
        Ended::Away | Ended::Off => 3,
        Ended::Absurd(_) | Ended::Pipe(_) => 1,
    })
}

fn pass(from: &mut impl Read, to: &mut impl Write) -> Result<(), Ended> {
    let paths = Paths::locate().map_err(|_| Ended::Away)?;
    // What was begun by a way that is taken back meanwhile passes nothing more on.
    let way = paths.state().join(SCRIPT);
    let had_way = way.exists();
    while let Some(frame) = frame(from)? {
        if had_way && !way.exists() {
            return Err(Ended::Off);
        }
        let answer = match frame {
            Frame::Whole(bytes) => match serde_json::from_slice(&bytes) {
                Ok(said) => ask(&said, number(&bytes), &paths).ok_or(Ended::Away)?,
                Err(_) => Answer::Refused { n: number(&bytes), why: "not understood".to_owned() },
            },
            Frame::TooLarge(start) => Answer::Refused {
                n: number(&start),
                why: format!("larger than {} MiB", MOST / 1024 / 1024),
            },
        };
        say(&answer, to)?;
    }
    Ok(())
}

/// One frame, of which only so much is kept.
enum Frame {
    Whole(Vec<u8>),
    /// Its first bytes.
    TooLarge(Vec<u8>),
}

/// The next frame: a length of four bytes in the machine's own order, and JSON. None at the end.
fn frame(from: &mut impl Read) -> Result<Option<Frame>, Ended> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_ne_bytes(length) as usize;
    if length > ABSURD {
        return Err(Ended::Absurd(length));
    }
    let kept = if length > MOST { 256 } else { length };
    let mut bytes = vec![0; kept];
    from.read_exact(&mut bytes)?;
    if kept == length {
        return Ok(Some(Frame::Whole(bytes)));
    }
    let rest = (length - kept) as u64;
    let passed = io::copy(&mut from.take(rest), &mut io::sink())?;
    if passed < rest {
        return Ok(None);
    }
    Ok(Some(Frame::TooLarge(bytes)))
}

/// The number with which the extension would be told of it.
fn number(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes.get(..256).unwrap_or(bytes));
    let after = text.split_once("\"n\":").map_or("", |(_, rest)| rest);
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// What the agent says to number `n`; none when it does not answer, or cannot keep anything now.
fn ask(said: &Said, n: u64, paths: &Paths) -> Option<Answer> {
    let agent = Agent::find(paths).ok()??;
    let answer: Result<Document<Answer>, Failure> = agent.order_within(PATIENCE, "browser", said);
    match answer {
        Ok(answer) => Some(answer.body),
        // Told again it would be refused again, for ever.
        Err(Failure::Other { message, .. }) => Some(Answer::Refused { n, why: message }),
        Err(_) => None,
    }
}

fn say(answer: &Answer, to: &mut impl Write) -> Result<(), Ended> {
    let text = serde_json::to_vec(answer).map_err(io::Error::from)?;
    let length = u32::try_from(text.len()).unwrap_or_default();
    to.write_all(&length.to_ne_bytes())?;
    to.write_all(&text)?;
    to.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests;
