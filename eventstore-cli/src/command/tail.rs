use std::time::Duration;

use clap::Args;
use eventstore_core::backend::{Listener, Page, PageRequest};
use eventstore_core::{Direction, Error, EventFilter, EventNumber, EventStore, StreamSelector};
use tokio::time::timeout;

use super::{AllowEmpty, Filters};
use crate::failure::Failure;
use crate::output::Output;
use crate::printer::Printer;
use crate::stop_signal::StopSignal;
use crate::{Connector, Purpose};

/// At most this many events are read at once.
const PAGE: u32 = 1_000;

/// How long to wait for a notification before reading without one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which events to follow.
#[derive(Args)]
pub(crate) struct Tail {
    /// The name of the stream, which need not exist yet, or '$all' for the events of all streams
    #[arg(long, value_name = "S", default_value = StreamSelector::ALL)]
    stream: StreamSelector,
    /// Prints the events after this number first
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    from: Option<EventNumber>,
    #[command(flatten)]
    allow_empty: AllowEmpty,
    #[command(flatten)]
    filters: Filters,
}

impl Tail {
    /// Prints the events that come from now on, until the program is told to end.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: Output) -> Result<(), Failure> {
        let mut signal = StopSignal::new().map_err(Failure::Start)?;
        self.allow_empty.check("the name of the stream", &self.stream)?;
        let filter = self.filters.filter()?;
        let store = connector.connect(Purpose::Calls).await?;
        let follower = self.follower(store, filter, output).await?;
        tokio::select! {
            biased;
            () = signal.received() => Ok(()),
            ended = follower.follow() => ended,
        }
    }

    async fn follower<B: EventStore>(
        self,
        store: B,
        filter: EventFilter,
        output: Output,
    ) -> Result<Follower<B>, Failure> {
        let listener = store.listen(&self.stream);
        let seen = match self.seen(&store).await {
            Ok(seen) => seen,
            Err(Error::StreamNotFound { .. }) => EventNumber::ZERO,
            Err(error) => return Err(error.into()),
        };
        output.note("waiting for events");
        Ok(Follower {
            store,
            selector: self.stream,
            filter,
            listener,
            seen,
            printer: Printer::new(output),
        })
    }

    /// After which number to begin.
    async fn seen(&self, store: &impl EventStore) -> Result<EventNumber, Error> {
        if let Some(number) = self.filters.first_number(store, &self.stream).await? {
            return Ok(number.previous());
        }
        match self.from {
            Some(number) => Ok(number),
            None => Ok(store.stream_info(&self.stream).await?.version.into()),
        }
    }
}

struct Follower<B> {
    store: B,
    selector: StreamSelector,
    filter: EventFilter,
    listener: Box<dyn Listener>,
    /// Everything up to here was printed, or does not match.
    seen: EventNumber,
    printer: Printer,
}

impl<B: EventStore> Follower<B> {
    async fn follow(mut self) -> Result<(), Failure> {
        loop {
            if let Some(page) = self.read().await? {
                self.seen = self.seen.max(page.scanned_to);
                if !page.events.is_empty() {
                    self.printer.print(page.events).await?;
                }
                if !page.is_last {
                    continue;
                }
            }
            // A lost notification, or a lost connection, costs only this time.
            if let Ok(None) = timeout(PATIENCE, self.listener.hint()).await {
                return Err(Failure::EndedUnexpectedly);
            }
        }
    }

    /// The events since the last read; none if they cannot be read now. The next read makes a lost connection again.
    async fn read(&mut self) -> Result<Option<Page>, Failure> {
        let request = PageRequest::new(self.selector.clone(), Direction::Forward, self.seen.next(), PAGE);
        match self.store.read_page(request.with_filter(self.filter.clone())).await {
            Ok(page) => Ok(Some(page)),
            Err(Error::StreamNotFound { .. }) => Ok(None),
            Err(error) if error.is_retryable() => {
                self.printer.note(&format!("waiting: {error}"));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
