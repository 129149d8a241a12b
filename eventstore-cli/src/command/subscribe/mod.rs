mod run;
mod start;

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;

use clap::Args;
use eventstore_core::EventStore;
use eventstore_core::{Error, StreamSelector, SubscriptionKey, SubscriptionName, SubscriptionSettings};
use eventstore_subscriptions::{StartFrom, Subscribe as Request, Subscriptions};

use self::run::{Run, Target};
use self::start::Start;
use super::{AllowEmpty, Filters};
use crate::at_least_one::at_least_one;
use crate::failure::Failure;
use crate::output::Output;
use crate::stop_signal::StopSignal;
use crate::{Connector, Purpose};

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
    /// Ends when every event that exists has been printed; fails if the storage does not let it begin for as long as a
    /// connection may take
    #[arg(long)]
    exit_when_caught_up: bool,
    #[command(flatten)]
    allow_empty: AllowEmpty,
    #[command(flatten)]
    filters: Filters,
}

impl Subscribe {
    /// Prints and acknowledges events until the program is told to end, or has caught up.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: Output) -> Result<(), Failure> {
        let signal = StopSignal::new().map_err(Failure::Start)?;
        self.allow_empty.check("the name of the stream", &self.stream)?;
        let filter = self.filters.filter()?;
        let store = Arc::new(connector.connect(Purpose::Calls).await?);
        let start = self.start(&*store).await?;
        let target = Target {
            connector,
            store: Arc::clone(&store),
            key: self.key(),
        };
        let exit_when_caught_up = self.exit_when_caught_up;
        let request = self.request().with_start(start).with_filter(filter);
        let subscription = Subscriptions::new(store).subscribe(request)?;
        Run::new(target, subscription, output, signal, exit_when_caught_up)
            .finish()
            .await
    }

    fn key(&self) -> SubscriptionKey {
        SubscriptionKey {
            selector: self.stream.clone(),
            name: self.name.clone(),
        }
    }

    /// A stream that does not exist has nothing before any time.
    async fn start(&self, store: &impl EventStore) -> Result<StartFrom, Failure> {
        match self.filters.first_number(store, &self.stream).await {
            Ok(Some(number)) => Ok(StartFrom::After(number.previous())),
            Ok(None) => Ok(self.from.into()),
            Err(Error::StreamNotFound { .. }) => Ok(StartFrom::Origin),
            Err(error) => Err(error.into()),
        }
    }

    fn request(self) -> Request {
        let defaults = SubscriptionSettings::default();
        let settings = SubscriptionSettings {
            buffer_size: self.buffer.unwrap_or(defaults.buffer_size),
            checkpoint_threshold: self.checkpoint_threshold.unwrap_or(defaults.checkpoint_threshold),
            ..defaults
        };
        Request::new(self.name, self.stream).with_settings(settings)
    }
}
