use clap::ValueEnum;

/// The name of a workload on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorkloadName {
    /// Each caller appends to a stream of its own
    Append,
    /// All callers append to one stream
    AppendOneStream,
    /// Callers read whole streams of 100 events
    Read,
    /// One reader reads all events lazily
    Replay,
    /// A new subscription catches up with all events
    CatchUp,
    /// Events are appended and come to a subscriber, here and in another process
    Live,
    /// Events are appended and come to many subscribers
    FanOut,
    /// Two members of a group share partitions, whose handlers wait a millisecond
    Groups,
    /// Appends and reads in a small store and in a large one, appends and subscribers beside few and many others
    Growth,
    /// What idle subscriptions cost, and one whose consumer does nothing
    Memory,
    /// Subscriptions to one stream are started together
    Start,
}
