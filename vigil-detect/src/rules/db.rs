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
    Rule::custom("db_url", "db", "an Oracle password in a URL", &["jdbc:oracle:"], oracle)
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
    "p@ssw0rd",
    "p@ssword",
    "pa55word",
    "passphrase",
    "s3cret",
    "s3cr3t",
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
    "opensesame",
    "dbpass",
    "dbpassword",
    "db_password",
    "development",
];

/// The longest user name with password, RFC 3986 setting no bound.
const LONGEST: usize = 512;
/// The longest address whose password is not escaped.
const LONGEST_UNESCAPED: usize = 256;
/// Shorter passwords are stand-ins in practice.
const SHORTEST: usize = 6;
/// The same for what is no database: test code is full of proxies and servers of one's own.
const SHORTEST_OTHER: usize = 8;

fn database(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    is_database(scheme(candidate)?).then(|| password(candidate))?
}

fn other(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let scheme = scheme(candidate)?;
    if scheme.len() < 2 || is_database(scheme) {
        return None;
    }
    password(candidate).filter(|place| place.len() >= SHORTEST_OTHER)
}

/// `jdbc:oracle:thin:user/password@host`, as the driver's manual has it.
fn oracle(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let rest = candidate.text.get(candidate.anchor.end..)?;
    let rest = rest.get(..rest.len().min(LONGEST))?;
    let len = rest.iter().take_while(|byte| !matches!(byte, 0..=b' ' | b'"' | b'\'')).count();
    candidate.work += len;
    let login = rest.get(..len)?;
    let at = login.iter().position(|byte| *byte == b'@')?;
    let slash = login.get(..at)?.iter().position(|byte| *byte == b'/')?;
    let driver = login.get(..slash)?.iter().position(|byte| *byte == b':')?;
    let (user, password) = (login.get(driver + 1..slash)?, login.get(slash + 1..at)?);
    let start = candidate.anchor.end + slash + 1;
    is_real(user, password).then(|| start..start + password.len())
}

/// The letters before `://` and, after a `+`, the driver's part left out (`postgresql+psycopg2`).
fn scheme<'t>(candidate: &mut Candidate<'t>) -> Option<&'t str> {
    let before = candidate.text.get(..candidate.anchor.start)?;
    let len = before
        .iter()
        .rev()
        .take(24)
        .take_while(|byte| ALNUM.has(**byte) || matches!(byte, b'+' | b'.' | b'-'))
        .count();
    candidate.work += len;
    let (before, name) = before.split_at(before.len() - len);
    let name = name.get(escape_len(before.last().copied(), name)..)?;
    let name = std::str::from_utf8(name).ok()?;
    if is_database(name) { Some(name) } else { name.split('+').next() }
}

fn is_database(scheme: &str) -> bool {
    DATABASES.iter().any(|known| known.eq_ignore_ascii_case(scheme))
}

