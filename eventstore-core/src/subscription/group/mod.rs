mod member_id;
mod partition_count;
mod settings;
mod share;

pub use member_id::MemberId;
pub use partition_count::{InvalidPartitionCount, PartitionCount, PartitionNumber};
pub use settings::GroupSettings;
pub use share::fair_share;
