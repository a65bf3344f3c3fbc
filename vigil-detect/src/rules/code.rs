//! Passwords among the arguments of calls, and behind words of configurations and of SQL, that
//! no name announces: `NetworkCredential("user", "...")`, `IDENTIFIED BY '...'`, `requirepass ...`.

use std::ops::Range;

use vigil_proto::Confidence;

use super::read;
use crate::{class::NONE, rule::Rule, shape::Candidate};

pub(super) static RULES: &[Rule] = &[
    of("call_password", "a password given to a function", CALLS, in_call),
    of("sql_password", "a database user's password", SQL, in_sql),
    of("config_password", "a password of a configuration", WORDS, after_word),
    of("pgpass", "a password of a .pgpass", PGPASS, in_pgpass),
    of("said_password", "a password that somebody wrote", SAID, in_sentence),
    of("generic_api_key", "a key or token of a service", OPTIONS, of_option),
];

const fn of(
    name: &'static str,
    title: &'static str,
    anchors: &'static [&'static str],
    find: fn(&mut Candidate<'_>) -> Option<Range<usize>>,
) -> Rule {
    Rule::custom(name, "generic", title, anchors, find)
        .left(NONE)
        .after_anchor()
        .no_hint()
        .confidence(Confidence::Medium)
}

/// Calls whose last argument in quotes is a password. Those that begin with a dot or a letter in
/// common words are told by the user that comes first.
const CALLS: &[&str] = &[
    "NetworkCredential(",
    "PSCredential(",
    "getConnection(",
    "BasicAuth(",
    "basicAuth(",
    "basic_auth(",
    "BasicCredentials(",
    "PasswordAuthentication(",
    "PasswordCredentials(",
    "PasswordToken(",
    "auth=(",
    "auth = (",
    ".login(",
    "ConvertTo-SecureString ",
    "btoa(",
    "Password(",
    "mysqli(",
    "mysqli_connect(",
    "mysql_connect(",
    "new PDO(",
    "ldap_bind(",
    "ftp_login(",
    "plain_auth(",
    "PlainAuth(",
];

fn in_call(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let anchor = candidate.text.get(candidate.anchor.clone())?;
    let rest = read::line_after(candidate)?;
    let mut quoted = read::quoted(rest);
    let place = if anchor.starts_with(b"Convert") {
        read::value(rest).filter(|_| rest.iter().any(|byte| matches!(byte, b'"' | b'\'')))?
    } else if anchor == b"Password(" {
        quoted.next().filter(|first| first.start <= 2)?
    } else if anchor == b"btoa(" {
        let pair = quoted.next()?;
        let colon = rest.get(pair.clone())?.iter().position(|byte| *byte == b':')?;
        pair.start + colon + 1..pair.end
    } else {
        let user = quoted.next()?;
        if rest.get(user)?.is_empty() && anchor != b"PlainAuth(" {
            return None;
        }
        let mut arguments = quoted.take(3);
        let server_first = anchor.starts_with(b"mysql") || anchor == b"new PDO(";
        let place = arguments.next()?;
        if server_first { arguments.next()? } else { place }
    };
    read::password(candidate.text, candidate.anchor.end, &place)
        .filter(|place| is_strong(candidate.text, place))
}

/// Functions take much that is no password: capitals or signs, and digits, stand in one.
fn is_strong(text: &[u8], place: &Range<usize>) -> bool {
    let value = text.get(place.clone()).unwrap_or_default();
    let sign = |byte: &u8| byte.is_ascii_uppercase() || b"!#$%^&*?@+-".contains(byte);
    value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && value.iter().any(sign)
        && !value.iter().any(|byte| b"/:{}()<>".contains(byte))
}

const SQL: &[&str] =
    &["IDENTIFIED BY ", "identified by ", "Identified By ", "IDENTIFIED WITH ", "identified with "];

/// `CREATE USER a IDENTIFIED BY '...'`, `IDENTIFIED WITH plugin BY '...'`.
fn in_sql(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let rest = read::line_after(candidate)?;
    let by = if candidate.text.get(candidate.anchor.clone())?.ends_with(b"BY ")
        || candidate.text.get(candidate.anchor.clone())?.ends_with(b"by ")
        || candidate.text.get(candidate.anchor.clone())?.ends_with(b"By ")
    {
        0
    } else {
        let by = [&b" BY "[..], b" by "];
        by.iter().find_map(|by| memchr::memmem::find(rest, by))? + 4
    };
    let rest = rest.get(by..)?;
    let place = read::value(rest)?;
    (place.start > 0).then_some(())?;
    read::password(candidate.text, candidate.anchor.end + by, &place)
}

const WORDS: &[&str] = &[
    "requirepass ",
    "masterauth ",
    "psk=",
    "enable secret ",
    "enable password ",
    "snmp-server community ",
    "wpa-psk ",
    "rootpw ",
    "pre-shared-key ",
    "secret 0 ",
    "password 0 ",
    "key-string ",
    "ppp chap password ",
];

