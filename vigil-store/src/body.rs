//! Texts, each stored once by its content and compressed together with its neighbours in
//! blocks. Never sees what a text means.

use std::{collections::HashMap, time::Duration};

use rusqlite::{Connection, OptionalExtension as _, params};
use zstd::bulk::{Compressor, Decompressor};

use crate::spent::timed;

/// Texts up to this many bytes stand in their event's row: a reference would cost as much.
pub(crate) const INLINE: usize = 96;

/// How much text a block gathers before it is compressed, in bytes.
const BLOCK: usize = 128 * 1024;

/// zstd's level; higher ones cost more time than they save room here (see the benchmark).
const LEVEL: i32 = 1;

/// Blocks larger than this are refused when read back: no writer makes them. In bytes.
const LARGEST: usize = 1 << 30;

/// The store's own key of hashes of texts; none before the first text.
pub(crate) fn key(conn: &Connection) -> rusqlite::Result<Option<[u8; 32]>> {
    conn.query_row("SELECT value FROM meta WHERE name = 'body key'", [], |row| row.get(0))
        .optional()
}

/// The whole hash of a text under the store's key.
pub(crate) fn digest(key: &[u8; 32], text: &str) -> [u8; 32] {
    *blake3::keyed_hash(key, text.as_bytes()).as_bytes()
}

/// The number under which the text with this hash is stored.
pub(crate) fn number(digest: &[u8; 32]) -> i64 {
    let mut first = [0; 8];
    first.copy_from_slice(digest.split_at(8).0);
    i64::from_le_bytes(first)
}

/// Gathers texts into the open block of a transaction.
pub(crate) struct Packer {
    key: [u8; 32],
    raw: Vec<u8>,
    block: i64,
    compressor: Compressor<'static>,
    /// Time that went to this.
    pub(crate) spent: Duration,
}

impl Packer {
    /// `key` is the store's own, so that nobody can prepare two texts with one hash.
    pub(crate) fn new(conn: &Connection, key: [u8; 32]) -> rusqlite::Result<Self> {
        let last: i64 =
            conn.query_row("SELECT coalesce(max(id), 0) FROM blocks", [], |row| row.get(0))?;
        let compressor = Compressor::new(LEVEL).map_err(other)?;
        Ok(Self {
            key,
            raw: Vec::with_capacity(BLOCK),
            block: last + 1,
            compressor,
            spent: Duration::ZERO,
        })
    }

    /// The number under which `text` is stored.
    pub(crate) fn hash(&self, text: &str) -> i64 {
        number(&self.digest(text))
    }

    /// The whole hash of `text`.
    pub(crate) fn digest(&self, text: &str) -> [u8; 32] {
        digest(&self.key, text)
    }

    /// Stores `text` under `hash` unless it is there already.
    pub(crate) fn add(&mut self, conn: &Connection, hash: i64, text: &str) -> rusqlite::Result<()> {
        let mut spent = Duration::ZERO;
        let added = timed(&mut spent, || self.put(conn, hash, text));
        self.spent += spent;
        added
    }

