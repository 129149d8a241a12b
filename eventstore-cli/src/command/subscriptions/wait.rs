use std::time::Duration;

use clap::Args;
use eventstore_core::{EventNumber, SubscriptionKey, SubscriptionName};
use eventstore_subscriptions::wait_until;

use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// What to wait for, and how long.
#[derive(Args)]
pub(super) struct Wait {
    /// The name of the subscription
    pub(super) name: SubscriptionName,
    /// The number of the event that is to be acknowledged: `last_position` of a receipt, or `last_version` with --stream
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    number: EventNumber,
    /// How many seconds to wait at most; 0 looks once
    #[arg(long, value_name = "SECONDS", default_value_t = 30, allow_negative_numbers = true)]
    timeout: u64,
}

impl Wait {
    /// Returns once the subscription has reached the number.
    pub(super) async fn run<C: Connector>(
        self,
        key: &SubscriptionKey,
        connector: &C,
        output: &Output,
    ) -> Result<(), Failure> {
        let store = connector.connect(Purpose::Calls).await?;
        let checkpoint = wait_until(&store, key, self.number, Duration::from_secs(self.timeout)).await?;
        output.note(&format!("the subscription has reached event {checkpoint}"));
        Ok(())
    }
}
