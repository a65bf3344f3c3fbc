//! What was there before, what is ours, and how the one takes the place of the other: a pure
//! comparison of three values for each setting, and the text that a backup is kept as.

use std::{collections::BTreeMap, fmt, fmt::Write as _};

use super::{Route, SysProxyError, Way};

/// Settings with a value of somebody's choosing, by name.
pub(super) type Values = BTreeMap<&'static str, String>;

/// A setting's name and its value; none is the system's own.
pub(super) type Write<'a> = (&'static str, Option<&'a str>);

/// Settings that can be read and written.
pub(super) trait Place {
    fn way(&self) -> Way;

    fn read(&self) -> Result<Values, SysProxyError>;

    /// Writes in this order.
    fn write(&self, settings: &[Write<'_>]) -> Result<(), SysProxyError>;

    /// What is to be changed, in the order that it is to be written; nothing when this way has
    /// nothing for the route. What is ours in `now` is nobody's original.
    fn plan(&self, route: Route, now: &Values) -> Result<Option<Vec<Change>>, SysProxyError>;
}

/// One setting before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) key: &'static str,
    pub(super) original: Option<String>,
    pub(super) ours: Option<String>,
}

/// What was there before, and what we put in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backup(Vec<(Way, Vec<Change>)>);

/// What came of putting settings back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// Everything is as it was.
    Original,
    /// So is everything but these, which somebody else has changed: they are as that somebody wants.
    LeftAlone(Vec<(Way, &'static str)>),
}

/// What is wrong with a backup's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBackup {
    /// It is none, one that was cut off, or one of a later version.
    #[error("it is no backup that this version has written")]
    Form,
    /// A setting that is not one of those that are changed here.
    #[error("it names a setting that Vigil never changes")]
    Setting,
}

/// The first line; the last is [`END`].
const HEAD: &str = "vigil proxy backup 1";
const END: &str = "end";

impl Backup {
    pub(super) fn add(&mut self, way: Way, changes: Vec<Change>) {
        self.0.push((way, changes));
    }

    pub(super) fn ways(&self) -> impl Iterator<Item = (&Way, &[Change])> {
        self.0.iter().map(|(way, changes)| (way, changes.as_slice()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, changes)| changes.is_empty())
    }

    /// The text to keep.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        for (way, change) in
            self.0.iter().flat_map(|(way, all)| all.iter().map(move |one| (way, one)))
        {
            let (way, service) = match way {
                Way::Gnome => ("gnome", ""),
                Way::Environment => ("environment", ""),
                Way::Service(id) => ("service", id.as_str()),
            };
            let (original, ours) =
                (field(change.original.as_deref()), field(change.ours.as_deref()));
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{way}\t{}\t{}\t{original}\t{ours}",
                field(Some(service)),
                change.key
            );
        }
        text.push_str(END);
        text.push('\n');
        text
    }

    /// The backup of a text that [`Self::to_text`] made.
    ///
    /// # Errors
    /// It is another text, or names a setting that is never changed here.
    pub fn from_text(text: &str) -> Result<Self, BadBackup> {
        let body = text
            .strip_prefix(HEAD)
            .and_then(|rest| rest.strip_prefix('\n'))
            .and_then(|rest| rest.strip_suffix('\n'))
            .and_then(|rest| rest.strip_suffix(END))
            .ok_or(BadBackup::Form)?;
        let mut backup = Self::default();
        for line in body.lines() {
            let (way, change) = parse(line)?;
            match backup.0.last_mut() {
                Some((last, changes)) if *last == way => changes.push(change),
                _ => backup.0.push((way, vec![change])),
            }
        }
        if backup.is_empty() { Err(BadBackup::Form) } else { Ok(backup) }
    }
}

fn parse(line: &str) -> Result<(Way, Change), BadBackup> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [way, service, key, original, ours] = fields.as_slice() else {
        return Err(BadBackup::Form);
    };
    let service = value(service)?.ok_or(BadBackup::Form)?;
    let way = match *way {
        "gnome" => Way::Gnome,
        "environment" => Way::Environment,
        "service" if !service.is_empty() => Way::Service(service),
        _ => return Err(BadBackup::Form),
    };
    let key = super::imp::KEYS
        .iter()
        .find(|(theirs, known)| theirs.is_of(&way) && known == key)
        .map(|(_, known)| *known)
        .ok_or(BadBackup::Setting)?;
    Ok((way, Change { key, original: value(original)?, ours: value(ours)? }))
}

