use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::message::on_one_line;

/// Something of which several are printed as a table, or as lines of JSON.
pub(crate) trait TableRow: Serialize {
    /// The names of the columns.
    const HEAD: &'static [&'static str];

    /// What stands in the columns.
    fn cells(&self) -> Vec<String>;
}

/// The lines of a table, the head first.
pub(super) fn lines<R: TableRow>(rows: impl IntoIterator<Item = R>) -> Vec<String> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(R::HEAD);
    for row in rows {
        table.add_row(row.cells().iter().map(|cell| on_one_line(cell)));
    }
    table.lines().map(|line| line.trim().to_owned()).collect()
}

/// What stands for nothing in a table.
pub(super) fn or_dash(value: Option<&str>) -> String {
    value.unwrap_or("-").to_owned()
}
