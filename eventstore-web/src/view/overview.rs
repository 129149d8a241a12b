use serde::Serialize;
use utoipa::ToSchema;

/// How the store is doing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct OverviewView {
    /// The position of the newest event.
    pub(crate) head: u64,
    /// Whether the storage answers.
    pub(crate) is_up: bool,
    /// Why it does not, if it does not.
    pub(crate) problem: Option<String>,
    /// How long its last answer took, in microseconds.
    pub(crate) answered_in_micros: u64,
    /// How many events a second were appended of late.
    pub(crate) events_per_second: f64,
    /// The greatest lag of a subscription.
    pub(crate) greatest_lag: u64,
    /// How many bytes the store takes on disk, where the storage knows.
    pub(crate) bytes_on_disk: Option<u64>,
    /// How many connections all clients have to the database, where the storage knows.
    pub(crate) connections: Option<u64>,
    /// How many connections the database allows, where the storage knows.
    pub(crate) connection_limit: Option<u64>,
    /// What was measured of late, oldest first.
    pub(crate) samples: Vec<SampleView>,
}

/// What was measured at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub(crate) struct SampleView {
    /// How many seconds ago.
    pub(crate) seconds_ago: u64,
    /// The position of the newest event.
    pub(crate) head: u64,
    /// How many events a second were appended since the sample before.
    pub(crate) events_per_second: f64,
    /// The greatest lag of a subscription.
    pub(crate) greatest_lag: u64,
    /// How many rows a second queries have read since the sample before, where the storage counts them.
    pub(crate) rows_read_per_second: Option<f64>,
    /// How many transactions a second were committed since the sample before, where the storage counts them.
    pub(crate) commits_per_second: Option<f64>,
}
