use clap::Args;
use eventstore_core::{Error, EventFilter, EventNumber, EventReader, EventType, StreamSelector, Timestamp};
use uuid::Uuid;

use crate::failure::Failure;

/// Which events of a stream.
#[derive(Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filters {
    /// Only events of this type; may be given several times, for any of them
    #[arg(long = "type", value_name = "T")]
    event_types: Vec<EventType>,
    /// Only events of streams of this category: what comes before the first `-` of a name
    #[arg(long, value_name = "C")]
    category: Option<String>,
    /// Only events of streams whose names begin with this text
    #[arg(long, value_name = "P")]
    prefix: Option<String>,
    /// Only events with this correlation id
    #[arg(long, value_name = "UUID")]
    correlation: Option<Uuid>,
    /// Only from the first event on that happened at this time or later, such as 2024-02-29T12:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    pub(crate) since: Option<Timestamp>,
}

impl Filters {
    /// The filter that they make.
    pub(crate) fn filter(&self) -> Result<EventFilter, Failure> {
        self.refuse_empty()?;
        let mut filter = EventFilter::default();
        if !self.event_types.is_empty() {
            filter = filter.with_event_types(self.event_types.iter().cloned())?;
        }
        if let Some(category) = &self.category {
            filter = filter.with_category(category)?;
        }
        if let Some(prefix) = &self.prefix {
            filter = filter.with_stream_prefix(prefix)?;
        }
        if let Some(id) = self.correlation {
            filter = filter.with_correlation_id(id);
        }
        Ok(filter)
    }

    /// The number of the first event that happened at the time that was given, or later; `None` if none was given.
    pub(crate) async fn first_number<R>(
        &self,
        reader: &R,
        selector: &StreamSelector,
    ) -> Result<Option<EventNumber>, Error>
    where
        R: EventReader + ?Sized,
    {
        match self.since {
            Some(since) => reader.number_at(selector, since).await.map(Some),
            None => Ok(None),
        }
    }

    /// An empty type matches nothing, and an empty prefix everything: neither is what was meant.
    fn refuse_empty(&self) -> Result<(), Failure> {
        let empty = match self {
            _ if self.prefix.as_deref() == Some("") => "--prefix",
            _ if self.event_types.iter().any(|name| name.as_str().is_empty()) => "--type",
            _ => return Ok(()),
        };
        Err(Failure::Usage(format!(
            "{empty} is empty: leave it out to see every event"
        )))
    }
}
