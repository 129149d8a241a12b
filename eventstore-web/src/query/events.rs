use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use eventstore_core::backend::{PageCursor, PageRequest};
use eventstore_core::{Direction, EventFilter, EventNumber, EventStore, StreamSelector, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::problem::Problem;
use crate::view::{EventRow, EventsView};

/// How many events a list has.
const LISTED: u32 = 50;

/// How many bytes of payloads are read for a list, of which it shows the beginnings.
const LISTED_BYTES: NonZeroU64 = NonZeroU64::new(1 << 20).unwrap();

/// How long a list looks for matching events before it shows what it has found.
const PATIENCE: Duration = Duration::from_millis(250);

/// In which order events are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// The newest event first.
    #[default]
    Newest,
    /// The oldest event first.
    Oldest,
}

/// Which events to list, as an address says it.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct EventsParams {
    /// The number of the first event.
    pub(crate) from: Option<String>,
    /// The order of the list.
    pub(crate) order: Order,
    /// Only events of these types, separated by commas.
    pub(crate) types: Option<String>,
    /// Only events of streams of this category.
    pub(crate) category: Option<String>,
    /// Only events of streams whose names begin so.
    pub(crate) prefix: Option<String>,
    /// Only events with this correlation id.
    pub(crate) correlation: Option<String>,
    /// Only events since this time, oldest first.
    pub(crate) since: Option<String>,
}

/// Which events to list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EventsQuery {
    selector: StreamSelector,
    from: Option<u64>,
    order: Order,
    types: Vec<String>,
    category: Option<String>,
    prefix: Option<String>,
    correlation: Option<Uuid>,
    since: Option<String>,
    /// The end of the store that the caller knows: an answer from before it is outdated for this caller.
    known_head: u64,
}

impl EventsParams {
    pub(crate) fn query(&self, selector: StreamSelector) -> Result<EventsQuery, Problem> {
        let given = |text: &Option<String>| {
            text.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let number = |text: String| text.parse().map_err(|error| Problem::invalid("from", error));
        let uuid = |text: String| text.parse().map_err(|error| Problem::invalid("correlation", error));
        let types = given(&self.types).unwrap_or_default();
        let types = types.split(',').map(str::trim).filter(|name| !name.is_empty());
        let since = given(&self.since);
        Ok(EventsQuery {
            selector,
            from: given(&self.from).map(number).transpose()?,
            order: if since.is_some() { Order::Oldest } else { self.order },
            types: types.map(str::to_owned).collect(),
            category: given(&self.category),
            prefix: given(&self.prefix),
            correlation: given(&self.correlation).map(uuid).transpose()?,
            since,
            known_head: 0,
        })
    }
}

impl EventsQuery {
    /// What is listed once the events up to this number are shown, and the end of the store is known to be there: the ones that have
    /// come since, oldest first.
    pub(crate) fn newer_than(self, number: u64, known_head: u64) -> Self {
        Self {
            known_head,
            from: Some(number.saturating_add(1)),
            order: Order::Oldest,
            since: None,
            ..self
        }
    }

    pub(crate) fn order(&self) -> Order {
        self.order
    }

    fn filter(&self) -> Result<EventFilter, Problem> {
        let mut filter = EventFilter::default();
        if !self.types.is_empty() {
            filter = filter.with_event_types(self.types.iter().map(String::as_str))?;
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

    async fn start(&self, store: &dyn EventStore) -> Result<EventNumber, Problem> {
        if let Some(from) = self.from {
            return EventNumber::try_from(from).map_err(|error| Problem::invalid("from", error));
        }
        match (&self.since, self.order) {
            (Some(since), _) => {
                let at: Timestamp = since_time(since)?;
                Ok(store.number_at(&self.selector, at).await?)
            }
            (None, Order::Oldest) => Ok(EventNumber::FIRST),
            (None, Order::Newest) => Ok(EventNumber::MAX),
        }
    }
}

/// A time as a browser's field for one gives it has no zone: it is UTC, like every time on the pages.
fn since_time(text: &str) -> Result<Timestamp, Problem> {
    let with_seconds = if text.len() == "2024-02-29T12:00".len() {
        format!("{text}:00")
    } else {
        text.to_owned()
    };
    let parsed = text.parse().or_else(|_| format!("{with_seconds}Z").parse());
    parsed.map_err(|error: eventstore_core::InvalidTimestamp| Problem::invalid("since", error))
}

/// Lists events. A filter that finds little is looked with for a short time only: the list then says how far it has looked.
pub(crate) async fn read_events(store: &dyn EventStore, query: &EventsQuery) -> Result<EventsView, Problem> {
    let direction = match query.order {
        Order::Newest => Direction::Backward,
        Order::Oldest => Direction::Forward,
    };
    let start = query.start(store).await?;
    let request = PageRequest::new(query.selector.clone(), direction, start, LISTED);
    let request = request.with_max_bytes(LISTED_BYTES).with_filter(query.filter()?);
    let mut cursor = PageCursor::new(request).with_limit(LISTED.into());
    let (mut events, mut examined_to, began_at) = (Vec::new(), start.get(), Instant::now());
    let mut is_last = false;
    while let Some(page) = cursor.read(store).await? {
        events.extend(page.events.iter().map(EventRow::new));
        examined_to = page.scanned_to.get();
        is_last = page.is_last;
        if began_at.elapsed() > PATIENCE {
            break;
        }
    }
    let next = match direction {
        Direction::Forward => Some(examined_to.saturating_add(1)),
        Direction::Backward => examined_to.checked_sub(1).filter(|number| *number > 0),
    };
    Ok(EventsView {
        events,
        next: next.filter(|_| !is_last),
        examined_to,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_utc() {
        for text in ["2024-02-29T12:00", "2024-02-29T12:00:00", "2024-02-29T13:00:00+01:00"] {
            assert_eq!(since_time(text).unwrap().to_string(), "2024-02-29T12:00:00Z", "{text}");
        }
        assert!(since_time("yesterday").unwrap_err().message.contains("since"));
    }

    #[test]
    fn what_is_wrong_in_an_address_is_named() {
        let wrong = |params: EventsParams| params.query(StreamSelector::All).unwrap_err().message;
        let number = EventsParams {
            from: Some("x".to_owned()),
            ..EventsParams::default()
        };
        assert!(wrong(number).contains("from"));
        let id = EventsParams {
            correlation: Some("x".to_owned()),
            ..EventsParams::default()
        };
        assert!(wrong(id).contains("correlation"));
    }
}
