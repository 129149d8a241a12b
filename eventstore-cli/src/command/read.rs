use clap::Args;
use eventstore_core::{Direction, EventNumber, EventReaderExt, Read as Request, StreamSelector};
use futures_util::TryStreamExt;

use super::{AllowEmpty, Filters};
use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// Which events to print.
#[derive(Args)]
pub(crate) struct Read {
    /// The name of the stream, or '$all' for the events of all streams
    stream: StreamSelector,
    /// The number of the first event to print [default: the first one; backward, the last one]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    from: Option<EventNumber>,
    /// Prints at most this many events
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    count: Option<u64>,
    /// Prints the newest event first
    #[arg(long)]
    backward: bool,
    #[command(flatten)]
    allow_empty: AllowEmpty,
    #[command(flatten)]
    filters: Filters,
}

impl Read {
    /// Prints the events.
    pub(crate) async fn run<C: Connector>(self, connector: &C, mut output: Output) -> Result<(), Failure> {
        self.allow_empty.check("the name of the stream", &self.stream)?;
        let request = self.request()?;
        let store = connector.connect(Purpose::Calls).await?;
        let first = self.filters.first_number(&store, &self.stream).await?;
        let request = match first {
            Some(first) if !self.backward => request.with_start(first),
            _ => request,
        };
        let mut events = store.numbered(request);
        while let Some(event) = events.try_next().await? {
            if first.is_some_and(|first| event.number < first) {
                break;
            }
            output.event(&event)?;
        }
        output.flush()
    }

    fn request(&self) -> Result<Request, Failure> {
        let mut request = Request::new(self.stream.clone()).with_filter(self.filters.filter()?);
        if self.backward {
            request = request.with_direction(Direction::Backward);
        }
        if let Some(number) = self.from {
            request = request.with_start(number);
        }
        if let Some(count) = self.count {
            request = request.with_limit(count);
        }
        Ok(request)
    }
}
