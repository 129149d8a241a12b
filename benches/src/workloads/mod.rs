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
mod group;
mod growth;
mod idle;
mod live;
mod memory;
mod name;
mod outcome;
mod perform;
mod read;
mod reader;
mod replay;
mod replayer;
mod start;
mod subscriber;
mod workload;

pub(crate) use self::apart::{Apart, Task};
pub(crate) use self::appender::Appender;
pub(crate) use self::catch_up::{entrants as catch_up_entrants, of_pages};
pub(crate) use self::name::WorkloadName;
pub(crate) use self::outcome::Outcome;
pub(crate) use self::perform::perform;
pub(crate) use self::reader::Reader;
pub(crate) use self::replayer::{Replayed, Replayer};
pub(crate) use self::subscriber::unsound;
pub(crate) use self::workload::Workload;

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
            Self::Groups => &group::Groups,
            Self::Growth => &growth::Growth,
            Self::Memory => &memory::Memory,
            Self::Start => &start::Start,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn a_workload_has_the_name_that_chooses_it() {
        for name in WorkloadName::value_variants() {
            let value = name.to_possible_value().unwrap();
            assert_eq!(name.workload().name(), value.get_name());
        }
    }
}
