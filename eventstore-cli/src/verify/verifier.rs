use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU32;

use eventstore_core::EventStore;
use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    Error, EventNumber, EventReaderExt, PageStart, ParkedEvent, Read, Result, StreamInfo, StreamName, StreamQuery,
    StreamSelector, StreamSort, SubscriptionInfo,
};
use futures_util::TryStreamExt;

use super::places::{Misplaced, Places};
use super::{Finding, Observation};

const STREAMS_PER_PAGE: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// How many parked events are listed at once.
const LISTED_AT_ONCE: u32 = 1_000;

/// Reads everything once in the order of `$all`, and once stream by stream, and compares.
pub(super) struct Verifier<'s, B: ?Sized, F> {
    store: &'s B,
    report: F,
    places: Places,
}

/// How a stream was read.
struct Seen {
    last: EventNumber,
    gaps: Vec<(u64, u64)>,
    /// Whether it holds a link, or nothing: then a hard delete explains what is not there.
    may_have_lost_links: bool,
}

impl<'s, B: EventStore + ?Sized, F: FnMut(Observation)> Verifier<'s, B, F> {
    pub(super) fn new(store: &'s B, report: F) -> Self {
        Self {
            store,
            report,
            places: Places::default(),
        }
    }

    pub(super) async fn run(mut self) -> Result<()> {
        // Before the head is known, so that whatever these name is among what is read.
        let streams = self.streams().await?;
        let subscriptions = self.store.list_subscriptions().await?;
        let head = EventNumber::from(self.store.stream_info(&StreamSelector::All).await?.version);
        (self.report)(Observation::Total(head.get() * 2));
        self.check_all(head).await?;
        self.check_orphans(&streams).await?;
        for (stream, info) in &streams {
            self.check_stream(stream, info).await?;
        }
        for subscription in &subscriptions {
            self.check_subscription(subscription).await?;
        }
        Ok(())
    }

    fn notice(&mut self, kind: &'static str, location: String) {
        (self.report)(Observation::Found(Finding::notice(kind, location)));
    }

    fn corruption(&mut self, kind: &'static str, location: String) {
        (self.report)(Observation::Found(Finding::corruption(kind, location)));
    }

    async fn streams(&self) -> Result<BTreeMap<StreamName, StreamInfo>> {
        let mut query = StreamQuery {
            sort: StreamSort::Name,
            page_size: STREAMS_PER_PAGE,
            ..StreamQuery::default()
        };
        let mut streams = BTreeMap::new();
        loop {
            let page = self.store.list_streams(query.clone()).await?.streams;
            let Some(last) = page.last() else { return Ok(streams) };
            query.start = PageStart::After(Box::new(last.clone()));
            for info in page {
                if let StreamSelector::Stream(name) = &info.selector {
                    streams.insert(name.clone(), info);
                }
            }
        }
    }

    /// Reads `$all` up to this position.
    async fn check_all(&mut self, head: EventNumber) -> Result<()> {
        let store = self.store;
        let mut last = EventNumber::ZERO;
        let mut events = store.numbered(Read::all());
        loop {
            match events.try_next().await {
                Ok(Some(event)) if event.number <= head => {
                    self.check_position(&event, last);
                    last = last.max(event.number);
                }
                Ok(_) => break,
                Err(error) => return self.unreadable(&StreamSelector::All, last, error),
            }
        }
        self.notice_gap(last, head.next());
        Ok(())
    }

    fn check_position(&mut self, event: &NumberedEvent, last: EventNumber) {
        let position = event.number;
        (self.report)(Observation::LookedAt(1));
        if position <= last {
            self.corruption("out_of_order", format!("$all, position {position} after {last}"));
        }
        self.notice_gap(last, position);
        match self.places.put(event) {
            Ok(()) => {}
            Err(Misplaced::Repeated) => {
                self.corruption(
                    "repeated_event",
                    format!("$all, position {position}, event {}", event.event_id),
                );
            }
            Err(Misplaced::OutOfOrder) => self.corruption("out_of_order", place(&event.stream, event.stream_version)),
        }
    }

    /// Positions that no event has between these two; a hard delete leaves them.
    fn notice_gap(&mut self, last: EventNumber, next: EventNumber) {
        let (first, end) = (last.get() + 1, next.get());
        if first < end {
            self.notice("position_gap", format!("$all, positions {first} to {}", end - 1));
        }
    }

