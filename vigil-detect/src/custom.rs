//! What the user adds to Vigil's rules: patterns of their own, what is no secret though a rule says
//! so, and canaries, tokens that were planted to be noticed. Made from the configuration's
//! `[detect]`; without that section it costs nothing.

use std::{fmt, ops::Range};

use vigil_proto::{Confidence, Severity, config::detect::Detect};

use self::{allow::Allowed, canary::Canaries, pattern::Pattern};
use crate::{
    mask::FingerprintKey,
    rule::{Matcher, Rule},
};

mod allow;
pub mod canary;
mod pattern;

/// How the names of the user's rules begin in masks and findings.
pub(crate) const PREFIX: &str = "user_";
/// The most rules, and the most exceptions.
const MOST: usize = 200;
/// The longest name of a rule or a canary.
const LONGEST_NAME: usize = 40;
/// The most digits in a rule's name: masks have it, and no secret is to pass for one.
const MOST_DIGITS: usize = 4;

/// What the user adds.
#[derive(Clone, Debug, Default)]
pub struct Custom {
    rules: Vec<(&'static Rule, Pattern)>,
    allow: Vec<Allowed>,
    canaries: Canaries,
    expired: Vec<String>,
    key: Option<FingerprintKey>,
}

/// What is wrong with the configuration's `[detect]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}`: {message}", path.join("."))]
pub struct BadDetect {
    /// The keys to it, from the outside to the inside, for
    /// [`line_of`](vigil_proto::config::detect::line_of).
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl BadDetect {
    /// The line of the configuration's text that it stands in.
    pub fn line_in(&self, text: &str) -> usize {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        vigil_proto::config::detect::line_of(text, &path)
    }

    fn at(path: &[&str], message: impl fmt::Display, hint: &str) -> Self {
        let path = ["detect"].iter().chain(path).map(|key| (*key).to_owned()).collect();
        Self { path, message: message.to_string(), hint: hint.to_owned() }
    }
}

impl Custom {
    /// Compiles what the configuration says. `today` is the day (`2026-11-26`) by which an
    /// exception may have expired.
    ///
    /// The rules stay in memory as long as the program runs, as all rules do: make it once.
    ///
    /// # Errors
    /// The first thing that is wrong: a pattern that does not compile, is too large or fits the
    /// empty text, an exception without what it excepts or without a reason, a malformed date or
    /// canary.
    pub fn new(detect: &Detect, today: &str) -> Result<Self, BadDetect> {
        let mut custom = Self::default();
        too_many("rules", detect.rules.len())?;
        too_many("allow", detect.allow.len())?;
        too_many("canaries", detect.canaries.len())?;
        for (name, rule) in &detect.rules {
            check_name("rules", name, is_rule)?;
            let pattern = Pattern::specific(&rule.pattern).map_err(|(message, hint)| {
                BadDetect::at(&["rules", name, "pattern"], message, hint)
            })?;
            let title =
                rule.title.clone().unwrap_or_else(|| format!("what your rule `{name}` finds"));
            let name = format!("{PREFIX}{name}");
            custom.rules.push((leaked("user", &name, &title, rule.severity), pattern));
        }
        for (at, allow) in detect.allow.iter().enumerate() {
            let at = at.to_string();
            let allowed = Allowed::new(allow).map_err(|(key, message, hint)| {
                BadDetect::at(&["allow", &at, key], message, hint)
            })?;
            if allowed.expired_on(today) {
                custom.expired.push(allow.reason.clone());
            } else {
                custom.allow.push(allowed);
            }
        }
        for (name, planted) in &detect.canaries {
            check_name("canaries", name, canary::is_name)?;
            custom.canaries.add(name, planted).map_err(|message| {
                let hint = "`vigil canary add` writes this line; do not change it by hand";
                BadDetect::at(&["canaries", name], message, hint)
            })?;
        }
        Ok(custom)
    }

    /// With the installation's key, where the engine has another one: with it canaries were planted.
    #[must_use]
    pub fn with_key(mut self, key: FingerprintKey) -> Self {
        self.key = Some(key);
        self
    }

    /// True when there is nothing to look for and nothing to except.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.allow.is_empty() && self.canaries.is_empty()
    }

    /// The reasons of exceptions that no longer hold.
    pub fn expired(&self) -> &[String] {
        &self.expired
    }

    /// Why `vigil scan` leaves the file at `path` alone, if it does.
    pub fn allows_path(&self, path: &str) -> Option<&str> {
        self.allow.iter().find(|allow| allow.has_path(path)).map(|allow| allow.reason.as_str())
    }

    /// Calls `found` with what the user's rules and canaries find in `text`; gives the bytes that
    /// were looked at.
    pub(crate) fn each(
        &self,
        text: &str,
        key: &FingerprintKey,
        mut found: impl FnMut(&'static Rule, Range<usize>),
    ) -> usize {
        let planted = self.key.as_ref().unwrap_or(key);
        let mut work = self.canaries.each(text, planted, &mut found);
        for (rule, pattern) in &self.rules {
            pattern.each(text, |place| found(rule, place));
            work += text.len();
        }
        work
    }

    /// True when the user says that this value is no secret.
    pub(crate) fn allows(&self, rule: &Rule, value: &str, key: &FingerprintKey) -> bool {
        self.allow.iter().any(|allow| allow.has_value(rule.name, value, key))
    }
}

/// A rule as long-lived as those that are built in.
fn leaked(group: &'static str, name: &str, title: &str, severity: Severity) -> &'static Rule {
    let word = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    Box::leak(Box::new(Rule {
        name: word(name),
        group,
        severity,
        confidence: Confidence::High,
        title: word(title),
        hint: false,
        // Not searched for by the engine's own pass: that it has an anchor says that its values
        // have a form of their own.
        anchors: &["user"],
        matcher: Matcher::Shape { behind: &[], ahead: &[] },
        left: crate::class::NONE,
        checksum: false,
        named: false,
    }))
}

fn too_many(section: &str, count: usize) -> Result<(), BadDetect> {
    if count <= MOST {
        return Ok(());
    }
    let message = format!("{count} are more than the {MOST} that there may be");
    Err(BadDetect::at(&[section], message, "join patterns with `|`, or use a `prefix`"))
}

fn check_name(section: &str, name: &str, fits: fn(&str) -> bool) -> Result<(), BadDetect> {
    if fits(name) {
        return Ok(());
    }
    let hint = match section {
        "rules" => "use small letters, `_`, `-` and up to 4 digits, together at most 40",
        _ => canary::NAMES,
    };
    Err(BadDetect::at(&[section, name], "this is no name for one", hint))
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(fits)
}

/// True for what can be the name of a rule of the user's, without its [`PREFIX`].
pub(crate) fn is_rule(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    is_name(name) && digits <= MOST_DIGITS
}

#[cfg(test)]
mod tests;
