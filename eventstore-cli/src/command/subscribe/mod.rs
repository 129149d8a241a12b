mod run;
mod start;

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;

use clap::Args;
use eventstore_core::{StreamSelector, SubscriptionName, SubscriptionSettings};
use eventstore_subscriptions::{Subscribe as Request, Subscriptions};

use self::run::Run;
use self::start::Start;
use crate::arguments::GlobalOptions;
use crate::at_least_one::at_least_one;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;
use crate::stop_signal::StopSignal;

/// Which subscription to run, and how.
#[derive(Args)]
pub(crate) struct Subscribe {
    /// The name of the subscription; it is created unless it exists
    name: SubscriptionName,
    /// The name of the stream, or '$all' for the events of all streams
    #[arg(long, value_name = "S", default_value = StreamSelector::ALL)]
    stream: StreamSelector,
    /// Where the subscription begins when it is created: `origin`, `current`, or after the event of this number
    #[arg(long, value_name = "START", default_value = "origin", allow_negative_numbers = true)]
    from: Start,
    /// At most this many events are printed and not yet acknowledged [default: 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one::<NonZeroU32>)]
    buffer: Option<NonZeroU32>,
    /// The checkpoint is stored when this many events have been printed since the last one [default: 1]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one::<NonZeroU64>)]
    checkpoint_threshold: Option<NonZeroU64>,
    /// Ends when every event that exists has been printed
    #[arg(long)]
    exit_when_caught_up: bool,
}

impl Subscribe {
    /// Prints and acknowledges events until the program is told to end, or has caught up.
    pub(crate) async fn run(self, options: &GlobalOptions, output: Output) -> Result<(), Failure> {
        let signal = StopSignal::new().map_err(Failure::Start)?;
        let store = backend::connect(options).await?;
        let exit_when_caught_up = self.exit_when_caught_up;
        let subscription = Subscriptions::new(Arc::new(store)).subscribe(self.request())?;
        Run::new(subscription, output, signal, exit_when_caught_up)
            .finish()
            .await
    }

    fn request(self) -> Request {
        let defaults = SubscriptionSettings::default();
        let settings = SubscriptionSettings {
            buffer_size: self.buffer.unwrap_or(defaults.buffer_size),
            checkpoint_threshold: self.checkpoint_threshold.unwrap_or(defaults.checkpoint_threshold),
            ..defaults
        };
        Request::new(self.name, self.stream)
            .start_from(self.from.into())
            .settings(settings)
    }
}
