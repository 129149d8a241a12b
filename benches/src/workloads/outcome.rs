use serde_json::{Map, Value};

use crate::measure::Comparison;

/// What a workload has found.
pub(crate) struct Outcome {
    pub(crate) comparison: Comparison,
    /// Of a process of its own, if the workload needs one.
    pub(crate) peak_rss_mb: Option<f64>,
    /// What only this workload tells.
    pub(crate) details: Map<String, Value>,
}

impl Outcome {
    pub(crate) fn of(comparison: Comparison) -> Self {
        Self {
            comparison,
            peak_rss_mb: None,
            details: Map::new(),
        }
    }

    #[must_use]
    pub(crate) fn with_detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}