    /// Events whose stream does not exist. One that was created since the streams were listed does.
    async fn check_orphans(&mut self, streams: &BTreeMap<StreamName, StreamInfo>) -> Result<()> {
        let unlisted = self.places.streams().filter(|(name, _)| !streams.contains_key(name));
        let unlisted: Vec<_> = unlisted.map(|(name, position)| (name.clone(), position)).collect();
        for (name, position) in unlisted {
            match self.store.stream_info(&name.clone().into()).await {
                Ok(_) | Err(Error::StreamDeleted { .. }) => {}
                Err(Error::StreamNotFound { .. }) => {
                    self.corruption("orphan", format!("$all, position {position}, stream {name:?}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn check_stream(&mut self, name: &StreamName, info: &StreamInfo) -> Result<()> {
        let version = EventNumber::from(info.version);
        if let Some((last, _)) = self.places.rest_of(name)
            && EventNumber::from(last) > version
            && self
                .version_of(name)
                .await?
                .is_some_and(|version| EventNumber::from(last) > version)
        {
            self.corruption("version_beyond_head", place(name, last));
        }
        if info.deleted_at.is_some() {
            return Ok(());
        }
        let Some(seen) = self.read_stream(name, version).await? else {
            return Ok(());
        };
        self.check_gaps(name, version, seen);
        match self.places.rest_of(name) {
            Some((last, unread @ 1..)) if EventNumber::from(last) <= version => {
                self.corruption(
                    "missing_events",
                    format!("stream {name:?}, events of $all that it lacks: {unread}"),
                );
            }
            _ => {}
        }
        Ok(())
    }

    /// The version of the stream now; nothing if it is gone.
    async fn version_of(&self, name: &StreamName) -> Result<Option<EventNumber>> {
        match self.store.stream_info(&name.clone().into()).await {
            Ok(info) => Ok(Some(info.version.into())),
            Err(Error::StreamNotFound { .. } | Error::StreamDeleted { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a stream up to this version; nothing if it cannot be read.
    async fn read_stream(&mut self, name: &StreamName, version: EventNumber) -> Result<Option<Seen>> {
        let store = self.store;
        let mut seen = Seen {
            last: EventNumber::ZERO,
            gaps: Vec::new(),
            may_have_lost_links: true,
        };
        let (mut ids, mut holds_only_own) = (HashSet::new(), false);
        let mut events = store.numbered(Read::new(name.clone()));
        loop {
            match events.try_next().await {
                Ok(Some(event)) if event.number <= version => {
                    let is_own = self.check_entry(name, &event, &mut seen);
                    holds_only_own = is_own && (holds_only_own || ids.is_empty());
                    if !ids.insert(event.event_id) {
                        self.corruption("repeated_event", place(name, event.number));
                    }
                }
                Ok(_) => break,
                Err(Error::StreamNotFound { .. } | Error::StreamDeleted { .. }) => return Ok(None),
                Err(error) => return self.unreadable(&name.clone().into(), seen.last, error).map(|()| None),
            }
        }
        seen.may_have_lost_links = !holds_only_own;
        Ok(Some(seen))
    }

    /// Whether the event is the stream's own.
    fn check_entry(&mut self, name: &StreamName, event: &NumberedEvent, seen: &mut Seen) -> bool {
        let number = event.number;
        (self.report)(Observation::LookedAt(1));
        if number <= seen.last {
            self.corruption("out_of_order", place(name, number));
        } else if number > seen.last.next() {
            seen.gaps.push((seen.last.get() + 1, number.get() - 1));
        }
        seen.last = seen.last.max(number);
        let is_own = event.stream == *name;
        if is_own && (number != event.stream_version.into() || !self.places.confirm(event)) {
            self.corruption("misplaced_event", place(name, number));
        } else if !is_own && !self.places.contains(event.event_id) {
            self.corruption("broken_link", place(name, number));
        }
        is_own
    }

    fn check_gaps(&mut self, name: &StreamName, version: EventNumber, mut seen: Seen) {
        if seen.last < version {
            seen.gaps.push((seen.last.get() + 1, version.get()));
        }
        for (first, last) in seen.gaps {
            let location = format!("stream {name:?}, versions {first} to {last}");
            if seen.may_have_lost_links {
                self.notice("link_gap", location);
            } else {
                self.corruption("version_gap", location);
            }
        }
    }

    async fn check_subscription(&mut self, subscription: &SubscriptionInfo) -> Result<()> {
        let SubscriptionInfo { key, record, .. } = subscription;
        let told = format!("subscription {:?} to {:?}", key.name.as_str(), key.selector.as_str());
        match self.store.stream_info(&key.selector).await {
            Ok(info) if record.checkpoint > info.version.into() => {
                self.notice(
                    "checkpoint_beyond_head",
                    format!("{told}, position {}", record.checkpoint),
                );
            }
            Ok(_) | Err(Error::StreamNotFound { .. } | Error::StreamDeleted { .. }) => {}
            Err(error) => return Err(error),
        }
        let mut after = EventNumber::ZERO;
        loop {
            let page = self.store.list_parked(record.id, after, LISTED_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number;
            for ParkedEvent { number, event_id, .. } in &page {
                if !self.places.contains(*event_id) && self.store.find_event(*event_id).await?.is_none() {
                    self.corruption("parked_event_missing", format!("{told}, event {number}"));
                }
            }
        }
    }

    /// An event that cannot be read is damaged, unless the storage is busy or gone.
    fn unreadable(&mut self, stream: &StreamSelector, last: EventNumber, error: Error) -> Result<()> {
        match error {
            Error::Storage { .. } | Error::Payload { .. } => {
                let stream = stream.as_str();
                self.corruption("unreadable", format!("stream {stream:?}, after {last}: {error}"));
                Ok(())
            }
            error => Err(error),
        }
    }
}

fn place(stream: &StreamName, version: impl std::fmt::Display) -> String {
    format!("stream {stream:?}, version {version}")
}
