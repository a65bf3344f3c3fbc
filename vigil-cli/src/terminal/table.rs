//! Tables without borders, one row a line, never wrapped: a pipe gets the same as a terminal.

use std::fmt;

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, presets};

/// A table of harmless cells.
pub(crate) struct Table(comfy_table::Table);

/// Columns between two columns.
const GAP: usize = 2;

impl Table {
    /// A table with `columns`; those whose names begin with `>` are aligned to the right.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(columns.iter().map(|name| name.trim_start_matches('>')));
        for (column, name) in table.column_iter_mut().zip(columns) {
            column.set_padding((0, 2));
            if name.starts_with('>') {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self(table)
    }

    /// Adds a row. Cells are escaped here, once more where they already were.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.add_row(cells.into_iter().map(|cell| Cell::new(super::plain(&cell))));
    }

    /// Columns of its longest line.
    pub(crate) fn width(&self) -> usize {
        let widths = self.0.column_max_content_widths();
        let shown = self.0.column_iter().zip(widths).filter(|(column, _)| !column.is_hidden());
        let (n, sum) =
            shown.fold((0_usize, 0), |(n, sum), (_, width)| (n + 1, sum + usize::from(width)));
        sum + GAP * n.saturating_sub(1)
    }

    /// Leaves out columns until it is no wider than `width`, where that is given: those numbered in
    /// `order`, the first ones first.
    pub(crate) fn fit(&mut self, width: Option<usize>, order: &[usize]) {
        let Some(width) = width else { return };
        for number in order {
            if self.width() <= width {
                return;
            }
            if let Some(column) = self.0.column_mut(*number) {
                column.set_constraint(ColumnConstraint::Hidden);
            }
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, line) in self.0.lines().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            f.write_str(line.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({} rows)", self.0.row_count())
    }
}

#[cfg(test)]
mod tests;
