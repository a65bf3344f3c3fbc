//! Passwords within URLs. Only the password is the secret; host and user stay readable.

use std::ops::Range;

use vigil_proto::Severity::{Critical, High};

use crate::{
    class::{ALNUM, NONE},
    mask, plausible,
    rule::Rule,
    shape::Candidate,
};

pub(super) const RULES: &[Rule] = &[
    Rule::custom("db_url", "db", "a database password in a URL", &["://"], database)
        .severity(Critical)
        .left(NONE)
        .no_hint(),
    Rule::custom("basic_auth_url", "db", "a password in a URL", &["://"], other)
        .severity(High)
        .left(NONE)
        .no_hint(),
];

const DATABASES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mysql2",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "clickhouse",
    "cockroachdb",
    "cassandra",
    "neo4j",
    "bolt",
    "neo4j+s",
    "bolt+s",
    "oracle",
    "snowflake",
    "couchdb",
    "nats",
    "vertica",
    "redshift",
    "db2",
    "influxdb",
];

/// Passwords of tutorials and of a container's first start.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "postgres",
    "mysql",
    "root",
    "admin",
    "user",
    "username",
    "test",
    "testing",
    "guest",
    "hunter2",
    "changeit",
    "default",
    "token",
    "mypassword",
    "my-password",
    "my_password",
    "mysecretpassword",
    "supersecret",
    "mongo",
    "redis",
    "rabbitmq",
    "letmein",
    "qwerty",
    "foobar",
    "dbpass",
    "dbpassword",
    "db_password",
    "development",
];

/// The longest user name with password, RFC 3986 setting no bound.
const LONGEST: usize = 512;
/// Shorter passwords are stand-ins in practice.
const SHORTEST: usize = 6;

fn database(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    DATABASES.contains(&scheme(candidate)?.as_str()).then(|| password(candidate))?
}

fn other(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let scheme = scheme(candidate)?;
    (scheme.len() >= 2 && !DATABASES.contains(&scheme.as_str())).then(|| password(candidate))?
}

/// The letters before `://` and, after a `+`, the driver's part left out (`postgresql+psycopg2`).
fn scheme(candidate: &mut Candidate<'_>) -> Option<String> {
    let before = candidate.text.get(..candidate.anchor.start)?;
    let len = before
        .iter()
        .rev()
        .take(24)
        .take_while(|byte| ALNUM.has(**byte) || matches!(byte, b'+' | b'.' | b'-'))
        .count();
    candidate.work += len;
    let mut name = before.get(before.len() - len..)?;
    if before.len() > len && before.get(before.len() - len - 1) == Some(&b'\\') {
        name = name.get(1..)?;
    }
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    if DATABASES.contains(&name.as_str()) {
        return Some(name);
    }
    Some(name.split('+').next().unwrap_or_default().to_owned())
}

fn password(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let start = candidate.anchor.end;
    let rest = candidate.text.get(start..)?;
    let authority_len = rest
        .iter()
        .take(LONGEST)
        .take_while(|byte| {
            !matches!(
                byte,
                0..=b' '
                    | 0x7f
                    | b'/'
                    | b'?'
                    | b'#'
                    | b'"'
                    | b'\''
                    | b'`'
                    | b'<'
                    | b'>'
                    | b'\\'
                    | b'|'
                    | b'^'
            )
        })
        .count();
    candidate.work += authority_len;
    let authority = rest.get(..authority_len)?;
    let at = authority.iter().rposition(|byte| *byte == b'@')?;
    let colon = authority.iter().take(at).position(|byte| *byte == b':')?;
    let user = authority.get(..colon)?;
    let password = authority.get(colon + 1..at)?;
    let host = authority.get(at + 1..)?;
    if !host.first().is_some_and(|byte| ALNUM.has(*byte) || *byte == b'[')
        || !is_real(user, password)
    {
        return None;
    }
    Some(start + colon + 1..start + at)
}

fn is_real(user: &[u8], password: &[u8]) -> bool {
    let reference = |byte: &u8| matches!(byte, b'{' | b'}' | b'(' | b')');
    let wildcard =
        password.windows(3).any(|three| matches!(three, b"***" | b"..." | b"xxx" | b"XXX"));
    password.len() >= SHORTEST
        && password != user
        && !matches!(password.first(), Some(b'$' | b'%'))
        && !mask::is_mask(password)
        && !password.iter().any(reference)
        && !wildcard
        && !COMMON.iter().any(|word| password.eq_ignore_ascii_case(word.as_bytes()))
        && plausible::plausible(password, NONE)
}
