//! OTLP's log records, as far as clients' events need them: `ExportLogsServiceRequest` of
//! <https://opentelemetry.io/docs/specs/otlp/>, written as JSON or as Protobuf. Pure, and bounded in
//! what it keeps whatever it is given.

mod json;
mod protobuf;

use std::borrow::Cow;

/// The most resources in a message, scopes in one of them, and records in one of these.
const GROUPS_MAX: usize = 8;
const SCOPES_MAX: usize = 8;
const RECORDS_MAX: usize = 1024;
/// The most attributes that are kept of one thing.
const ATTRIBUTES_MAX: usize = 128;
/// The most attributes that are kept of one message: several times what 1024 records of a client's
/// have. The records that come when there is no more room for theirs are not read.
const MESSAGE_ATTRIBUTES_MAX: usize = 65_536;

/// How a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Protobuf,
}

/// Not a message of OTLP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a message of OTLP's")]
pub(super) struct Unreadable;

/// What was told in one message.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Logs<'a> {
    pub(super) groups: Vec<Group<'a>>,
    /// Records that were more than are read.
    pub(super) beyond: u64,
}

/// Records of one program.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Group<'a> {
    /// The program.
    pub(super) resource: Attributes<'a>,
    pub(super) records: Vec<Record<'a>>,
}

/// One record.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Record<'a> {
    /// When it happened, in nanoseconds since the epoch; 0 when that is not told.
    pub(super) at: u64,
    /// When it was noticed, as `at`.
    pub(super) observed: u64,
    pub(super) attributes: Attributes<'a>,
}

/// Names and values, in the order in which they were told. What has no name or is a list is none:
/// nothing that is read is such, and it costs two bytes to tell and some fifty to keep.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Attributes<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A list or a map: nothing that is read has any.
    Other,
}

/// Reads the log records of a message.
///
/// # Errors
/// It is not what `form` says.
pub(super) fn logs(form: Form, bytes: &[u8]) -> Result<Logs<'_>, Unreadable> {
    match form {
        Form::Json => json::logs(bytes),
        Form::Protobuf => protobuf::logs(bytes),
    }
}

/// The room for attributes that is left in a message.
#[derive(Debug)]
struct Room {
    left: usize,
    /// One did not fit.
    is_short: bool,
}

impl Room {
    const fn of_a_message() -> Self {
        Self { left: MESSAGE_ATTRIBUTES_MAX, is_short: false }
    }
}

impl<'a> Attributes<'a> {
    /// Adds one that may be read, if there is room for it.
    fn push(&mut self, name: Cow<'a, str>, value: Value<'a>, room: &mut Room) {
        if name.is_empty() || value == Value::Other || self.0.len() >= ATTRIBUTES_MAX {
            return;
        }
        match room.left.checked_sub(1) {
            Some(left) => {
                room.left = left;
                self.0.push((name, value));
            }
            None => room.is_short = true,
        }
    }

    fn value(&self, name: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The text called `name`; nothing when there is none, or it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Value::Text(text) => Some(text.as_ref()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The count called `name`. Clients write counts as numbers and as text.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Value::Int(n) => u64::try_from(*n).ok(),
            Value::Text(text) => text.parse().ok(),
            Value::Float(n) => whole(*n),
            Value::Bool(_) | Value::Other => None,
        }
    }

    /// The number called `name`.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.value(name)? {
            Value::Float(n) => Some(*n),
            Value::Text(text) => text.parse().ok(),
            #[expect(clippy::cast_precision_loss, reason = "amounts are small")]
            Value::Int(n) => Some(*n as f64),
            Value::Bool(_) | Value::Other => None,
        }
        .filter(|n: &f64| n.is_finite())
    }

    /// What is called `name` and is true or false.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// A count that is written with a point.
fn whole(n: f64) -> Option<u64> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and in range"
    )]
    (n.fract() == 0.0 && (0.0..=MOST).contains(&n)).then_some(n as u64)
}

#[cfg(test)]
pub(super) mod tests;
