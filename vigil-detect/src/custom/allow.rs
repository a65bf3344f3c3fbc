//! What is no secret, though a rule says so: by what the value looks like, by its fingerprint, or
//! by the file it stands in.

use regex_automata::meta::Regex;
use vigil_proto::{config::detect::Allow, glob};

use super::pattern::compile;
use crate::mask::FingerprintKey;

/// One exception.
#[derive(Clone, Debug)]
pub(super) struct Allowed {
    pattern: Option<Regex>,
    prefix: Option<String>,
    fingerprint: Option<String>,
    path: Option<String>,
    rule: Option<String>,
    expires: Option<String>,
    pub(super) reason: String,
}

/// Values that have nothing in common.
const ANYTHING: [&str; 3] = ["k3v9q2m7x1z5", "Zq8-_/+=.w9Y~%", "0000 several words 1"];

/// The key that is wrong, what is wrong, and what to do about it.
type Bad = (&'static str, String, &'static str);

impl Allowed {
    pub(super) fn new(allow: &Allow) -> Result<Self, Bad> {
        let pattern = match &allow.pattern {
            Some(pattern) => {
                // By itself first, so that a message speaks of what the user wrote.
                compile(pattern).map_err(|(message, hint)| ("pattern", message, hint))?;
                let whole = compile(&format!("^(?:{pattern})$"));
                let whole = whole.map_err(|(message, hint)| ("pattern", message, hint))?;
                if ANYTHING.iter().all(|value| whole.is_match(*value)) {
                    let hint = "nothing would be told of: say what these values have in common";
                    return Err(("pattern", "the pattern fits every value".to_owned(), hint));
                }
                Some(whole)
            }
            None => None,
        };
        check(allow)?;
        Ok(Self {
            pattern,
            prefix: allow.prefix.clone(),
            fingerprint: allow.fingerprint.clone(),
            path: allow.path.clone(),
            rule: allow.rule.clone(),
            expires: allow.expires.clone(),
            reason: allow.reason.clone(),
        })
    }

    /// True when it held last before `today`; days as `2026-11-26` are in order as texts.
    pub(super) fn expired_on(&self, today: &str) -> bool {
        self.expires.as_deref().is_some_and(|last| last < today)
    }

    /// True when it excepts this value of this rule.
    pub(super) fn has_value(&self, rule: &str, value: &str, key: &FingerprintKey) -> bool {
        let of_rule = self.rule.as_deref().is_none_or(|known| known == rule);
        of_rule
            && (self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(value))
                || self.prefix.as_deref().is_some_and(|prefix| value.starts_with(prefix))
                || self
                    .fingerprint
                    .as_deref()
                    .is_some_and(|known| key.fingerprint(value).to_string() == known))
    }

    /// True when it excepts this file.
    pub(super) fn has_path(&self, path: &str) -> bool {
        self.path.as_deref().is_some_and(|pattern| glob::matches(pattern, path))
    }
}

fn check(allow: &Allow) -> Result<(), Bad> {
    let given = [&allow.pattern, &allow.prefix, &allow.fingerprint, &allow.path];
    if given.iter().filter(|given| given.is_some()).count() != 1 {
        let hint = "give exactly one of `pattern`, `prefix`, `fingerprint` and `path`";
        return Err(("reason", "it does not say what it allows".to_owned(), hint));
    }
    if allow.reason.trim().is_empty() {
        return Err((
            "reason",
            "there is no reason".to_owned(),
            "say why, for whoever reads it later",
        ));
    }
    if allow.path.is_some() && allow.rule.is_some() {
        let hint = "`vigil suppress add --rule` is for findings of one rule in one place";
        return Err(("rule", "a `path` leaves whole files alone".to_owned(), hint));
    }
    if allow.path.as_ref().is_some_and(|path| !glob::is_pattern(path)) {
        let hint = "write a pattern of 1 to 256 characters, such as \"tests/**\"";
        return Err(("path", "this is no pattern of a path".to_owned(), hint));
    }
    if allow.prefix.as_ref().is_some_and(|prefix| prefix.len() < 4) {
        let hint = "say at least four characters";
        return Err(("prefix", "so short a beginning allows too much".to_owned(), hint));
    }
    let hex = |text: &String| {
        text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if allow.fingerprint.as_ref().is_some_and(|fingerprint| !hex(fingerprint)) {
        let hint = "it is the 16 digits at the end of a mask: [[vigil:...:0123456789abcdef]]";
        return Err(("fingerprint", "this is no fingerprint".to_owned(), hint));
    }
    if allow.expires.as_ref().is_some_and(|day| !is_day(day)) {
        let hint = "write the last day on which it holds as \"2027-01-31\"";
        return Err(("expires", "this is no day".to_owned(), hint));
    }
    Ok(())
}

fn is_day(day: &str) -> bool {
    let mut parts = day.split('-');
    let mut part = |len: usize, most: u32| {
        parts.next().is_some_and(|part| {
            let number = part.parse().ok().filter(|number| (1..=most).contains(number));
            part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit()) && number.is_some()
        })
    };
    part(4, 9999) && part(2, 12) && part(2, 31) && parts.next().is_none()
}
