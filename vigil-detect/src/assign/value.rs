//! The value after a name: where it ends, and whether it is a secret, a reference, or a stand-in.

use std::ops::Range;

use super::{
    gap::Gap,
    name::{Kind, Name},
};
use crate::{
    class::{BASE64, HEX_ANY, URL64},
    decode::decode_base64,
    mask, plausible,
};

/// The longest value that a name alone makes a secret.
const LONGEST: usize = 512;
/// The shortest password; shorter ones are stand-ins in practice.
const PASSWORD: usize = 8;
/// Longer values are encrypted, as the sealed secrets of a cluster are.
const LONGEST_PASSWORD: usize = 96;
/// How far back an address is looked for.
const BEFORE: usize = 256;
/// The shortest key or token.
const TOKEN: usize = 16;

/// The place of the value that begins at `gap`.
pub(super) fn at(text: &[u8], gap: &Gap, kind: Kind) -> Option<Range<usize>> {
    let rest = text.get(gap.start..text.len().min(gap.start + LONGEST))?;
    let len = match gap.quote {
        Some(quote) => quoted_len(rest, quote, gap.depth)?,
        None => match bare_len(rest, gap) {
            len if is_in_address(text, gap.start) => len,
            len => len + tail(rest, len, gap.lone && kind == Kind::Password),
        },
    };
    (6..LONGEST).contains(&len).then(|| gap.start..gap.start + len)
}

/// Up to the closing quote, which has as many backslashes before it as the opening one.
fn quoted_len(rest: &[u8], quote: u8, depth: usize) -> Option<usize> {
    let mut slashes = 0;
    for (i, byte) in rest.iter().enumerate() {
        match byte {
            b'\\' => slashes += 1,
            b'\n' | b'\r' | b' ' => return None,
            b'"' if slashes <= depth => return Some(i - slashes),
            byte if *byte == quote && slashes <= depth => return Some(i - slashes),
            b'n' | b'r' if slashes > depth.max(1) / 2 && slashes % 2 == 1 => return None,
            _ => slashes = 0,
        }
    }
    None
}

fn bare_len(rest: &[u8], gap: &Gap) -> usize {
    let mut len = rest
        .iter()
        .take_while(|byte| {
            !matches!(
                byte,
                0..=b' ' | 0x7f | b'"' | b'\'' | b'`' | b'<' | b'\\' | b';' | b',' | b'&' | b'|'
            )
        })
        .count();
    let value = rest.get(..len).unwrap_or_default();
    let sentence = |byte: &&u8| matches!(**byte, b'.' | b'!' | b'?') && gap.prose;
    len -= value.iter().rev().take_while(sentence).count();
    let value = rest.get(..len).unwrap_or_default();
    let open = value.iter().any(|byte| matches!(byte, b'(' | b'{' | b'['));
    let close = |byte: &&u8| matches!(**byte, b')' | b'}' | b']' | b':') && !open;
    len - value.iter().rev().take_while(close).count()
}

/// What of a bare value stands behind a sign that ends one elsewhere: to the end of the line, where
/// nothing but the value can go on.
/// The password of a line of its own (`alone`) goes on over any sign but one that gives a value.
fn tail(rest: &[u8], len: usize, alone: bool) -> usize {
    let tail = rest.get(len..).unwrap_or_default();
    let [sign, next, ..] = tail else { return 0 };
    if !(matches!(sign, b'&' | b'<' | b'`') || alone && matches!(sign, b';' | b',' | b'|')) {
        return 0;
    }
    let signs = if alone { &b"!#$%&*+-./:?@^_~<`;,|()[]{}>"[..] } else { b"!#$%&*+-./:?@^_~<`" };
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || signs.contains(byte);
    let length = tail.iter().take_while(|byte| is_part(byte)).count();
    let ends =
        matches!(tail.get(length..), Some([] | [b'\n' | b'\r', ..] | [b'\\', b'n' | b'r', ..]));
    let closes = tail.get(..length).and_then(<[u8]>::last);
    let closes = closes.is_some_and(|last| b",;>)]}".contains(last));
    if ends && next.is_ascii_alphanumeric() && !closes { length } else { 0 }
}

/// True when the name before `at` stands in the query of an address, or behind another one.
fn is_in_address(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(BEFORE)..at).unwrap_or_default();
    let word = before.iter().rev().take_while(|byte| !byte.is_ascii_whitespace());
    word.skip(1).any(|byte| matches!(byte, b'?' | b'&' | b'/' | b'='))
}

