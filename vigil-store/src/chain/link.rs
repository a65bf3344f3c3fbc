//! A link: what it holds, and the head that follows from it and the link before.

use blake3::Hasher;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vigil_proto::{Timestamp, rpc::ChainHead};

/// Where a chain stands: its last link.
///
/// The links are numbered from 1 without a gap, so that `number` is also how many there are: what
/// an anchor calls its count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last link; 0 before the first.
    pub number: u64,
    /// Of how many rows that link speaks.
    pub count: u64,
    /// What follows from it and every link before.
    pub head: ChainHead,
}

impl Default for Head {
    fn default() -> Self {
        Self { number: 0, count: 0, head: ChainHead([0; 32]) }
    }
}

/// Why a link was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Reason {
    /// Something was added, or changed.
    Told = 0,
    /// The store was there before it had a chain: what was found in it.
    AsFound = 1,
    /// Something was deleted because it was too old.
    Age = 2,
    /// Something was deleted because the store was too large.
    Quota = 3,
    /// Not a link but a place: the chain goes on from a file that was damaged and set aside.
    SetAside = 4,
    /// Something was deleted because somebody asked for it.
    Forgotten = 5,
    /// Two events turned out to be one, which has the witnesses of both.
    United = 6,
    /// Texts were masked again by newer rules: of these rows it says anew what else never changes.
    MaskedAgain = 7,
}

impl Reason {
    const ALL: [Self; 8] = [
        Self::Told,
        Self::AsFound,
        Self::Age,
        Self::Quota,
        Self::SetAside,
        Self::Forgotten,
        Self::United,
        Self::MaskedAgain,
    ];

    pub(crate) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }
}

/// One row of `links`.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) number: i64,
    pub(crate) at: i64,
    pub(crate) reason: i64,
    /// The last event number that was given when it was made.
    pub(crate) last_seq: i64,
    pub(crate) count: i64,
    pub(crate) salt: Vec<u8>,
    pub(crate) head: Vec<u8>,
    pub(crate) entries: Vec<u8>,
}

impl Link {
    pub(crate) const COLUMNS: &str =
        "SELECT number, at, reason, last_seq, count, salt, head, entries FROM links";

    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            at: row.get(1)?,
            reason: row.get(2)?,
            last_seq: row.get(3)?,
            count: row.get(4)?,
            salt: row.get(5)?,
            head: row.get(6)?,
            entries: row.get(7)?,
        })
    }

    /// The head that follows from this link and the head `before` it.
    pub(crate) fn follows(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut hasher = Hasher::new_derive_key("vigil audit chain, head of a link");
        hasher.update(before);
        for number in [self.number, self.at, self.reason, self.last_seq, self.count] {
            hasher.update(&number.to_le_bytes());
        }
        for bytes in [&self.salt, &self.entries] {
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        }
        *hasher.finalize().as_bytes()
    }

    pub(crate) fn insert(&self, conn: &Connection) -> rusqlite::Result<()> {
        conn.prepare_cached(
            "INSERT INTO links (number, at, reason, last_seq, count, salt, head, entries)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            self.number,
            self.at,
            self.reason,
            self.last_seq,
            self.count,
            self.salt,
            self.head,
            self.entries,
        ])?;
        Ok(())
    }

    /// The place from which a new file's chain goes on.
    pub(crate) fn set_aside(head: Head, at: Timestamp) -> Self {
        Self {
            number: head.number.cast_signed(),
            at: at.as_micros(),
            reason: Reason::SetAside as i64,
            last_seq: 0,
            count: 0,
            salt: Vec::new(),
            head: head.head.0.to_vec(),
            entries: Vec::new(),
        }
    }
}

/// Where the chain stands. Of a last link that is not as it was written whatever can be read is
/// taken: it is for a verification to say so, not for the writer to stop.
pub(crate) fn last(conn: &Connection) -> rusqlite::Result<Head> {
    let last = conn
        .query_row(
            "SELECT number, count, head FROM links ORDER BY number DESC LIMIT 1",
            [],
            |row| {
                let number: i64 = row.get(0)?;
                let head = row.get_ref(2)?.as_blob().ok().and_then(|head| head.try_into().ok());
                Ok(Head {
                    number: u64::try_from(number).unwrap_or(0),
                    count: row.get::<_, i64>(1).map_or(0, i64::cast_unsigned),
                    head: ChainHead(head.unwrap_or_default()),
                })
            },
        )
        .optional()?;
    Ok(last.unwrap_or_default())
}

/// What stands in the file of one link's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkHead {
    /// This one. Before the first link all is zero.
    Is(ChainHead),
    /// The link was in a damaged file that was set aside; the chain here goes on from a later one.
    Elsewhere,
    /// There is no such link, or none that can be read.
    Missing,
}

/// The head of link `number`, as it stands there.
pub(crate) fn head_of(conn: &Connection, number: u64) -> rusqlite::Result<LinkHead> {
    if number == 0 {
        return Ok(LinkHead::Is(ChainHead([0; 32])));
    }
    let Ok(number) = i64::try_from(number) else { return Ok(LinkHead::Missing) };
    let head: Option<Option<[u8; 32]>> = conn
        .query_row("SELECT head FROM links WHERE number = ?", [number], |row| {
            Ok(row.get_ref(0)?.as_blob().ok().and_then(|head| head.try_into().ok()))
        })
        .optional()?;
    if let Some(head) = head {
        return Ok(head.map_or(LinkHead::Missing, |head| LinkHead::Is(ChainHead(head))));
    }
    let is_before: Option<bool> = conn
        .query_row(
            "SELECT number > ? AND reason = ? FROM links ORDER BY number LIMIT 1",
            params![number, Reason::SetAside as i64],
            |row| row.get(0),
        )
        .optional()?;
    Ok(if is_before == Some(true) { LinkHead::Elsewhere } else { LinkHead::Missing })
}
