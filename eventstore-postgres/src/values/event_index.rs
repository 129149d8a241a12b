/// An index that a store need not have: each event that it is about costs one more entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventIndex {
    /// By it, reads of all streams find the events of one correlation id without a scan.
    Correlation,
    /// By it, a store finds what an event caused.
    Causation,
}

/// The state of an index that a store need not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexState {
    /// There is no index.
    Absent,
    /// A creation that was cut off left it behind: it costs as much as a valid index, and is of no use.
    Invalid,
    /// The index is valid.
    Valid,
}

impl EventIndex {
    /// Every index that a store need not have.
    pub const ALL: [Self; 2] = [Self::Correlation, Self::Causation];

    /// What the index is called in the schema.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Correlation => "eventstore_events_correlation_id",
            Self::Causation => "eventstore_events_causation_id",
        }
    }
}
