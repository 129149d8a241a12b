use serde::Serialize;

use super::columns;
use crate::message::on_one_line;

/// Something of which several are printed as a table, or as lines of JSON.
pub(crate) trait TableRow: Serialize {
    /// The names of the columns.
    const HEAD: &'static [&'static str];

    /// What is in the columns.
    fn cells(&self) -> Vec<String>;
}

/// The lines of a table, the head first, none of them wider than this.
pub(super) fn lines<R: TableRow>(rows: impl IntoIterator<Item = R>, width: Option<usize>) -> Vec<String> {
    let head = R::HEAD.iter().map(|name| (*name).to_owned()).collect();
    let escaped = |row: R| row.cells().iter().map(|cell| on_one_line(cell)).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows.into_iter().map(escaped)).collect();
    let widths = columns::widths(&rows, width);
    rows.iter().map(|row| columns::row(row, &widths, width)).collect()
}

/// What a table shows in place of nothing.
pub(super) fn or_dash(value: Option<&str>) -> String {
    value.unwrap_or("-").to_owned()
}
