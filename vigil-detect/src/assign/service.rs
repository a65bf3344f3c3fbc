//! Services that give out keys and tokens, by their names. Where a value that could be nothing but
//! a key stands behind such a name, a word as weak as `key` or a mere blank between them is enough.

use std::{cmp::Ordering, ops::Range};

use memchr::memmem;

use super::{
    gap::Gap,
    loose::{self, Loose},
    name::{Kind, Name},
};

/// The names, one a line, in small letters.
const NAMES: &str = include_str!("service/names.txt");
/// The longest name that is looked up.
const LONGEST: usize = 30;
/// How far before a name its service is looked for, in bytes.
const BEFORE: usize = 96;
/// With the name itself no more than this.
const WINDOW: usize = 120;
/// The lines on which it is looked for: the name's own, and the one before it.
const LINES: usize = 2;

/// True when `secret`, which the name at `place` is given, is a key or token that a service gave
/// out, as far as the value and the text before it can tell.
pub(super) fn gives(
    text: &[u8],
    place: &Range<usize>,
    (name, kind): (&Name, Kind),
    secret: &[u8],
    gap: &Gap,
) -> bool {
    let uuid = secret.last_chunk().is_some_and(loose::is_uuid);
    let kind = if kind == Kind::Pair { Kind::Likely } else { kind };
    let address = secret.len() == 42 && secret.starts_with(b"0x");
    if address || kind == Kind::Weak && name.is_of_no_secret() {
        return false;
    }
    if !Loose::new(0..secret.len(), true).is_certain(secret, Kind::Token) {
        return false;
    }
    let said = match kind {
        Kind::Weak => in_query(text, place),
        Kind::Likely if gap.bare => is_shouted(text, place),
        Kind::Likely => !uuid && !name.is_one_word(),
        _ => is_shouted(text, place),
    };
    said && !uuid || is_near(text, place)
}

/// True when the word right before `run` is the name of a service, or one of its key, and `run` a
/// key or token that stands behind it without any word between: `stripe = "..."`.
pub(crate) fn introduces(text: &[u8], run: &Range<usize>) -> bool {
    let before = text.get(run.start.saturating_sub(BEFORE)..run.start).unwrap_or_default();
    let is_sign = |byte: &&u8| b" \t\"'`=:>(\\".contains(*byte);
    let signs = before.iter().rev().take_while(is_sign).count();
    let (head, signs) = before.split_at(before.len() - signs);
    if text.get(run.end) == Some(&b'}') && in_element(head) {
        return is_certain(text, run);
    }
    let len =
        head.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let (outer, word) = head.split_at(head.len() - len);
    let escaped = outer.last() == Some(&b'\\') && matches!(word, [b'n' | b'r' | b't', ..]);
    let len = len - usize::from(escaped);
    let word = word.get(usize::from(escaped)..).unwrap_or_default();
    if !(3..=LONGEST).contains(&len) || !(1..=8).contains(&signs.len()) {
        return false;
    }
    let secret = text.get(run.clone()).unwrap_or_default();
    if secret.last_chunk().is_some_and(loose::is_uuid) {
        return false;
    }
    let given = signs.iter().any(|byte| matches!(byte, b'=' | b':')) && signs.last() != Some(&b'>');
    let quoted = signs.iter().any(|byte| matches!(byte, b'"' | b'\''));
    // What has the length of a hash is one, more often than not.
    let hash = matches!(secret.len(), 40 | 64) && secret.iter().all(u8::is_ascii_hexdigit);
    let edge = escaped
        || outer.last().is_none_or(|byte| {
            !b"/.@-\\".contains(byte) || *byte == b'.' && signs.first() == Some(&b'(')
        });
    let name = Name::new(word);
    let known = name.as_str().split('_').all(|word| is_known("", word)) && (!hash || quoted);
    let place = run.start - signs.len() - len..run.start - signs.len();
    let key = given
        && match name.kind() {
            Some(Kind::Likely) => true,
            Some(Kind::Pair) => !name.is_one_word(),
            Some(Kind::Weak) => name.is_one_word() && is_near(text, &place),
            _ => false,
        };
    edge && (known || key) && is_certain(text, run)
}

fn is_certain(text: &[u8], run: &Range<usize>) -> bool {
    let secret = text.get(run.clone()).unwrap_or_default();
    Loose::new(0..secret.len(), false).is_certain(secret, Kind::Token)
}

/// True within the braces of an element for a secret, as a server for builds stores one.
fn in_element(head: &[u8]) -> bool {
    let open = head.iter().rposition(|byte| *byte == b'{').unwrap_or_default();
    let tags = [&b"<secret>"[..], b"<password>", b"<apiToken>", b"<token>", b"<privateKey>"];
    head.get(..open).is_some_and(|before| tags.iter().any(|tag| before.ends_with(tag)))
}

/// True when a known service is named in the name at `place`, or shortly before it.
fn is_near(text: &[u8], place: &Range<usize>) -> bool {
    let start = place.start.saturating_sub(BEFORE).max(place.end.saturating_sub(WINDOW));
    let window = text.get(start..place.end).unwrap_or_default();
    let lines = memchr::memrchr_iter(b'\n', window).nth(LINES - 1);
    let window = lines.and_then(|at| window.get(at..)).unwrap_or(window);
    let words = Name::new(window);
    let mut last = "";
    words.as_str().split('_').any(|word| {
        let known = is_known("", word) || is_known(last, word);
        last = word;
        known
    })
}

/// True for the name of a service, which some write in two words.
fn is_known(first: &str, second: &str) -> bool {
    let len = first.len() + second.len();
    let sought = || first.bytes().chain(second.bytes());
    if !(3..=LONGEST).contains(&len) {
        return false;
    }
    // The lines are in order: half of what is left is left out at every step.
    let mut rest = NAMES.as_bytes();
    while let Some(middle) = rest.get(rest.len() / 2..) {
        let end = rest.len() - middle.len();
        let start =
            memchr::memrchr(b'\n', rest.get(..end).unwrap_or_default()).map_or(0, |at| at + 1);
        let line = rest.get(start..).unwrap_or_default();
        let len = memchr::memchr(b'\n', line).unwrap_or(line.len());
        let line = line.get(..len).unwrap_or_default();
        rest = match line.iter().copied().cmp(sought()) {
            Ordering::Equal => return len > 0,
            Ordering::Less => rest.get(start + len + 1..).unwrap_or_default(),
            Ordering::Greater => rest.get(..start.saturating_sub(1)).unwrap_or_default(),
        };
        if rest.is_empty() {
            break;
        }
    }
    false
}

/// True for `KEY` and the like in capitals, as those who write of one key write it.
fn is_shouted(text: &[u8], place: &Range<usize>) -> bool {
    text.get(place.clone()).is_some_and(|name| name.iter().all(u8::is_ascii_uppercase))
}

/// True when the name is a parameter of an address that belongs to a programming interface.
fn in_query(text: &[u8], place: &Range<usize>) -> bool {
    let sign = place.start.checked_sub(1).and_then(|at| text.get(at));
    if !matches!(sign, Some(b'?' | b'&')) {
        return false;
    }
    let before = text.get(place.start.saturating_sub(2 * BEFORE)..place.start).unwrap_or_default();
    let address = before.rsplit(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''));
    address.into_iter().next().is_some_and(|address| {
        [&b"://api."[..], b"/api", b"api.", b"/v1", b"/v2", b"/v3", b"/rest"]
            .iter()
            .any(|sign| memmem::find(address, sign).is_some())
    })
}
