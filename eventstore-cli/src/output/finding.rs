use serde::Serialize;

use super::table::TableRow;
use crate::Finding;

/// A finding as a line of JSON.
#[derive(Serialize)]
pub(super) struct FindingLine<'a> {
    severity: &'static str,
    kind: &'static str,
    #[serde(rename = "where")]
    location: &'a str,
}

impl<'a> From<&'a Finding> for FindingLine<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            severity: finding.severity.as_str(),
            kind: finding.kind,
            location: &finding.location,
        }
    }
}

/// How many findings there are of a kind.
#[derive(Serialize)]
pub(crate) struct FindingsRow {
    pub(crate) severity: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) count: usize,
    /// Where the first one is.
    pub(crate) first: String,
}

impl TableRow for FindingsRow {
    const HEAD: &'static [&'static str] = &["SEVERITY", "KIND", "COUNT", "FIRST"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.severity.to_owned(),
            self.kind.to_owned(),
            self.count.to_string(),
            self.first.clone(),
        ]
    }
}