    fn put(&mut self, conn: &Connection, hash: i64, text: &str) -> rusqlite::Result<()> {
        let added = conn
            .prepare_cached(
                "INSERT OR IGNORE INTO bodies (hash, block, start, length) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![hash, self.block, signed(self.raw.len()), signed(text.len())])?;
        if added == 0 {
            return Ok(());
        }
        self.raw.extend_from_slice(text.as_bytes());
        if self.raw.len() >= BLOCK { self.flush(conn) } else { Ok(()) }
    }

    /// Rewrites those of the blocks after `after` up to `upto` that hold deleted texts.
    pub(crate) fn sweep_between(
        &mut self,
        conn: &Connection,
        after: i64,
        upto: i64,
    ) -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached(
            "SELECT k.id FROM blocks k WHERE k.id > ? AND k.id <= ? AND k.raw >
                 (SELECT coalesce(sum(b.length), 0) FROM bodies b WHERE b.block = k.id)
             ORDER BY k.id",
        )?;
        let blocks: Vec<i64> = statement
            .query_map([after, upto], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        self.rewrite(conn, &blocks)
    }

    /// Rewrites the blocks that hold deleted texts, or so little that they are worth joining.
    pub(crate) fn sweep(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let mut statement = conn.prepare(
            "SELECT k.id FROM blocks k LEFT JOIN bodies b ON b.block = k.id
             GROUP BY k.id HAVING coalesce(sum(b.length), 0) < k.raw OR k.raw < ?",
        )?;
        let blocks: Vec<i64> = statement
            .query_map([signed(BLOCK / 4)], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        self.rewrite(conn, &blocks)
    }

    /// Moves what these blocks hold to new ones.
    fn rewrite(&mut self, conn: &Connection, blocks: &[i64]) -> rusqlite::Result<()> {
        for block in blocks {
            let block = *block;
            let raw = read_block(conn, block)?;
            let mut kept =
                conn.prepare_cached("SELECT hash, start, length FROM bodies WHERE block = ?")?;
            let kept: Vec<(i64, i64, i64)> = kept
                .query_map([block], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (hash, start, length) in kept {
                let start = unsigned(start).unwrap_or(usize::MAX);
                let end = start.saturating_add(unsigned(length).unwrap_or(0));
                conn.prepare_cached("UPDATE bodies SET block = ?, start = ? WHERE hash = ?")?
                    .execute(params![self.block, signed(self.raw.len()), hash])?;
                self.raw.extend_from_slice(raw.get(start..end).unwrap_or_default());
                if self.raw.len() >= BLOCK {
                    self.flush(conn)?;
                }
            }
            conn.prepare_cached("DELETE FROM blocks WHERE id = ?")?.execute([block])?;
        }
        self.flush(conn)
    }

    /// Writes the open block; to be called before the transaction ends.
    pub(crate) fn flush(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        if self.raw.is_empty() {
            return Ok(());
        }
        let data = self.compressor.compress(&self.raw).map_err(other)?;
        conn.prepare_cached("INSERT INTO blocks (id, raw, data) VALUES (?, ?, ?)")?
            .execute(params![self.block, signed(self.raw.len()), data])?;
        self.block += 1;
        self.raw.clear();
        if self.raw.capacity() > 8 * BLOCK {
            self.raw.shrink_to(BLOCK);
        }
        Ok(())
    }
}

/// Reads texts back, keeping the last few blocks at hand.
#[derive(Default)]
pub(crate) struct Unpacker {
    kept: HashMap<i64, Vec<u8>>,
    bytes: usize,
    zstd: Option<Decompressor<'static>>,
}

/// How many blocks are kept at hand, and how many bytes in all: a text of any length is one block.
const KEPT: usize = 16;
const KEPT_BYTES: usize = 16 * 1024 * 1024;

impl Unpacker {
    /// The text under `hash`; none when it was pruned.
    pub(crate) fn text(
        &mut self,
        conn: &Connection,
        hash: i64,
    ) -> rusqlite::Result<Option<String>> {
        let Some(place) = place(conn, hash)? else { return Ok(None) };
        Ok(self.at(conn, place)?.map(str::to_owned))
    }

    /// Calls `f` with each of these texts that is still there and the number that was given with
    /// its hash. Goes from block to block, so that each is unpacked once.
    pub(crate) fn each(
        &mut self,
        conn: &Connection,
        wanted: impl IntoIterator<Item = (i64, usize)>,
        mut f: impl FnMut(usize, &str),
    ) -> rusqlite::Result<()> {
        let mut places = Vec::new();
        for (hash, number) in wanted {
            places.extend(place(conn, hash)?.map(|place| (place, number)));
        }
        places.sort_unstable();
        for (place, number) in places {
            if let Some(text) = self.at(conn, place)? {
                f(number, text);
            }
        }
        Ok(())
    }

    fn at(&mut self, conn: &Connection, place: Place) -> rusqlite::Result<Option<&str>> {
        if !self.kept.contains_key(&place.block) {
            if self.kept.len() >= KEPT || self.bytes >= KEPT_BYTES {
                self.kept.clear();
                self.bytes = 0;
            }
            let raw = self.unpack(conn, place.block)?;
            self.bytes += raw.len();
            self.kept.insert(place.block, raw);
        }
        let raw = self.kept.get(&place.block).map(Vec::as_slice).unwrap_or_default();
        Ok(unsigned(place.start)
            .and_then(|start| Some(start..start.checked_add(unsigned(place.length)?)?))
            .and_then(|range| raw.get(range))
            .and_then(|bytes| str::from_utf8(bytes).ok()))
    }

    fn unpack(&mut self, conn: &Connection, block: i64) -> rusqlite::Result<Vec<u8>> {
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            empty => empty.insert(Decompressor::new().map_err(other)?),
        };
        unpack(conn, zstd, block)
    }
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpacker").field("kept", &self.kept.len()).finish_non_exhaustive()
    }
}

/// Where a text lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    block: i64,
    start: i64,
    length: i64,
}

