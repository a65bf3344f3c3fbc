//! What was masked again leaves the files: texts that nobody refers to, their blocks, words of the
//! search index, and what pages still hold of rows that were moved or replaced.

use rusqlite::Connection;

use super::{Ledger, Piece, Stop};

/// Blocks of one piece.
const BLOCKS: i64 = 64;
/// Pages of the index that are merged in one piece.
const PAGES: i64 = 256;

impl Ledger {
    /// Deletes the texts and the paths that nothing refers to any more.
    pub(super) fn unrefer(&mut self) -> rusqlite::Result<Piece> {
        self.conn.execute_batch(
            "DELETE FROM bodies WHERE hash NOT IN
                 (SELECT body FROM events WHERE typeof(body) = 'integer');
             DELETE FROM paths WHERE id NOT IN (SELECT path FROM touched);",
        )?;
        Ok(Piece::default())
    }

    /// Writes some of the blocks that hold such texts anew, without them.
    pub(super) fn sweep_some(&mut self, after: i64, last: i64) -> rusqlite::Result<Piece> {
        let upto: Option<i64> = self.conn.query_row(
            "SELECT max(id) FROM
                 (SELECT id FROM blocks WHERE id > ? AND id <= ? ORDER BY id LIMIT ?)",
            [after, last, BLOCKS],
            |row| row.get(0),
        )?;
        if let Some(upto) = upto {
            self.state.packer.sweep_between(&self.conn, after, upto)?;
        }
        Ok(Piece { after: upto, ..Piece::default() })
    }

    /// Merges some of the search index: words of a row that was replaced stay until then.
    pub(super) fn merge_words(&mut self, after: i64) -> rusqlite::Result<Piece> {
        let before = self.conn.total_changes();
        let pages = if after == i64::MIN { -PAGES } else { PAGES };
        self.conn
            .prepare_cached("INSERT INTO search (search, rank) VALUES ('merge', ?)")?
            .execute([pages])?;
        // The order itself counts as a change.
        let is_over = self.conn.total_changes().saturating_sub(before) < 2;
        Ok(Piece { after: (!is_over).then_some(0), ..Piece::default() })
    }

    /// Writes the whole database anew. Pages keep the bytes of rows that were moved to others when
    /// a tree was balanced, which overwriting what is deleted does not reach.
    pub(super) fn rebuild(&mut self, stop: &Stop) -> rusqlite::Result<()> {
        let folder = self.path.parent().map(|folder| folder.display().to_string());
        // The copy that is made in between may be larger than memory has room for.
        let beside = folder
            .map_or(Ok(()), |folder| self.conn.pragma_update(None, "temp_store_directory", folder));
        if let Err(error) = beside {
            tracing::debug!(%error, "the copy is made in the system's temporary folder");
        }
        *stop.running() = Some(self.conn.get_interrupt_handle());
        let rebuilt = self.conn.execute_batch("PRAGMA temp_store = FILE; VACUUM;");
        *stop.running() = None;
        if let Err(error) = as_before(&self.conn) {
            tracing::debug!(%error, "temporary tables are kept in files");
        }
        rebuilt
    }
}

fn as_before(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA temp_store_directory = '';")
}
