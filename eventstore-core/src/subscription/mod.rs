mod effect;
mod input;
mod key;
mod machine;
#[cfg(test)]
mod machine_model;
#[cfg(test)]
mod machine_tests;
mod progress;
mod settings;

pub use effect::{Effect, EndReason};
pub use input::{Input, Timer};
pub use key::{InvalidSubscriptionName, SubscriptionId, SubscriptionKey, SubscriptionName};
pub use machine::SubscriptionMachine;
pub use progress::{Progress, SubscriptionStatus};
pub use settings::SubscriptionSettings;