/// How many letters of `name` belong to an escape whose first character, `first`, is before it.
fn escape_len(first: Option<u8>, name: &[u8]) -> usize {
    match (first, name) {
        (Some(b'\\'), [b'u', ..]) => 5,
        (Some(b'\\'), _) => 1,
        (Some(b'%'), [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => 2,
        // A scheme begins with a letter: digits and an `m` are the end of a terminal's colour.
        (_, [b'0'..=b'9', ..]) => {
            let digits = name.iter().take_while(|byte| byte.is_ascii_digit()).count();
            digits + usize::from(name.get(digits) == Some(&b'm'))
        }
        _ => 0,
    }
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
    let found = in_authority(start, authority);
    found.or_else(|| unescaped(candidate, start))
}

/// How long the mask is that `text` begins with. What only looks like one is none.
fn mask_len(text: &[u8]) -> usize {
    let close = memchr::memmem::find(text, mask::CLOSE.as_bytes()).unwrap_or_default();
    let end = close + mask::CLOSE.len();
    if text.get(..end).is_some_and(mask::is_mask) { end } else { 0 }
}

/// `user:password@host`, as RFC 3986 has it.
fn in_authority(start: usize, authority: &[u8]) -> Option<Range<usize>> {
    let at = authority.iter().rposition(|byte| *byte == b'@')?;
    let host = authority.get(at + 1..)?;
    let lone = authority.get(..at)?;
    if crate::assign::is_certain_key(lone) && memchr::memmem::find(host, b"sentry").is_none() {
        // A token alone, as some services take it; what reports of crashes are sent with is none.
        return is_host(Some(host)).then_some(start..start + at);
    }
    // A user that is masked already has colons of its own.
    let masked = mask_len(lone);
    let colon = masked + lone.get(masked..)?.iter().position(|byte| *byte == b':')?;
    let user = authority.get(..colon)?;
    let password = authority.get(colon + 1..at)?;
    let host = authority.get(at + 1..)?;
    if !host.first().is_some_and(|byte| ALNUM.has(*byte) || *byte == b'[')
        || is_documentation(host)
        || !is_real(user, password)
    {
        return None;
    }
    Some(start + colon + 1..start + at)
}

/// The same with signs that an address may not have unless they are escaped, and that people paste
/// all the same: up to the last at sign before a blank or a quote that a host stands behind.
fn unescaped(candidate: &mut Candidate<'_>, start: usize) -> Option<Range<usize>> {
    let rest = candidate.text.get(start..candidate.text.len().min(start + LONGEST_UNESCAPED))?;
    let len = rest
        .iter()
        .take_while(|byte| !matches!(byte, 0..=b' ' | 0x7f.. | b'"' | b'\'' | b'`' | b'\\'));
    let address = rest.get(..len.count())?;
    candidate.work += address.len();
    let user = |byte: &&u8| ALNUM.has(**byte) || b"._%+-".contains(*byte);
    let colon = address.iter().take_while(user).count();
    let at = memchr::memrchr_iter(b'@', address).find(|at| is_host(address.get(at + 1..)))?;
    let password = (address.get(colon)? == &b':').then(|| address.get(colon + 1..at))??;
    let (name, host) = (address.get(..colon)?, address.get(at + 1..)?);
    let number = password.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let port = number > 0
        && matches!(password.get(number), Some(b'/' | b'?' | b'#' | b'<' | b'>' | b')' | b']'));
    let strong =
        password.iter().any(u8::is_ascii_digit) && password.iter().any(u8::is_ascii_alphabetic);
    let host = host.split(|byte| b":/?".contains(byte)).next()?;
    let real = strong
        && !port
        && !is_documentation(host)
        && !is_pattern(password)
        && (3..=100).contains(&password.len())
        && is_real_unescaped(name, password);
    real.then_some(start + colon + 1..start + at)
}

/// True when a host's name stands at the beginning.
fn is_host(text: Option<&[u8]>) -> bool {
    let text = text.unwrap_or_default();
    let name = |byte: &&u8| ALNUM.has(**byte) || b".-_".contains(*byte);
    let len = text.iter().take_while(name).count();
    len > 2
        && matches!(
            text.get(len),
            None | Some(b'/' | b':' | b'?' | b',' | b')' | b'>' | b'|' | b';')
        )
}

/// True for what stands in for a password in a pattern, a template or a list of choices.
fn is_pattern(password: &[u8]) -> bool {
    let signs =
        [&b"[^"[..], b".*", b".+", b"${", b"{{", b"$(", b"<%", b"://", b"%s", b")(", b"()", b"||"];
    let within = matches!(
        (password.first(), password.last()),
        (Some(b'<'), Some(b'>'))
            | (Some(b'{'), Some(b'}'))
            | (Some(b'['), Some(b']'))
            | (Some(b'('), Some(b')'))
    );
    within || signs.iter().any(|sign| memchr::memmem::find(password, sign).is_some())
}

/// The host names that RFC 2606 keeps for documentation.
fn is_documentation(host: &[u8]) -> bool {
    let name = host.split(|byte| *byte == b':').next().unwrap_or_default();
    [&b"example.com"[..], b"example.org", b"example.net"]
        .iter()
        .any(|known| name == *known || name.ends_with(&[b".", *known].concat()))
}

/// True for `$NAME` and for `%s`, but not for `%24`, a percent-encoded character.
fn is_reference(password: &[u8]) -> bool {
    match password {
        [b'$', ..] => true,
        [b'%', high, low, ..] => !(high.is_ascii_hexdigit() && low.is_ascii_hexdigit()),
        _ => false,
    }
}

fn is_real(user: &[u8], password: &[u8]) -> bool {
    let reference = |byte: &u8| matches!(byte, b'{' | b'}' | b'(' | b')');
    !password.iter().any(reference) && is_real_unescaped(user, password)
}

fn is_real_unescaped(user: &[u8], password: &[u8]) -> bool {
    password.len() >= SHORTEST
        && password != user
        && !is_reference(password)
        && !mask::is_mask(password)
        && !plausible::is_crossed_out(password)
        && !COMMON.iter().any(|word| password.eq_ignore_ascii_case(word.as_bytes()))
        && plausible::plausible(password, NONE)
}
