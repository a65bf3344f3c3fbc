//! Many texts at once, as lists show them: only the part that is shown is kept.

use rusqlite::{Connection, Row, types::ValueRef};

use super::cut;
use crate::body::Unpacker;

/// Where an event's text is.
#[derive(Clone, Debug, Default)]
pub(super) enum Body {
    /// There is none.
    #[default]
    None,
    /// In its row.
    Here(String),
    /// In a block, under this hash.
    Packed(i64),
}

impl Body {
    /// From the column `body`.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        row.get_ref("body").map(Self::of)
    }

    /// From column number `at`: in a long loop, a name would be searched for each time.
    pub(super) fn read_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        row.get_ref(at).map(Self::of)
    }

    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Integer(hash) => Self::Packed(hash),
            ValueRef::Text(text) => Self::Here(String::from_utf8_lossy(text).into_owned()),
            _ => Self::None,
        }
    }
}

/// What `show` makes of each text, in the order of `wanted`; nothing of a text that is not there.
pub(super) fn shown(
    conn: &Connection,
    bodies: &mut Unpacker,
    wanted: &[Body],
    show: impl Fn(usize, &str) -> String,
) -> rusqlite::Result<Vec<String>> {
    let mut shown = vec![String::new(); wanted.len()];
    let mut packed = Vec::new();
    for (number, (body, slot)) in wanted.iter().zip(&mut shown).enumerate() {
        match body {
            Body::None => {}
            Body::Here(text) => *slot = show(number, text),
            Body::Packed(hash) => packed.push((*hash, number)),
        }
    }
    bodies.each(conn, packed, |number, text| {
        if let Some(slot) = shown.get_mut(number) {
            *slot = show(number, text);
        }
    })?;
    Ok(shown)
}

/// The beginning of each text, at most `chars` characters.
pub(super) fn heads(
    conn: &Connection,
    bodies: &mut Unpacker,
    wanted: &[Body],
    chars: usize,
) -> rusqlite::Result<Vec<String>> {
    shown(conn, bodies, wanted, |_, text| cut::head(text, chars).to_owned())
}

/// The whole text; none where there is none, or none any more.
pub(super) fn whole(
    conn: &Connection,
    bodies: &mut Unpacker,
    body: &Body,
) -> rusqlite::Result<Option<String>> {
    match body {
        Body::None => Ok(None),
        Body::Here(text) => Ok(Some(text.clone())),
        Body::Packed(hash) => bodies.text(conn, *hash),
    }
}
