//! A rule: one type of credential, its anchors (text that it must contain), and how the text
//! around an anchor is verified.

use std::{fmt, ops::Range};

use vigil_proto::{Confidence, Severity};

use crate::{
    class::{Class, WORD},
    shape::{Candidate, Part},
};

/// One type of credential.
pub struct Rule {
    /// The type's word, such as `aws_access_key`: part of masks and of finding ids.
    pub name: &'static str,
    /// The group's word, such as `cloud`.
    pub group: &'static str,
    /// How bad a leak is.
    pub severity: Severity,
    /// How sure the shape alone makes us.
    pub confidence: Confidence,
    /// What it is, for a sentence: "a GitHub personal access token (classic)".
    pub title: &'static str,
    /// True when a mask may show the first and last four characters.
    pub hint: bool,
    pub(crate) anchors: &'static [&'static str],
    pub(crate) matcher: Matcher,
    /// What may not stand before the value.
    pub(crate) left: Class,
    pub(crate) checksum: bool,
    /// True when the anchor is the value's name and no part of the value.
    pub(crate) named: bool,
}

/// How a candidate is verified.
pub(crate) enum Matcher {
    /// By its shape: parts behind the anchor (read away from it) and ahead of it.
    Shape { behind: &'static [Part], ahead: &'static [Part] },
    /// By a function that gives the secret's place.
    Custom(fn(&mut Candidate<'_>) -> Option<Range<usize>>),
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Rule {
    /// The rule `name` of `group`: a value that begins with one of `anchors` and goes on as
    /// `ahead` says. High severity and confidence unless changed.
    pub(crate) const fn new(
        name: &'static str,
        group: &'static str,
        title: &'static str,
        anchors: &'static [&'static str],
        ahead: &'static [Part],
    ) -> Self {
        Self {
            name,
            group,
            severity: Severity::High,
            confidence: Confidence::High,
            title,
            hint: true,
            anchors,
            matcher: Matcher::Shape { behind: &[], ahead },
            left: WORD,
            checksum: false,
            named: false,
        }
    }

    /// A rule whose value is found by a function.
    pub(crate) const fn custom(
        name: &'static str,
        group: &'static str,
        title: &'static str,
        anchors: &'static [&'static str],
        matcher: fn(&mut Candidate<'_>) -> Option<Range<usize>>,
    ) -> Self {
        let mut rule = Self::new(name, group, title, anchors, &[]);
        rule.matcher = Matcher::Custom(matcher);
        rule
    }

    /// A rule whose values have no form to search for: a name before them, or their own check,
    /// makes them one.
    pub(crate) const fn assigned(
        name: &'static str,
        group: &'static str,
        title: &'static str,
    ) -> Self {
        let mut rule = Self::new(name, group, title, &[], &[]);
        rule.confidence = Confidence::Medium;
        rule.hint = false;
        rule
    }

    pub(crate) const fn behind(mut self, parts: &'static [Part]) -> Self {
        if let Matcher::Shape { ahead, .. } = self.matcher {
            self.matcher = Matcher::Shape { behind: parts, ahead };
        }
        self
    }

    pub(crate) const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) const fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    pub(crate) const fn left(mut self, left: Class) -> Self {
        self.left = left;
        self
    }

    pub(crate) const fn checksum(mut self) -> Self {
        self.checksum = true;
        self
    }

    pub(crate) const fn after_anchor(mut self) -> Self {
        self.named = true;
        self
    }

    pub(crate) const fn no_hint(mut self) -> Self {
        self.hint = false;
        self
    }

    /// Every rule there is.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        let bound = crate::assign::BOUND.iter().map(|bound| &bound.rule);
        crate::rules::ALL.iter().copied().flatten().chain(bound)
    }

    /// The rule with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|rule| rule.name == name)
    }
}
