//! What was made of a list so far: its indicators, and what of it was left out and why.

use std::collections::BTreeMap;

use vigil_detect::intel::{Affected, Builder};
use vigil_proto::intel::IntelForm;

/// So many of what was left out are named.
const EXAMPLES: usize = 3;
/// And each as far as this, in characters.
const EXAMPLE_CHARS: usize = 80;

/// Collects what a list says.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) builder: Builder,
    pub(crate) skipped: BTreeMap<String, u64>,
    pub(crate) examples: BTreeMap<String, Vec<String>>,
    /// The form of what was recognised first; the rest must have the same.
    pub(crate) form: Option<IntelForm>,
    /// The day of the newest thing in it.
    pub(crate) newest: Option<String>,
    /// The ecosystem of every package, while it is one.
    pub(crate) ecosystems: Ecosystems,
    /// True where a last line without an end is half a line.
    pub(crate) may_be_cut: bool,
    /// Today, such as `2026-11-26`.
    today: jiff::civil::Date,
}

/// Whose packages a list names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ecosystems {
    /// Nobody's so far.
    #[default]
    None,
    /// This one's alone.
    One(String),
    /// Several ones'.
    Many,
}

impl Gathered {
    /// Nothing yet; `today` is the day from which it is counted how old something is.
    pub(crate) fn new(today: jiff::civil::Date) -> Self {
        Self {
            builder: Builder::default(),
            skipped: BTreeMap::new(),
            examples: BTreeMap::new(),
            form: None,
            newest: None,
            ecosystems: Ecosystems::None,
            may_be_cut: false,
            today,
        }
    }

    /// Whether something of this form belongs here.
    pub(crate) fn is(&mut self, form: IntelForm) -> bool {
        *self.form.get_or_insert(form) == form
    }

    /// Leaves `what` out.
    pub(crate) fn skip(&mut self, why: &'static str, what: &str) {
        *self.skipped.entry(why.to_owned()).or_default() += 1;
        let examples = self.examples.entry(why.to_owned()).or_default();
        if examples.len() < EXAMPLES {
            let visible = what.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
            examples.push(visible.take(EXAMPLE_CHARS).collect());
        }
    }

    /// A package.
    pub(crate) fn package(&mut self, ecosystem: &str, name: &str, id: &str, affected: &Affected) {
        let is_name =
            !name.trim().is_empty() && name.len() <= 300 && !name.chars().any(char::is_control);
        if !is_name || ecosystem.trim().is_empty() {
            return self.skip("strange-name", name);
        }
        if !self.builder.package(ecosystem, name, id, affected) {
            return self.skip("too-many", name);
        }
        let ecosystem = vigil_detect::intel::ecosystem(ecosystem);
        match &self.ecosystems {
            Ecosystems::None => self.ecosystems = Ecosystems::One(ecosystem.into_owned()),
            Ecosystems::One(one) if *one != *ecosystem => self.ecosystems = Ecosystems::Many,
            Ecosystems::One(_) | Ecosystems::Many => {}
        }
    }

    /// Notes the day of something in it, by the beginning of a date.
    pub(crate) fn dated(&mut self, date: &str) {
        let Some(day) = day(date) else { return };
        // Who writes tomorrow's date says nothing of how new a list is.
        if day <= self.today {
            let day = day.to_string();
            if self.newest.as_ref().is_none_or(|newest| *newest < day) {
                self.newest = Some(day);
            }
        }
    }

    /// True when `date` is no further back than so many days. What has no date is old.
    pub(crate) fn is_recent(&self, date: &str, days: i32) -> bool {
        let Some(day) = day(date) else { return false };
        (self.today - day).get_days() <= days
    }
}

fn day(date: &str) -> Option<jiff::civil::Date> {
    date.trim().get(..10)?.parse().ok()
}
