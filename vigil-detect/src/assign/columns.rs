//! Values in the column of a table whose header names them: CSV, Markdown, what a database's or a
//! cluster's client prints.

use std::ops::Range;

use super::{name::Kind, wide::Wide};

/// The longest header.
const HEADER: usize = 240;
/// The longest line of a row.
const ROW: usize = 600;
/// Rows that are looked at.
const ROWS: usize = 24;
/// The most columns.
const COLUMNS: usize = 24;

/// Calls `found` with every certain value below the name at `name`; gives the bytes looked at.
pub(super) fn each(
    text: &[u8],
    name: &Range<usize>,
    kind: Kind,
    mut found: impl FnMut(Range<usize>),
) -> usize {
    if !matches!(kind, Kind::Password | Kind::Secret | Kind::Token | Kind::Likely) {
        return 0;
    }
    let wide = Wide { text, name, kind };
    let Some(header) = Header::around(&wide) else { return 0 };
    let (mut at, mut work, mut rows) = (header.end + 1, HEADER, 0);
    while rows < ROWS
        && let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty())
    {
        let window = rest.get(..rest.len().min(ROW)).unwrap_or_default();
        let len = window.iter().position(|byte| *byte == b'\n').unwrap_or(window.len());
        let row = at..at + len;
        work += len + 1;
        rows += 1;
        at = row.end + 1;
        if is_rule(text.get(row.clone()).unwrap_or_default()) {
            continue;
        }
        let Some(cell) = header.cell(text, &row) else { break };
        if let Some(value) = wide.wrapped(cell) {
            found(value.place().clone());
        }
    }
    work
}

/// A line without a value: blank, or of dashes and bars.
fn is_rule(line: &[u8]) -> bool {
    line.len() > 2 && line.iter().all(|byte| b"-+|=: \t\r".contains(byte))
}

/// The line with the name, and which of its columns has it.
struct Header {
    /// One past its last byte.
    end: usize,
    columns: Columns,
}

enum Columns {
    /// Divided by this byte: which one, and of how many.
    Divided(u8, usize, usize),
    /// By blanks: the column's first byte in a line.
    Aligned(usize),
}

impl Header {
    fn around(wide: &Wide<'_>) -> Option<Self> {
        let (text, name) = (wide.text, wide.name);
        let after =
            wide.over(name.end, |byte| matches!(byte, b'"' | b' ' | b'\t' | b'*' | b'`' | b'\r'));
        let edge = |byte: u8| matches!(byte, b',' | b'|' | b';' | b'\n');
        let blanks = text.get(name.end..after)?;
        let wide_gap = blanks.contains(&b'\t') || blanks.len() > 1;
        if !edge(wide.byte(after)?) && !wide_gap {
            return None;
        }
        let plain =
            |byte: &&u8| byte.is_ascii_alphanumeric() || b" \t_-.,|;\"*`\r/()".contains(byte);
        let window = text.get(name.start.saturating_sub(HEADER)..name.start)?;
        let start = name.start - window.iter().rev().take_while(plain).count();
        if start > 0 && text.get(start - 1) != Some(&b'\n') {
            return None;
        }
        let rest = text.get(name.end..text.len().min(name.end + HEADER))?;
        let end = name.end + rest.iter().take_while(plain).count();
        if text.get(end) != Some(&b'\n') {
            return None;
        }
        let line = text.get(start..end)?;
        let head = text.get(start..name.start)?;
        let divided = [b'|', b'\t', b',', b';'].into_iter().find(|sign| line.contains(sign));
        let columns = match divided {
            Some(sign) => {
                let count = memchr::memchr_iter(sign, line).count();
                let index = memchr::memchr_iter(sign, head).count();
                let cells = line.split(|byte| *byte == sign);
                let titled = cells.filter(|cell| cell.iter().any(u8::is_ascii_alphanumeric));
                let many = titled.count() > 1 && count < COLUMNS;
                many.then_some(Columns::Divided(sign, index, count))?
            }
            None if line.windows(2).any(|two| two == b"  ") => {
                let title = head.windows(2).rposition(|two| two == b"  ").map_or(0, |at| at + 2);
                (head.len() - title < 16).then_some(Columns::Aligned(title))?
            }
            None => return None,
        };
        Some(Self { end, columns })
    }

    /// Where the column's cell begins in the line at `row`.
    fn cell(&self, text: &[u8], row: &Range<usize>) -> Option<usize> {
        let line = text.get(row.clone())?;
        let start = match self.columns {
            Columns::Divided(sign, index, count) => {
                let signs = memchr::memchr_iter(sign, line).count();
                (signs == count).then_some(())?;
                let mut cells = line.split(|byte| *byte == sign);
                let before: usize = cells.by_ref().take(index).map(|cell| cell.len() + 1).sum();
                before
            }
            Columns::Aligned(start) => {
                let edge = start == 0 || line.get(start - 1) == Some(&b' ');
                edge.then_some(start)?
            }
        };
        let blanks = line.get(start..)?.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
        let blanks =
            if matches!(self.columns, Columns::Divided(b'\t', ..)) { 0 } else { blanks.count() };
        Some(row.start + start + blanks)
    }
}
