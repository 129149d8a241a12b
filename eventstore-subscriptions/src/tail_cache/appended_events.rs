use std::collections::VecDeque;
use std::time::Duration;

use eventstore_core::EventNumber;
use eventstore_core::backend::{NumberedEvent, PageRequest, PageRoom};
use tokio::time::Instant;

use super::Epoch;
use super::chunks::size_of;

/// How long an event is served after its append began.
const MAX_AGE: Duration = Duration::from_millis(500);

/// At most this many events are kept.
const MAX_EVENTS: usize = 10_000;

/// At most this many bytes of payloads are kept.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The events that this process has just appended: events of `$all` with consecutive numbers (ADR 36).
#[derive(Debug, Default)]
pub(super) struct AppendedEvents {
    epoch: Epoch,
    events: VecDeque<Appended>,
    bytes: usize,
}

#[derive(Debug)]
struct Appended {
    event: NumberedEvent,
    began_at: Instant,
}

/// The part of a page that this process has just appended; what follows is unknown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) events: Vec<NumberedEvent>,
    /// All other events up to this number do not match.
    pub(crate) up_to: EventNumber,
}

impl AppendedEvents {
    /// Forgets everything if it was appended to the storage before a failover.
    pub(super) fn renew(&mut self, storage_epoch: u64) {
        if self.epoch.renew(storage_epoch) {
            self.clear();
        }
    }

    /// Adds events that join on either side. Events after a gap replace those before it; events that come too late are dropped.
    pub(super) fn add(&mut self, events: &[NumberedEvent], began_at: Instant) {
        self.forget_old();
        if !self.epoch.holds(began_at) {
            return;
        }
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return;
        };
        match self.ends() {
            Some((start, _)) if last.number.next() == start => self.put_before(events, began_at),
            Some((start, _)) if last.number < start => {}
            Some((_, end)) if first.number == end.next() => self.put_after(events, began_at),
            _ => {
                self.clear();
                self.put_after(events, began_at);
            }
        }
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            self.forget_first();
        }
    }

    fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
    }

    fn put_after(&mut self, events: &[NumberedEvent], began_at: Instant) {
        self.bytes += events.iter().map(|event| size_of(event)).sum::<usize>();
        self.events
            .extend(events.iter().cloned().map(|event| Appended { event, began_at }));
    }

    fn put_before(&mut self, events: &[NumberedEvent], began_at: Instant) {
        self.bytes += events.iter().map(|event| size_of(event)).sum::<usize>();
        for event in events.iter().rev().cloned() {
            self.events.push_front(Appended { event, began_at });
        }
    }

    /// The requested events, as far as they join without a gap and their append began after this time.
    pub(super) fn answer(&mut self, request: &PageRequest, since: Instant) -> Option<Part> {
        self.forget_old();
        let (start, _) = self.ends()?;
        let before = request.from.get().checked_sub(start.get())?;
        let mut part = Part {
            events: Vec::new(),
            up_to: request.from.previous(),
        };
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let mut room = PageRoom::of(request);
        let asked_for = self
            .events
            .range(usize::try_from(before).ok()?.min(self.events.len())..);
        // Ends at the first event that is too old and skips none: a part without a gap is all that the subscription may
        // take.
        for Appended { event, .. } in asked_for.take_while(|appended| appended.began_at > since) {
            if request.filter.matches(event) {
                if part.events.len() == limit || !room.admits_event(event) {
                    break;
                }
                part.events.push(event.clone());
            }
            part.up_to = event.number;
        }
        (part.up_to >= request.from).then_some(part)
    }

    fn ends(&self) -> Option<(EventNumber, EventNumber)> {
        let (first, last) = (self.events.front()?, self.events.back()?);
        Some((first.event.number, last.event.number))
    }

    fn forget_old(&mut self) {
        while self
            .events
            .front()
            .is_some_and(|appended| appended.began_at.elapsed() >= MAX_AGE)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(appended) = self.events.pop_front() {
            self.bytes -= size_of(&appended.event);
        }
    }
}