/// Of a value in which something passes itself off as one of Vigil's masks the longest part, if it
/// is longer than what a mask has; any other value as it is.
pub(super) fn unfeigned(text: &[u8], value: Range<usize>) -> Range<usize> {
    let bytes = text.get(value.clone()).unwrap_or_default();
    let Some(open) = memchr::memmem::find(bytes, mask::OPEN.as_bytes()) else { return value };
    let feigned = bytes.get(open..).unwrap_or_default();
    let close = memchr::memmem::find(feigned, mask::CLOSE.as_bytes());
    let whole = close.and_then(|at| feigned.get(..at + mask::CLOSE.len())).unwrap_or(feigned);
    if mask::is_mask(whole) {
        return value;
    }
    let mut at = value.start;
    let parts = bytes.split(|byte| matches!(byte, b':' | b'[' | b']')).map(|part| {
        let start = at;
        at += part.len() + 1;
        start..start + part.len()
    });
    parts.max_by_key(ExactSizeIterator::len).filter(|part| part.len() > 16).unwrap_or(value)
}

/// True for a variable, a call, a path of names, and what is encrypted.
pub(super) fn is_reference(value: &[u8], gap: &Gap) -> bool {
    let Some(first) = value.first() else { return true };
    if matches!(first, b'$' | b'<' | b'{' | b'[' | b'(' | b'*')
        || value.windows(2).any(|two| {
            matches!(
                two,
                b"${"
                    | b"{{"
                    | b"$("
                    | b"<%"
                    | b"()"
                    | b"::"
                    | b"->"
                    | b"=>"
                    | b"]("
                    | b"]."
                    | b"\\x"
            )
        })
    {
        return true;
    }
    if matches!(first, b'!' | b'%' | b'@' | b'&' | b'.' | b'/' | b'~')
        && !has(value, u8::is_ascii_digit)
    {
        return true;
    }
    let refers = [
        &b"ENC["[..],
        b"~/",
        b"./",
        b"../",
        b"process.env",
        b"os.environ",
        b"os.getenv",
        b"env.",
        b"var.",
        b"vault:",
        b"arn:",
        b"secretref:",
        b"ref+",
        b"file:",
        b"op://",
        b"sops:",
        b"AQICAH",
        b"http://",
        b"https://",
        b"self.",
        b"this.",
        b"config.",
        b"settings.",
        b"secrets.",
        b"data.",
        b"local.",
        b"module.",
        b"sha256",
        b"sha512",
        b"sha1-",
        b"{cipher}",
        b"pbkdf2",
        b"bcrypt",
        b"argon2",
        b"projects/",
        // What services give out to be shown.
        b"pk_live_",
        b"pk_test_",
        b"pk.eyJ",
        b"phc_",
        b"sb_publishable_",
        b"FLWPUBK",
    ];
    let hidden = plausible::is_crossed_out(value) || value.windows(3).any(|three| three == b"___");
    if hidden || refers.iter().any(|start| value.starts_with(start)) {
        return true;
    }
    if is_name_of_secret(value) {
        return true;
    }
    if is_choice(value) {
        return true;
    }
    // Unquoted in code: a call, an index, or a path of names.
    gap.quote.is_none()
        && !gap.prose
        && (has(value, |byte| matches!(byte, b'(' | b'[' | b'{'))
            && !(gap.lone && has_brackets_of_its_own(value))
            || (!gap.exact && !gap.lone && !gap.sure && is_path_of_names(value)))
}

/// `required|min:8`, `string|null`: words of which one holds, no value.
fn is_choice(value: &[u8]) -> bool {
    let word = |byte: &&u8| byte.is_ascii_lowercase() || b"_:?".contains(*byte);
    value.contains(&b'|')
        && value.split(|byte| *byte == b'|').all(|part| {
            let name = part.iter().take_while(word).count();
            let rest = part.get(name..).unwrap_or_default();
            name > 2 && rest.len() < 4 && rest.iter().all(u8::is_ascii_digit)
        })
}

/// True for a value with brackets that are those of no call and of no index: a digit stands before
/// the first one, and none of them ends the value.
fn has_brackets_of_its_own(value: &[u8]) -> bool {
    let bracket = |byte: &u8| matches!(byte, b'(' | b'[' | b'{');
    let first = value.iter().position(bracket).unwrap_or_default();
    let head = value.get(..first).unwrap_or_default();
    has(head, u8::is_ascii_digit)
        && has(value, u8::is_ascii_uppercase)
        && has(value, u8::is_ascii_lowercase)
        && !matches!(value.last(), Some(b')' | b']' | b'}' | b';' | b','))
        && !has(value, |byte| matches!(byte, b'.' | b'"' | b'\''))
}

