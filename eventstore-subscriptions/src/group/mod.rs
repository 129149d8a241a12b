//! Groups: the partitions of a subscription, shared by the processes that run it (ADR 67).

mod entrance;
mod feed;
mod gauges;
mod holdings;
mod join;
mod member;
mod ordering_key;
mod partition;
mod partition_lease;
mod projection;
mod request;
mod run;
mod running;
mod sweep;
mod turns;

pub(crate) use feed::PartitionReader;
pub use ordering_key::OrderingKey;
pub use request::Group;
pub(crate) use turns::{PartitionTurns, Turn};
