//! Filtered reads, and searches for a time, that break a rule.

use std::collections::BTreeSet;

use async_trait::async_trait;
use eventstore_core::backend::{NumberedEvent, Page, PageRequest};
use eventstore_core::{
    Direction, EventFilter, EventNumber, EventReader, Result, StreamDirectory, StreamSelector, Timestamp,
};
use eventstore_testkit::MemoryStore;

use crate::mutation::Mutation;

/// Reads what matches by another rule; without a filter, as the store does.
async fn read_by(store: &MemoryStore, request: PageRequest, matches: impl Fn(&NumberedEvent) -> bool) -> Result<Page> {
    if request.filter.is_everything() {
        return store.read_page(request).await;
    }
    let limit = usize::try_from(request.limit).unwrap();
    let everything = PageRequest {
        limit: u32::MAX,
        filter: EventFilter::default(),
        ..request
    };
    let mut page = store.read_page(everything).await?;
    page.events.retain(matches);
    if page.events.len() > limit {
        page.events.truncate(limit);
        page.is_last = false;
        page.scanned_to = page.events.last().map_or(request.from.previous(), |event| event.number);
    }
    Ok(page)
}

pub(crate) struct IgnoresTheFilter;

#[async_trait]
impl Mutation for IgnoresTheFilter {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        read_by(store, request, |_| true).await
    }
}

pub(crate) struct ForgetsAConditionOfSeveral;

#[async_trait]
impl Mutation for ForgetsAConditionOfSeveral {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let conditions = request.filter.conditions();
        let filter = match (conditions.event_types, conditions.category) {
            (Some(types), Some(_)) => EventFilter::default().with_event_types(types.clone())?,
            _ => request.filter.clone(),
        };
        store.read_page(request.with_filter(filter)).await
    }
}

pub(crate) struct TakesNoTypesForAllTypes;

#[async_trait]
impl Mutation for TakesNoTypesForAllTypes {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let has_no_types = request.filter.conditions().event_types.is_some_and(BTreeSet::is_empty);
        let filter = if has_no_types {
            EventFilter::default()
        } else {
            request.filter.clone()
        };
        store.read_page(request.with_filter(filter)).await
    }
}

pub(crate) struct FoldsTheCaseOfAFilter;

#[async_trait]
impl Mutation for FoldsTheCaseOfAFilter {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let filter = request.filter.clone();
        let prefix = filter.conditions().stream_prefix.map(str::to_lowercase);
        read_by(store, request, |event| match &prefix {
            Some(prefix) => event.stream.as_str().to_lowercase().starts_with(prefix),
            None => filter.matches(event),
        })
        .await
    }
}

/// As `LIKE` would: `%` and `_` match other characters.
pub(crate) struct TakesWildcardsInAFilter;

#[async_trait]
impl Mutation for TakesWildcardsInAFilter {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let filter = request.filter.clone();
        let prefix = filter.conditions().stream_prefix;
        read_by(store, request, |event| match prefix {
            Some(prefix) => begins_like(event.stream.as_str(), prefix),
            None => filter.matches(event),
        })
        .await
    }
}

fn begins_like(text: &str, pattern: &str) -> bool {
    let rest = |text: &'_ str| text.chars().skip(1).collect::<String>();
    match pattern.chars().next() {
        None | Some('%') => true,
        Some(wanted) => {
            text.chars()
                .next()
                .is_some_and(|found| wanted == '_' || wanted == found)
                && begins_like(&rest(text), &rest(pattern))
        }
    }
}

pub(crate) struct TakesACategoryForAPrefix;

#[async_trait]
impl Mutation for TakesACategoryForAPrefix {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let filter = match request.filter.conditions().category {
            Some(category) => EventFilter::default().with_stream_prefix(category)?,
            None => request.filter.clone(),
        };
        store.read_page(request.with_filter(filter)).await
    }
}

pub(crate) struct LooksAtTheStreamThatIsRead;

