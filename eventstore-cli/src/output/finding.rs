use eventstore_postgres::{Finding, Severity};
use serde::Serialize;

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
            severity: match finding.severity {
                Severity::Notice => "notice",
                Severity::Corruption => "corruption",
            },
            kind: finding.kind.as_str(),
            location: &finding.location,
        }
    }
}
