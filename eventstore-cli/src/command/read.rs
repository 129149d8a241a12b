use clap::Args;
use eventstore_core::{EventNumber, EventReaderExt, Read as Request, StreamSelector};
use futures_util::TryStreamExt;

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;

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
}

impl Read {
    /// Prints the events.
    pub(crate) async fn run(self, options: &GlobalOptions, mut output: Output) -> Result<(), Failure> {
        let store = backend::connect(options).await?;
        let mut events = store.events(self.request());
        while let Some(event) = events.try_next().await? {
            output.event(&event)?;
        }
        output.flush()
    }

    fn request(self) -> Request {
        let mut request = Request::new(self.stream);
        if self.backward {
            request = request.backward();
        }
        if let Some(number) = self.from {
            request = request.from(number);
        }
        if let Some(count) = self.count {
            request = request.limit(count);
        }
        request
    }
}
