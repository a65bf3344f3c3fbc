//! Passwords given to commands: `mysql -p'...'`, `sshpass -p '...'`, `curl -u user:...`,
//! `redis-cli -a ...`, as these programs' manuals describe.

use std::ops::Range;

use memchr::memmem;
use vigil_proto::Confidence;

use crate::{class::NONE, rule::Rule, shape::Candidate};

pub(super) static RULES: &[Rule] = &[Rule::custom(
    "command_password",
    "generic",
    "a password given to a command",
    ANCHORS,
    password,
)
.left(NONE)
.no_hint()
.confidence(Confidence::Medium)];

const ANCHORS: &[&str] =
    &["sshpass -p", " -p'", " -p\"", " -p\\\"", "curl -u", " -u ", " --user ", "redis-cli -a"];

/// Programs that take a password behind `-p`.
const PROGRAMS: &[&[u8]] = &[
    b"mysql",
    b"mariadb",
    b"mongo",
    b"sshpass",
    b"docker login",
    b"7z",
    b"zip",
    b"sqlcmd",
    b"cqlsh",
    b"ldap",
];

/// Bytes before the flag in which the program stands.
const LINE: usize = 160;
/// The longest password.
const LONGEST: usize = 96;

fn password(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let text = candidate.text;
    let anchor = text.get(candidate.anchor.clone())?;
    let user = anchor.ends_with(b"-u") || anchor.ends_with(b"-u ") || anchor.ends_with(b"--user ");
    let before = text.get(candidate.anchor.start.saturating_sub(LINE)..candidate.anchor.end)?;
    let line = before.rsplit(|byte| *byte == b'\n').next()?;
    candidate.work += before.len();
    let programs: &[&[u8]] = if user { &[b"curl", b"wget", b"http "] } else { PROGRAMS };
    let known = anchor.starts_with(b"redis")
        || programs.iter().any(|program| memmem::find(line, program).is_some());
    if !known {
        return None;
    }
    let rest = text.get(candidate.anchor.end..)?;
    let glue =
        rest.iter().take(8).take_while(|byte| matches!(byte, b' ' | b'"' | b'\'' | b'\\')).count();
    let quote = text
        .get(..candidate.anchor.end + glue)?
        .last()
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\''));
    let value = rest.get(glue..)?;
    let len = value
        .iter()
        .take(LONGEST)
        .take_while(|byte| match quote {
            Some(quote) => !matches!(byte, b'\\' | b'\n' | b' ') && **byte != quote,
            None => !matches!(byte, 0..=b' ' | b'"' | b'\'' | b'\\' | b'|' | b';' | b'&' | b'`'),
        })
        .count();
    candidate.work += glue + len;
    if len == LONGEST {
        return None;
    }
    let value = value.get(..len)?;
    let name = if user { value.iter().position(|byte| *byte == b':')? + 1 } else { 0 };
    let secret = value.get(name..)?;
    let start = candidate.anchor.end + glue + name;
    crate::assign::is_given_password(secret).then_some(start..start + secret.len())
}