#[async_trait]
impl Mutation for LooksAtTheStreamThatIsRead {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let (filter, selector) = (request.filter.clone(), request.selector.clone());
        read_by(store, request, |event| match &selector {
            StreamSelector::Stream(stream) => {
                let mut event = event.clone();
                event.stream = stream.clone();
                filter.matches(&event)
            }
            StreamSelector::All => filter.matches(event),
        })
        .await
    }
}

pub(crate) struct NumbersFilteredEventsAnew;

#[async_trait]
impl Mutation for NumbersFilteredEventsAnew {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let filter = request.filter.clone();
        let mut page = read_by(store, request, |event| filter.matches(event)).await?;
        if !filter.is_everything() {
            let mut number = EventNumber::ZERO;
            for event in &mut page.events {
                number = number.next();
                event.number = number;
            }
        }
        Ok(page)
    }
}

pub(crate) struct CallsAPageWithoutEventsTheLast;

#[async_trait]
impl Mutation for CallsAPageWithoutEventsTheLast {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let page = store.read_page(request).await?;
        let is_last = page.is_last || page.events.is_empty();
        Ok(Page { is_last, ..page })
    }
}

pub(crate) struct GetsNowhereWithoutEvents;

#[async_trait]
impl Mutation for GetsNowhereWithoutEvents {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let is_forward = request.direction == Direction::Forward;
        let before = request.from.previous();
        let page = store.read_page(request).await?;
        let stays = is_forward && page.events.is_empty() && !page.is_last;
        let scanned_to = if stays { before } else { page.scanned_to };
        Ok(Page { scanned_to, ..page })
    }
}

/// The stream of the selector, as a whole.
async fn all_events(store: &MemoryStore, selector: &StreamSelector) -> Result<Vec<NumberedEvent>> {
    let request = PageRequest::new(selector.clone(), Direction::Forward, EventNumber::FIRST, u32::MAX);
    Ok(store.read_page(request).await?.events)
}

/// As a search by halves does.
pub(crate) struct TakesTimesForAscending;

#[async_trait]
impl Mutation for TakesTimesForAscending {
    async fn number_at(&self, store: &MemoryStore, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let events = all_events(store, selector).await?;
        let index = events.partition_point(|event| event.created_at < at);
        let end = events.last().map_or(EventNumber::ZERO, |event| event.number);
        Ok(events.get(index).map_or(end.next(), |event| event.number))
    }
}

pub(crate) struct TakesTheLastOfEqualTimes;

#[async_trait]
impl Mutation for TakesTheLastOfEqualTimes {
    async fn number_at(&self, store: &MemoryStore, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let events = all_events(store, selector).await?;
        let mut at_that_time = events.iter().filter(|event| event.created_at == at);
        match at_that_time.next_back() {
            Some(event) => Ok(event.number),
            None => store.number_at(selector, at).await,
        }
    }
}

pub(crate) struct GivesTheEndForALaterTime;

#[async_trait]
impl Mutation for GivesTheEndForALaterTime {
    async fn number_at(&self, store: &MemoryStore, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let end = store.stream_info(selector).await?.version.into();
        Ok(store.number_at(selector, at).await?.min(end))
    }
}

/// The last event of a window of so many numbers belongs to no window.
pub(crate) struct LosesTheEventsWhereAScanGoesOn(pub(crate) u64);

#[async_trait]
impl Mutation for LosesTheEventsWhereAScanGoesOn {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let filter = request.filter.clone();
        let is_lost = |event: &NumberedEvent| event.number.get().is_multiple_of(self.0);
        read_by(store, request, |event| filter.matches(event) && !is_lost(event)).await
    }
}

/// A scan examines this many numbers, and takes those for all there are.
pub(crate) struct EndsAScanAfter(pub(crate) u64);

#[async_trait]
impl Mutation for EndsAScanAfter {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let (filter, from) = (request.filter.clone(), request.from);
        let is_forward = request.direction == Direction::Forward;
        let is_in_window = |event: &NumberedEvent| !is_forward || event.number.distance_from(from) < self.0;
        read_by(store, request, |event| filter.matches(event) && is_in_window(event)).await
    }
}
