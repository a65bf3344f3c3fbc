//! Passwords given to commands: `mysql -p...`, `sshpass -p '...'`, `curl -u user:...`,
//! `redis-cli -a ...`, as these programs' manuals describe.

use std::ops::Range;

use vigil_proto::Confidence;

use super::read;
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

const ANCHORS: &[&str] = &[
    "sshpass",
    "mysql",
    "mariadb",
    "mongo",
    "docker login",
    "podman login",
    "registry login",
    "az login",
    "az acr login",
    "cqlsh",
    "sqlcmd",
    "redis-cli",
    "curl",
    "wget",
    "ldapsearch",
    "ldapmodify",
    "ldapadd",
    "ldappasswd",
    "ldapwhoami",
    "zip -P",
    "7z x",
    "7z a",
    "7za ",
    "unrar",
    "useradd",
    "usermod",
    "openssl",
    "keytool",
    "jarsigner",
    "htpasswd",
    "smbclient",
    "rpcclient",
    "xfreerdp",
    "wfreerdp",
    "rdesktop",
    "net use",
    "nmcli",
    "wpa_passphrase",
    "influx",
    "isql ",
    "tsql ",
    "lftp",
    "rabbitmqctl",
    "mosquitto_",
    "impala",
    "beeline",
    "snowsql",
    "winrs",
    "psexec",
    "pscp",
    "plink",
    "chpasswd",
    "sudo -S",
];

