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

#[rustfmt::skip]
const ANCHORS: &[&str] = &[
    "sshpass", "mysql", "mariadb", "mongo", "docker login", "podman login", "registry login",
    "az login", "az acr login", "cqlsh", "sqlcmd", "redis-cli", "curl", "wget", "ldapsearch",
    "ldapmodify", "ldapadd", "ldappasswd", "ldapwhoami", "zip -P", "7z x", "7z a", "7za ",
    "unrar", "useradd", "usermod", "openssl", "keytool", "jarsigner", "htpasswd", "smbclient",
    "rpcclient", "xfreerdp", "wfreerdp", "rdesktop", "net use ", "nmcli", "wpa_passphrase",
    "influx", "isql ", "tsql ", "lftp", "rabbitmqctl", "mosquitto_", "impala", "beeline",
    "snowsql", "winrs", "psexec", "pscp", "plink", "chpasswd", "sudo -S", "net user ",
    "vault login", "twine upload", "oc login", "sqlplus", "impacket-", "secretsdump",
    "crackmapexec", "netexec", "nxc ", "evil-winrm", "--password-stdin", "add-authtoken",
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
    /// In the word before one that begins like this.
    Before(&'static str),
    /// In the word after so many that are no flags; one fewer with the flag `-n`.
    Plain(usize),
    /// As the user's name of the word after this flag, when it can be nothing but a token.
    First(&'static str),
    /// Between a colon and an at sign of a word: `domain/user:password@host`.
    Login,
    /// Between a slash and an at sign of the first word: `user/password@database`.
    Slash,
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
        &[
            Way::Second("-u"),
            Way::Second("--user"),
            Way::Second("--proxy-user"),
            Way::Second("-U"),
            Way::First("-u"),
            Way::First("--user"),
        ],
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
    ("htpasswd", &[Way::Plain(2)]),
    ("smbclient", &[Way::Second("-U")]),
    ("rpcclient", &[Way::Second("-U")]),
    ("xfreerdp", &[Way::Glued("/p:")]),
    ("wfreerdp", &[Way::Glued("/p:")]),
    ("rdesktop", &[Way::Either("-p")]),
    ("net user", &[Way::Plain(1)]),
    (
        "net use ",
        &[
            Way::After("/user:", 1),
            Way::After("/USER:", 1),
            Way::Before("/user:"),
            Way::Before("/USER:"),
        ],
    ),
    ("vault login", &[Way::Plain(0)]),
    ("add-authtoken", &[Way::Plain(0)]),
    ("twine", &[Way::Next("-p")]),
    ("oc login", &[Way::Next("-p")]),
    ("sqlplus", &[Way::Slash]),
    ("impacket-", &[Way::Login]),
    ("secretsdump", &[Way::Login]),
    ("crackmapexec", &[Way::Next("-p")]),
    ("netexec", &[Way::Next("-p")]),
    ("nxc", &[Way::Next("-p")]),
    ("evil-winrm", &[Way::Next("-p")]),
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
    ("psexec", &[Way::Next("-p"), Way::Login]),
    ("pscp", &[Way::Next("-pw")]),
    ("plink", &[Way::Next("-pw")]),
    ("beeline", &[Way::Next("-p")]),
    ("impala", &[Way::Next("-p")]),
];

fn password(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let anchor = candidate.text.get(candidate.anchor.clone())?;
    if matches!(anchor, b"chpasswd" | b"sudo -S" | b"--password-stdin") {
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
            Way::Before(begin) => {
                let at = words.iter().position(|word| begins(line, word, begin.as_bytes()))?;
                words.get(at.checked_sub(1)?).filter(|word| !begins(line, word, b"\\")).cloned()
            }
            Way::Plain(skip) => plain(line, &words, skip),
            Way::First(flag) => {
                let word = after(line, &words, flag).or_else(|| glued(line, &words, flag))?;
                let len = line.get(word.clone())?.iter().position(|byte| *byte == b':')?;
                let token = word.start..word.start + len;
                crate::assign::is_certain_token(line.get(token.clone())?).then_some(token)
            }
            Way::Login => words.iter().find_map(|word| between(line, word, b':')),
            Way::Slash => between(line, words.first()?, b'/'),
        }?;
        if line.get(found.clone())?.starts_with(b"-") {
            return None;
        }
        read::password_of_program(candidate.text, first, &found)
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

/// The word after `skip` that are no flags, of which `-n` takes the place of one.
fn plain(line: &[u8], words: &[Range<usize>], skip: usize) -> Option<Range<usize>> {
    let flag = |word: &&Range<usize>| begins(line, word, b"-") || begins(line, word, b"/");
    let prints = words.iter().filter(flag).any(|word| {
        line.get(word.clone()).is_some_and(|flag| !flag.starts_with(b"--") && flag.contains(&b'n'))
    });
    let skip = if prints { skip.saturating_sub(1) } else { skip };
    words.iter().filter(|word| !flag(word)).nth(skip).cloned()
}

/// What stands between the first `sign` of a word and its last at sign.
fn between(line: &[u8], word: &Range<usize>, sign: u8) -> Option<Range<usize>> {
    let text = line.get(word.clone())?;
    let end = text.iter().rposition(|byte| *byte == b'@')?;
    let start = text.get(..end)?.iter().position(|byte| *byte == sign)? + 1;
    (start > 1 && text.get(start) != Some(&b'/')).then_some(word.start + start..word.start + end)
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
    read::password_of_program(candidate.text, candidate.anchor.start - before.len(), &word)
}