/// Which kind of way a setting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    #[cfg(target_os = "linux")]
    Gnome,
    #[cfg(target_os = "linux")]
    Environment,
    #[cfg(target_os = "macos")]
    Service,
}

impl Kind {
    fn is_of(self, way: &Way) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Self::Gnome => *way == Way::Gnome,
            #[cfg(target_os = "linux")]
            Self::Environment => *way == Way::Environment,
            #[cfg(target_os = "macos")]
            Self::Service => matches!(way, Way::Service(_)),
        }
    }
}

/// A value in one field: `-` is none, `=` begins one.
fn field(value: Option<&str>) -> String {
    let Some(value) = value else {
        return "-".to_owned();
    };
    let mut field = String::from("=");
    for c in value.chars() {
        match c {
            '\\' => field.push_str("\\\\"),
            '\n' => field.push_str("\\n"),
            '\r' => field.push_str("\\r"),
            '\t' => field.push_str("\\t"),
            c => field.push(c),
        }
    }
    field
}

fn value(field: &str) -> Result<Option<String>, BadBackup> {
    if field == "-" {
        return Ok(None);
    }
    let mut value = String::new();
    let mut rest = field.strip_prefix('=').ok_or(BadBackup::Form)?.chars();
    while let Some(c) = rest.next() {
        value.push(match c {
            '\\' => match rest.next() {
                Some('\\') => '\\',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                _ => return Err(BadBackup::Form),
            },
            c => c,
        });
    }
    Ok(Some(value))
}

/// Writes ours and reads it back.
pub(super) fn apply(place: &dyn Place, changes: &[Change]) -> Result<(), SysProxyError> {
    let ours: Vec<Write<'_>> =
        changes.iter().map(|change| (change.key, change.ours.as_deref())).collect();
    place.write(&ours)?;
    confirm(place, &ours)
}

/// Puts back what is still ours, the last written first, and reads it back. What is not ours any more
/// is the answer.
pub(super) fn restore(
    place: &dyn Place,
    changes: &[Change],
) -> Result<Vec<(Way, &'static str)>, SysProxyError> {
    let now = place.read()?;
    let mut left: Vec<&'static str> = changes
        .iter()
        .filter(|change| is_anothers(change, &now))
        .map(|change| change.key)
        .collect();
    // Somebody who has put another address in the place of ours wants it to be used.
    let kept: Vec<&'static str> =
        left.iter().filter_map(|key| super::imp::switch_of(key)).collect();
    let back: Vec<Write<'_>> = changes
        .iter()
        .rev()
        .filter(|change| !left.contains(&change.key) && !kept.contains(&change.key))
        .map(|change| (change.key, change.original.as_deref()))
        .filter(|(key, original)| now.get(key).map(String::as_str) != *original)
        .collect();
    for key in kept {
        if !left.contains(&key) {
            left.push(key);
        }
    }
    if !back.is_empty() {
        place.write(&back)?;
        confirm(place, &back)?;
    }
    Ok(left.into_iter().map(|key| (place.way(), key)).collect())
}

/// Neither what was there nor what we put there.
fn is_anothers(change: &Change, now: &Values) -> bool {
    let now = now.get(change.key);
    now != change.ours.as_ref() && now != change.original.as_ref()
}

fn confirm(place: &dyn Place, written: &[Write<'_>]) -> Result<(), SysProxyError> {
    let now = place.read()?;
    match written.iter().find(|(key, value)| now.get(key).map(String::as_str) != *value) {
        None => Ok(()),
        Some((key, _)) => Err(SysProxyError::NotTaken { way: place.way(), key: (*key).to_owned() }),
    }
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original => f.write_str("everything is as it was"),
            Self::LeftAlone(left) => {
                f.write_str("left as somebody else has set it:")?;
                left.iter().try_for_each(|(_, key)| write!(f, " `{key}`"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