/// The word after a configuration's word: `requirepass ...`, `enable secret 0 ...`.
fn after_word(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let rest = read::line_after(candidate)?;
    // A router says before it which kind it is: 0 is clear, all others are hashed.
    let kind = usize::from(rest.starts_with(b"0 ")) * 2;
    let place = read::value(rest.get(kind..)?)?;
    read::password(candidate.text, candidate.anchor.end + kind, &place)
}

const PGPASS: &[&str] = &[":5432:", ":5433:", ":6432:", ":*:*:"];

/// `host:port:database:user:password` on a line of its own, as the manual of its database has it.
fn in_pgpass(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let before = read::line_before(candidate)?;
    let inside =
        |byte: &&u8| !matches!(**byte, b'\\' | b' ' | b'\t' | b'"' | b'\'' | b'`' | b'=' | b'/');
    let start = candidate.anchor.start - before.iter().rev().take_while(inside).count();
    let line = candidate.text.get(start..)?;
    let end =
        line.iter().take(256).position(|byte| matches!(byte, b'\n' | b'\\' | b'"' | b' ' | b'`'));
    let end = end.unwrap_or_else(|| line.len().min(256));
    pgpass_field(candidate.text, start, line.get(..end)?)
}

fn pgpass_field(text: &[u8], start: usize, line: &[u8]) -> Option<Range<usize>> {
    let mut fields = line.splitn(5, |byte| *byte == b':');
    let lens: Vec<usize> = fields.by_ref().take(4).map(<[u8]>::len).collect();
    let password = fields.next()?;
    let known = lens.len() == 4 && lens.iter().all(|len| *len > 0);
    let word = !line.iter().any(|byte| matches!(byte, b' ' | b'/' | b'='));
    let first = lens.iter().sum::<usize>() + 4;
    if !known || !word {
        return None;
    }
    read::password(text, start, &(first..first + password.len()))
}

/// Declarations of an option that is called `key` and no more, and calls that take a token.
const OPTIONS: &[&str] = &[
    "flag.String(\"key\", ",
    "flag.StringP(\"key\", ",
    "(\"--key\", ",
    "('--key', ",
    "(\"--key <key>\", ",
    "('--key <key>', ",
    "bearer_auth(",
    "bearerAuth(",
    "BearerAuth(",
    "Client(\"",
    "Client('",
    "Api(\"",
    "Api('",
    "API(\"",
    "API('",
    ".init(\"",
    ".init('",
    ".authenticate(\"",
    ".authenticate('",
    ".login(\"",
    ".login('",
    ".setup(\"",
    ".setup('",
];

/// The option's value where none is given.
fn of_option(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let rest = read::line_after(candidate)?;
    let anchor = candidate.text.get(candidate.anchor.clone())?;
    if matches!(anchor.last(), Some(b'"' | b'\'')) {
        // The quote is a part of the anchor: what it opens is all that the call takes.
        let len = rest.iter().position(|byte| byte == anchor.last().unwrap_or(&b'"'))?;
        let place = candidate.anchor.end..candidate.anchor.end + len;
        return crate::assign::is_certain_key(rest.get(..len)?).then_some(place);
    }
    let place = read::quoted(rest)
        .take(3)
        .find(|place| rest.get(place.clone()).is_some_and(crate::assign::is_certain_token))?;
    let first = candidate.anchor.end;
    Some(first + place.start..first + place.end)
}

const SAID: &[&str] = &[
    " pw: ",
    "\npw: ",
    " pw is ",
    " pw = ",
    "creds: ",
    "Creds: ",
    "credentials: ",
    "Credentials: ",
    "credentials are ",
    "creds are ",
    " as password",
    " as the password",
];

/// `user: bob, pw: ...`, `creds: bob/...`, `... as password`.
fn in_sentence(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let text = candidate.text;
    let anchor = text.get(candidate.anchor.clone())?;
    if anchor.starts_with(b" as ") {
        let before = read::line_before(candidate)?;
        let len = before.iter().rev().take_while(|byte| !byte.is_ascii_whitespace()).count();
        let first = candidate.anchor.start - len;
        return read::password(text, first, &(0..len)).filter(|place| is_strong(text, place));
    }
    let rest = read::line_after(candidate)?;
    let place = read::value(rest)?;
    let word = rest.get(place.clone())?;
    let both = anchor.to_ascii_lowercase().starts_with(b"cred");
    let place = if both {
        let sign = word.iter().position(|byte| matches!(byte, b'/' | b':'))?;
        place.start + sign + 1..place.end
    } else {
        place
    };
    let stops =
        rest.get(place.clone())?.iter().rev().take_while(|byte| b".,;)".contains(byte)).count();
    read::password(text, candidate.anchor.end, &(place.start..place.end - stops))
        .filter(|place| is_strong(text, place))
}
