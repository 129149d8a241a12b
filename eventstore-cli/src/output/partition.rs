use eventstore_core::{EventNumber, PartitionInfo};
use serde::Serialize;

use super::table::TableRow;

/// A partition of a group.
#[derive(Serialize)]
pub(crate) struct PartitionRow {
    partition: u16,
    position: u64,
    /// Nothing if there is no event yet.
    lag: Option<u64>,
    parked: u64,
    /// Nothing if no process holds it.
    holder: Option<String>,
}

impl PartitionRow {
    pub(crate) fn new(partition: &PartitionInfo, head: Option<EventNumber>, parked: u64) -> Self {
        Self {
            partition: partition.partition.get(),
            position: partition.checkpoint.get(),
            lag: head.map(|head| head.distance_from(partition.checkpoint)),
            parked,
            holder: partition.holder.as_ref().map(ToString::to_string),
        }
    }
}

impl TableRow for PartitionRow {
    const HEAD: &'static [&'static str] = &["PARTITION", "POSITION", "LAG", "PARKED", "HOLDER"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.partition.to_string(),
            self.position.to_string(),
            self.lag.map_or_else(|| "-".to_owned(), |lag| lag.to_string()),
            self.parked.to_string(),
            self.holder.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    }
}
