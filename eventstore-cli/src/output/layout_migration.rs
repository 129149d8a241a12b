use serde::Serialize;

use super::table::TableRow;

/// What was moved to another layout.
#[derive(Serialize)]
pub(crate) struct LayoutMigrationRow {
    pub(crate) layout: &'static str,
    pub(crate) events: u64,
    pub(crate) links: u64,
    pub(crate) left_out: u64,
    pub(crate) notices: u64,
}

impl TableRow for LayoutMigrationRow {
    const HEAD: &'static [&'static str] = &["LAYOUT", "EVENTS", "LINKS", "LEFT OUT", "NOTICES"];

    fn cells(&self) -> Vec<String> {
        let numbers = [self.events, self.links, self.left_out, self.notices];
        let mut cells = vec![self.layout.to_owned()];
        cells.extend(numbers.map(|number| number.to_string()));
        cells
    }
}