/// `settings.db.password`, `DB_PASSWORD`: names, no value.
fn is_path_of_names(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'_' | b'?' | b'!'))
}

/// True when the value is itself a name such as `db_password`.
fn is_name_of_secret(value: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    value.len() <= 64
        && value.iter().all(word)
        && Name::new(value).kind().is_some_and(|kind| !matches!(kind, Kind::Weak | Kind::Likely))
}

/// True when documentation's words, one repeated letter or a mask of ours make up the value.
pub(super) fn is_stand_in(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"example",
        b"placeholder",
        b"redacted",
        b"changeme",
        b"change-me",
        b"change_me",
        b"your_",
        b"your-",
        b"yourpass",
        b"yourkey",
        b"insert",
        b"dummy",
        b"replace",
        b"fake",
        b"notreal",
        b"not-real",
        b"sample",
        b"todo",
        b"_here",
        b"-here",
        b"some-secret",
        b"somesecret",
        b"mysecret",
        b"my-secret",
        b"my_secret",
        b"undefined",
        b"password",
        b"passw0rd",
        b"p@ssw0rd",
        b"secret_key",
        b"secretkey",
        b"api_key",
        b"apikey",
        b"token_",
        b"_token",
        b"foobar",
        b"lorem",
        b"1234567",
        b"abcdef",
        b"hunter2",
        b"opensesame",
        b"qwerty",
        b"letmein",
        b"testing",
        b"test-",
        b"test_",
        b"-test",
        b"_test",
        b"masked",
        b"hidden",
        b"unset",
        b"username",
        b"postgres",
        b"default",
    ];
    let folded =
        |word: &[u8]| value.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    // A long random value has a short word in it by chance.
    let counts = |word: &&&[u8]| word.len() >= 6 || value.len() <= 48;
    memchr::memmem::find(value, mask::OPEN.as_bytes()).is_some()
        || WORDS.iter().filter(counts).any(|word| folded(word))
        || !plausible::has_no_run(value)
        || distinct(value) < 5.min(value.len() / 2)
}

/// Whether `value` is a password: some if it is one, true if sure enough to tell of.
pub(super) fn is_password(value: &[u8], gap: &Gap) -> Option<bool> {
    if value.len() < PASSWORD || value.len() > LONGEST_PASSWORD {
        return None;
    }
    let digits = count(value, u8::is_ascii_digit);
    let upper = count(value, u8::is_ascii_uppercase);
    let lower = count(value, u8::is_ascii_lowercase);
    let other = value.len() - digits - upper - lower;
    let signs = count(value, |byte| {
        !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.' | b'/' | b' ' | b':')
    });
    if lower == value.len() && (gap.sure || gap.lone) {
        return is_chosen_word(value, gap.sure);
    }
    if digits == value.len() || (digits == 0 && other == 0 && !mixed(value, upper, lower)) {
        return None;
    }
    if looks_like_a_name(value, digits, signs) || is_uuid(value) && gap.prose {
        return None;
    }
    let letters = value.len() >= 12 && mixed(value, upper, lower);
    let strong = digits > 0 && upper + lower > 0 || signs > 0 && upper > 0 && lower > 0 || letters;
    if gap.prose && !(digits > 0 && (other > 0 || value.len() >= 10) || signs > 0 || letters) {
        return None;
    }
    Some(strong && (signs > 0 || digits >= 2 || value.len() >= 12))
}

/// Whether small letters alone are a password: several words that somebody wrote together, where
/// nothing but a password stands (`sure`) or where a line says no more than that.
fn is_chosen_word(value: &[u8], sure: bool) -> Option<bool> {
    const ENDS: &[&[u8]] = &[
        b"tion", b"ment", b"ness", b"ing", b"ed", b"ly", b"able", b"ible", b"ity", b"ive", b"ful",
        b"ence", b"ance", b"field", b"input", b"value", b"hash", b"string", b"name", b"text",
        b"label", b"error", b"less", b"ized", b"ers", b"ors", b"file", b"prompt", b"manager",
    ];
    const PARTS: &[&[u8]] = &[
        b"secret", b"token", b"passwd", b"pass", b"admin", b"change", b"string", b"value", b"your",
        b"user", b"hidden", b"config", b"valid", b"empty", b"null", b"prompt", b"enter", b"param",
    ];
    let ends = |word: &&[u8]| value.ends_with(word);
    let contains = |part: &&[u8]| memchr::memmem::find(value, part).is_some();
    let shortest = if sure { 10 } else { 12 };
    let word = value.len() < shortest || ENDS.iter().any(ends) || PARTS.iter().any(contains);
    (!word && distinct(value) > 5).then_some(true)
}