/// How a program takes a password.
#[derive(Clone, Copy)]
enum Way {
    /// In the word after this flag.
    Next(&'static str),
    /// In the same word, right after this.
    Glued(&'static str),
    /// In either way.
    Either(&'static str),
    /// After a colon or a percent sign in the word after this flag: `-u user:password`.
    Second(&'static str),
    /// In the word so many words after a word that begins like this.
    After(&'static str, usize),
}

/// Programs, by how their names begin, and their ways.
const PROGRAMS: &[(&str, &[Way])] = &[
    ("sshpass", &[Way::Either("-p")]),
    ("mysql", &[Way::Glued("-p")]),
    ("mariadb", &[Way::Glued("-p")]),
    ("mongo", &[Way::Either("-p")]),
    ("docker login", &[Way::Next("-p")]),
    ("podman login", &[Way::Next("-p")]),
    ("registry login", &[Way::Next("-p")]),
    ("az ", &[Way::Next("-p")]),
    ("cqlsh", &[Way::Next("-p")]),
    ("sqlcmd", &[Way::Either("-P")]),
    ("redis-cli", &[Way::Next("-a"), Way::Next("--pass")]),
    (
        "curl",
        &[Way::Second("-u"), Way::Second("--user"), Way::Second("--proxy-user"), Way::Second("-U")],
    ),
    ("wget", &[Way::Second("--user")]),
    ("ldap", &[Way::Either("-w"), Way::Next("-s")]),
    ("zip", &[Way::After("", 0)]),
    ("7z", &[Way::Glued("-p")]),
    ("unrar", &[Way::Glued("-p"), Way::Glued("-hp")]),
    ("user", &[Way::Next("-p"), Way::Next("--password")]),
    ("openssl", &[Way::Glued("pass:"), Way::Next("-k"), Way::Next("-K")]),
    (
        "keytool",
        &[
            Way::Next("-storepass"),
            Way::Next("-keypass"),
            Way::Next("-srcstorepass"),
            Way::Next("-deststorepass"),
        ],
    ),
    ("jarsigner", &[Way::Next("-storepass"), Way::Next("-keypass")]),
    ("htpasswd", &[Way::After("-", 3)]),
    ("smbclient", &[Way::Second("-U")]),
    ("rpcclient", &[Way::Second("-U")]),
    ("xfreerdp", &[Way::Glued("/p:")]),
    ("wfreerdp", &[Way::Glued("/p:")]),
    ("rdesktop", &[Way::Either("-p")]),
    ("net use", &[Way::After("/user:", 1), Way::After("/USER:", 1)]),
    ("nmcli", &[Way::Next("password")]),
    ("wpa_passphrase", &[Way::After("", 1)]),
    ("influx", &[Way::Next("-password")]),
    ("isql", &[Way::After("", 2), Way::Either("-P")]),
    ("tsql", &[Way::Either("-P")]),
    ("lftp", &[Way::Second("-u")]),
    ("rabbitmqctl", &[Way::After("add_user", 2), Way::After("change_password", 2)]),
    ("mosquitto_", &[Way::Either("-P")]),
    ("snowsql", &[Way::Next("-p")]),
    ("winrs", &[Way::Glued("-p:"), Way::Glued("/p:")]),
    ("psexec", &[Way::Next("-p")]),
    ("pscp", &[Way::Next("-pw")]),
    ("plink", &[Way::Next("-pw")]),
    ("beeline", &[Way::Next("-p")]),
    ("impala", &[Way::Next("-p")]),
];

fn password(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let anchor = candidate.text.get(candidate.anchor.clone())?;
    if anchor == b"chpasswd" || anchor == b"sudo -S" {
        return piped(candidate);
    }
    let (_, ways) = PROGRAMS.iter().find(|(name, _)| anchor.starts_with(name.as_bytes()))?;
    let line = read::line_after(candidate)?;
    let words: Vec<Range<usize>> = read::words(line).take(24).collect();
    let first = candidate.anchor.end;
    ways.iter().find_map(|way| {
        let found = match *way {
            Way::Next(flag) => after(line, &words, flag),
            Way::Glued(flag) => glued(line, &words, flag),
            Way::Either(flag) => glued(line, &words, flag).or_else(|| after(line, &words, flag)),
            Way::Second(flag) => {
                second(line, after(line, &words, flag).or_else(|| glued(line, &words, flag))?)
            }
            Way::After(begin, skip) => {
                let at = words.iter().position(|word| begins(line, word, begin.as_bytes()))?;
                words.get(at + skip).cloned()
            }
        }?;
        if line.get(found.clone())?.starts_with(b"-") {
            return None;
        }
        read::password(candidate.text, first, &found)
    })
}

fn begins(line: &[u8], word: &Range<usize>, with: &[u8]) -> bool {
    line.get(word.clone()).is_some_and(|word| word.starts_with(with))
}

/// The word after the word `flag`.
fn after(line: &[u8], words: &[Range<usize>], flag: &str) -> Option<Range<usize>> {
    let is_flag = |word: &Range<usize>| line.get(word.clone()) == Some(flag.as_bytes());
    words.get(words.iter().position(is_flag)? + 1).cloned()
}

/// The rest of the word that begins with `flag`, which may be in quotes of its own.
fn glued(line: &[u8], words: &[Range<usize>], flag: &str) -> Option<Range<usize>> {
    let word = words.iter().find(|word| begins(line, word, flag.as_bytes()))?;
    let start = word.start + flag.len();
    let rest = line.get(start..)?;
    let gap = usize::from(rest.first() == Some(&b'='));
    let value = read::value(rest.get(gap..)?).filter(|_| rest.first() != Some(&b' '))?;
    Some(start + gap + value.start..start + gap + value.end)
}

/// What follows a colon or a percent sign in the word.
fn second(line: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let sign = line.get(word.clone())?.iter().position(|byte| matches!(byte, b':' | b'%'))?;
    Some(word.start + sign + 1..word.end)
}

/// `echo "user:..." | chpasswd`, `echo ... | sudo -S`.
fn piped(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let user_first = candidate.text.get(candidate.anchor.clone())? == b"chpasswd";
    let before = read::line_before(candidate)?;
    let bar = before.iter().rposition(|byte| *byte == b'|')?;
    let echo = memchr::memmem::rfind(before.get(..bar)?, b"echo ")? + 5;
    let word = read::words(before.get(echo..bar)?)
        .find(|word| !before.get(echo..).is_some_and(|rest| begins(rest, word, b"-")))?;
    let word = echo + word.start..echo + word.end;
    let word = if user_first { second(before, word)? } else { word };
    read::password(candidate.text, candidate.anchor.start - before.len(), &word)
}
