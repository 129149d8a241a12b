mod effect;
mod group;
mod input;
mod key;
mod machine;
mod partition;
mod progress;
mod settings;
mod subscriber;

pub use effect::{Effect, EndReason};
pub use group::{GroupSettings, InvalidPartitionCount, MemberId, PartitionCount, PartitionNumber, fair_share};
pub use input::{Input, Refusal, Timer};
pub use key::{InvalidSubscriptionName, SubscriptionId, SubscriptionKey, SubscriptionName};
pub use machine::SubscriptionMachine;
pub use partition::{DeliveredEvent, PartitionKey, PartitionedEvent};
pub use progress::{Progress, SubscriptionStatus};
pub use settings::SubscriptionSettings;
pub use subscriber::SubscriberId;