/// Whether `value` looks random enough for a key or token.
pub(super) fn is_random(value: &[u8], kind: Kind, gap: &Gap) -> Option<bool> {
    let shortest = if kind == Kind::Secret { PASSWORD + 4 } else { TOKEN };
    if value.len() < shortest {
        return None;
    }
    let digits = count(value, u8::is_ascii_digit);
    let upper = count(value, u8::is_ascii_uppercase);
    let lower = count(value, u8::is_ascii_lowercase);
    let signs = count(value, |byte| {
        !byte.is_ascii_alphanumeric()
            && !matches!(byte, b'-' | b'_' | b'.' | b'/' | b'+' | b'=' | b':' | b'~')
    });
    if digits == value.len()
        || digits + upper + lower == 0
        || is_uuid(value) && (kind == Kind::Bearer || gap.prose)
    {
        return None;
    }
    if signs > 0 && kind != Kind::Secret {
        return None;
    }
    if looks_like_a_name(value, digits, signs) || has(value, |byte| *byte >= 0x80) {
        return None;
    }
    let hex = value.iter().all(|byte| HEX_ANY.has(*byte));
    if hex {
        return (value.len() >= TOKEN && digits >= 3 && digits < value.len())
            .then_some(value.len() >= 24 || (!gap.prose && value.len() - digits >= 3));
    }
    let varied = distinct(value) * 2 >= value.len().min(24);
    let kinds = usize::from(digits > 0)
        + usize::from(upper > 0)
        + usize::from(lower > 0)
        + usize::from(signs > 0);
    (digits >= 2 && kinds >= 2 && varied || kinds >= 3 && varied && mixed(value, upper, lower))
        .then_some(digits > 0 || value.len() >= 20)
}

/// Words with dashes, underscores, dots or slashes between them: `prod-db-password-2`,
/// `WalnutTokenFactory`, `projects/x/secrets/y`. A number of four digits among four parts is a
/// generated password.
fn looks_like_a_name(value: &[u8], digits: usize, signs: usize) -> bool {
    if signs > 0 {
        return false;
    }
    let parts = value.split(|byte| matches!(byte, b' ' | b'-' | b'_' | b'.' | b'/' | b':'));
    let (mut words, mut numbers, mut mixed_parts) = (0, 0, 0);
    for part in parts.filter(|part| !part.is_empty()) {
        let letters = count(part, u8::is_ascii_alphabetic);
        let tall = part.iter().skip(1).filter(|byte| byte.is_ascii_uppercase()).count();
        let small = count(part, u8::is_ascii_lowercase);
        if letters == part.len() && (tall == 0 || small == 0 || part.len() > tall * 4) {
            words += 1;
        } else if letters == 0 {
            numbers += 1;
        } else if part.len() > 3 {
            mixed_parts += 1;
        }
    }
    mixed_parts == 0 && words > 0 && (numbers == 0 || digits < 3)
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && [8, 13, 18, 23].iter().all(|at| value.get(*at) == Some(&b'-'))
        && value.iter().all(|byte| HEX_ANY.has(*byte) || *byte == b'-')
}

/// True for base64 of `user:password`.
pub(super) fn is_pair(value: &[u8]) -> bool {
    let body = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
    if body.len() < 10 || !body.iter().all(|byte| BASE64.or(URL64).has(*byte)) {
        return false;
    }
    decode_base64(body).is_some_and(|pair| {
        let colon = pair.iter().position(|byte| *byte == b':');
        let text = pair.iter().all(|byte| matches!(byte, b' '..=b'~'));
        text && colon.is_some_and(|colon| {
            let password = pair.get(colon + 1..).unwrap_or_default();
            let given = is_password(password, &Gap::after_flag());
            colon > 0 && given == Some(true) && !is_stand_in(password)
        })
    })
}

/// Capitals among small letters other than at the beginnings of words.
fn mixed(value: &[u8], upper: usize, lower: usize) -> bool {
    let changes = value
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()))
        .count();
    upper > 0 && lower > 0 && changes * 5 >= value.len() / 2
}

fn count(value: &[u8], is: impl Fn(&u8) -> bool) -> usize {
    value.iter().filter(|byte| is(byte)).count()
}

fn has(value: &[u8], is: impl Fn(&u8) -> bool) -> bool {
    value.iter().any(is)
}

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in value {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}
