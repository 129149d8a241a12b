use std::time::Duration;

use clap::Args;
use eventstore_core::{
    Direction, Error, EventNumber, EventReader, Listener, Notifier, PageRequest, RecordedEvent, StreamDirectory,
    StreamSelector,
};
use eventstore_postgres::PostgresStore;
use tokio::time::timeout;

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;
use crate::printer::Printer;
use crate::stop_signal::StopSignal;

/// At most this many events are read at once.
const PAGE: u32 = 1_000;

/// How long to wait for a notification before looking all the same.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which events to follow.
#[derive(Args)]
pub(crate) struct Tail {
    /// The name of the stream, which need not exist yet, or '$all' for the events of all streams
    #[arg(long, value_name = "S", default_value = StreamSelector::ALL)]
    stream: StreamSelector,
}

impl Tail {
    /// Prints the events that come from now on, until the program is told to end.
    pub(crate) async fn run(self, options: &GlobalOptions, output: Output) -> Result<(), Failure> {
        let mut signal = StopSignal::new().map_err(Failure::Start)?;
        let store = backend::connect(options).await?;
        let follower = Follower::start(store, self.stream, output).await?;
        tokio::select! {
            biased;
            () = signal.received() => Ok(()),
            ended = follower.follow() => ended,
        }
    }
}

struct Follower {
    store: PostgresStore,
    selector: StreamSelector,
    listener: Box<dyn Listener>,
    printed: EventNumber,
    printer: Printer,
}

impl Follower {
    async fn start(store: PostgresStore, selector: StreamSelector, output: Output) -> Result<Self, Failure> {
        let listener = store.listen(&selector);
        let printed = match store.stream_info(&selector).await {
            Ok(info) => info.version.into(),
            Err(Error::StreamNotFound { .. }) => EventNumber::from(0),
            Err(error) => return Err(error.into()),
        };
        output.note("waiting for events");
        Ok(Self {
            store,
            selector,
            listener,
            printed,
            printer: Printer::new(output),
        })
    }

    async fn follow(mut self) -> Result<(), Failure> {
        loop {
            let events = self.read().await?;
            if let Some(last) = events.last() {
                self.printed = last.event_number;
                self.printer.print(events).await?;
                continue;
            }
            // A notification that was lost, or a connection, costs no more than the time.
            if let Ok(None) = timeout(PATIENCE, self.listener.hint()).await {
                return Err(Error::StoreClosed.into());
            }
        }
    }

    /// What has come since. A lost connection is made again by the next read.
    async fn read(&mut self) -> Result<Vec<RecordedEvent>, Failure> {
        let selector = self.selector.clone();
        let request = PageRequest::new(selector, Direction::Forward, self.printed.next(), PAGE);
        match self.store.read_page(request).await {
            Ok(page) => Ok(page.events),
            Err(Error::StreamNotFound { .. }) => Ok(Vec::new()),
            Err(error) if error.is_retryable() => {
                self.printer.note(&format!("waiting: {error}"));
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }
}
