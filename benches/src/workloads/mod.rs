//! What is measured, a file for each.

mod apart;
mod append;
mod append_and_wait;
mod append_one_stream;
mod appended;
mod appender;
mod catch_up;
mod echo;
mod fan_out;
mod growth;
mod idle;
mod live;
mod memory;
mod outcome;
mod read;
mod reader;
mod replay;
mod replayer;
mod start;
mod subscriber;

use async_trait::async_trait;
use clap::ValueEnum;

pub(crate) use self::apart::perform;
pub(crate) use self::outcome::Outcome;
use crate::bench::Bench;
use crate::error::Result;
use crate::settings::Defaults;

/// Something that users do with an event store.
#[async_trait]
pub(crate) trait Workload: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    fn defaults(&self) -> Defaults;

    async fn run(&self, bench: &mut Bench) -> Result<Outcome>;
}

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
    /// Appends and reads in a small store and in a large one, appends and subscribers beside few and many others
    Growth,
    /// What idle subscriptions cost, and one whose consumer does nothing
    Memory,
    /// Subscriptions to one stream are started together
    Start,
}

impl WorkloadName {
    pub(crate) fn workload(self) -> &'static dyn Workload {
        match self {
            Self::Append => &append::Append,
            Self::AppendOneStream => &append_one_stream::AppendOneStream,
            Self::Read => &read::ReadStreams,
            Self::Replay => &replay::Replay,
            Self::CatchUp => &catch_up::CatchUp,
            Self::Live => &live::Live,
            Self::FanOut => &fan_out::FanOut,
            Self::Growth => &growth::Growth,
            Self::Memory => &memory::Memory,
            Self::Start => &start::Start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_has_the_name_that_chooses_it() {
        for name in WorkloadName::value_variants() {
            let value = name.to_possible_value().unwrap();
            assert_eq!(name.workload().name(), value.get_name());
        }
    }
}
