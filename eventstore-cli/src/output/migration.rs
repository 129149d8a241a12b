use serde::Serialize;

use super::table::{TableRow, or_dash};

/// A step in the history of the tables.
#[derive(Serialize)]
pub(crate) struct MigrationRow {
    pub(crate) version: String,
    pub(crate) state: &'static str,
    pub(crate) applied_at: Option<String>,
    pub(crate) description: &'static str,
}

impl TableRow for MigrationRow {
    const HEAD: &'static [&'static str] = &["VERSION", "STATE", "APPLIED AT", "DESCRIPTION"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.version.clone(),
            self.state.to_owned(),
            or_dash(self.applied_at.as_deref()),
            self.description.to_owned(),
        ]
    }
}