fn place(conn: &Connection, hash: i64) -> rusqlite::Result<Option<Place>> {
    conn.prepare_cached("SELECT block, start, length FROM bodies WHERE hash = ?")?
        .query_row([hash], |row| {
            Ok(Place { block: row.get(0)?, start: row.get(1)?, length: row.get(2)? })
        })
        .optional()
}

/// Calls `each` with the number and the whole hash of every text that can be read, block by block;
/// after each block `read` with its number of bytes.
pub(crate) fn digests(
    conn: &Connection,
    key: &[u8; 32],
    mut each: impl FnMut(i64, [u8; 32]),
    mut read: impl FnMut(usize),
) -> rusqlite::Result<()> {
    let mut zstd = Decompressor::new().map_err(other)?;
    let mut blocks = conn.prepare("SELECT id FROM blocks ORDER BY id")?;
    let mut blocks = blocks.query([])?;
    let mut bodies = conn.prepare("SELECT hash, start, length FROM bodies WHERE block = ?")?;
    while let Some(block) = blocks.next()? {
        let block: i64 = block.get(0)?;
        let raw = match unpack(conn, &mut zstd, block) {
            Ok(raw) => raw,
            Err(error) if error.sqlite_error_code().is_none() => {
                tracing::debug!(%error, block, "a block cannot be unpacked");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        let mut texts = bodies.query([block])?;
        while let Some(text) = texts.next()? {
            let number = |column| text.get::<_, i64>(column).ok().and_then(unsigned);
            let bytes = number(1)
                .and_then(|start| Some(start..start.checked_add(number(2)?)?))
                .and_then(|range| raw.get(range));
            if let Some(text_is) = bytes.and_then(|bytes| str::from_utf8(bytes).ok()) {
                each(text.get(0)?, digest(key, text_is));
            }
        }
        read(raw.len());
    }
    Ok(())
}

/// A block's texts, one after the other.
fn read_block(conn: &Connection, block: i64) -> rusqlite::Result<Vec<u8>> {
    unpack(conn, &mut Decompressor::new().map_err(other)?, block)
}

fn unpack(conn: &Connection, zstd: &mut Decompressor<'_>, block: i64) -> rusqlite::Result<Vec<u8>> {
    let found = conn
        .prepare_cached("SELECT raw, data FROM blocks WHERE id = ?")?
        .query_row([block], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?;
    let Some((raw, data)) = found else { return Ok(Vec::new()) };
    let size = unsigned(raw).filter(|size| *size <= LARGEST).unwrap_or(0);
    zstd.decompress(&data, size).map_err(other)
}

fn other(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn unsigned(n: i64) -> Option<usize> {
    usize::try_from(n).ok()
}
