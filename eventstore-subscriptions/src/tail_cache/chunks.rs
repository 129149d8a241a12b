use std::collections::VecDeque;
use std::time::Duration;

use eventstore_core::backend::{Page, PageRequest, PageRoom};
use eventstore_core::{EventNumber, RecordedEvent, StreamSelector};
use tokio::time::Instant;

use super::Epoch;

/// How long a page is served after it was read.
const MAX_AGE: Duration = Duration::from_millis(500);

/// At most this many events are kept.
const MAX_EVENTS: usize = 20_000;

/// At most this many bytes of payloads are kept; the newest page is kept in any case.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// An unfiltered page of a stream or of `$all`, read forward.
#[derive(Debug)]
pub(super) struct Chunk {
    request: PageRequest,
    page: Page,
    /// When its read began, in the order of all requests and reads: the page has everything committed before that.
    began: u64,
    began_at: Instant,
    bytes: usize,
}

impl Chunk {
    pub(super) fn new(request: PageRequest, page: Page, began: u64, began_at: Instant) -> Self {
        Self {
            bytes: page.events.iter().map(|event| size_of(event)).sum(),
            request,
            page,
            began,
            began_at,
        }
    }

    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    /// Whether the page says what this number of the stream holds.
    fn covers(&self, selector: &StreamSelector, number: EventNumber) -> bool {
        self.request.selector == *selector && (self.request.from..=self.page.scanned_to).contains(&number)
    }

    /// The requested page, if it is a part of this one. Only a read that began after the request can say where the end is.
    pub(super) fn answer(&self, request: &PageRequest, asked: u64) -> Option<Page> {
        let is_empty = self.page.scanned_to < self.request.from;
        let is_fresh = self.began > asked;
        let is_same = (&self.request.selector, self.request.from) == (&request.selector, request.from);
        if !(self.covers(&request.selector, request.from) || is_empty && is_fresh && is_same) {
            return None;
        }
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let first = self.page.events.partition_point(|event| event.number < request.from);
        let mut matching = self.page.events[first..]
            .iter()
            .filter(|event| request.filter.matches(event));
        let mut room = PageRoom::of(request);
        let mut events = Vec::new();
        let is_whole = loop {
            match matching.next() {
                None => break true,
                Some(event) if events.len() < limit && room.admits_event(event) => events.push(event.clone()),
                Some(_) => break false,
            }
        };
        Some(Page {
            scanned_to: match events.last() {
                Some(last) if !is_whole => last.number,
                _ => self.page.scanned_to,
            },
            is_last: is_whole && is_fresh && self.page.is_last,
            events,
        })
    }
}

/// The pages read last, within bounds.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    epoch: Epoch,
    newest_last: VecDeque<Chunk>,
    events: usize,
    bytes: usize,
}

impl Chunks {
    /// A recent page whose read began at or after this time, if one holds what is requested.
    pub(super) fn find(&mut self, request: &PageRequest, asked: u64, since: u64) -> Option<Page> {
        self.forget_old();
        let mut recent = self.newest_last.iter().rev().filter(|chunk| chunk.began > since);
        recent.find_map(|chunk| chunk.answer(request, asked))
    }

    /// The page to read ahead, given that the answer to a request ends with this number: the next page, if there is more, and if a
    /// consumer goes through these pages faster than they are forgotten (ADR 39).
    pub(super) fn next_of(&self, request: &PageRequest, scanned_to: EventNumber) -> Option<PageRequest> {
        let has = |number| {
            self.newest_last
                .iter()
                .any(|chunk| chunk.covers(&request.selector, number))
        };
        let has_more = |chunk: &Chunk| {
            chunk.request.selector == request.selector && chunk.page.scanned_to == scanned_to && !chunk.page.is_last
        };
        let is_next = has(request.from.previous()) && self.newest_last.iter().any(has_more) && !has(scanned_to.next());
        is_next.then(|| PageRequest {
            from: scanned_to.next(),
            ..request.clone()
        })
    }

    /// Forgets everything if it was read from the storage before a failover.
    pub(super) fn renew(&mut self, storage_epoch: u64) {
        if self.epoch.renew(storage_epoch) {
            self.newest_last.clear();
            (self.events, self.bytes) = (0, 0);
        }
    }

    pub(super) fn add(&mut self, chunk: Chunk) {
        self.forget_old();
        if !self.epoch.holds(chunk.began_at) {
            return;
        }
        self.events += chunk.page.events.len();
        self.bytes += chunk.bytes;
        self.newest_last.push_back(chunk);
        while self.newest_last.len() > 1 && (self.events > MAX_EVENTS || self.bytes > MAX_BYTES) {
            self.forget_first();
        }
    }

    fn forget_old(&mut self) {
        while self
            .newest_last
            .front()
            .is_some_and(|chunk| chunk.began_at.elapsed() >= MAX_AGE)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(chunk) = self.newest_last.pop_front() {
            self.events -= chunk.page.events.len();
            self.bytes -= chunk.bytes;
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        (self.events, self.bytes)
    }
}

pub(super) fn size_of(event: &RecordedEvent) -> usize {
    usize::try_from(event.payload_bytes()).unwrap_or(usize::MAX)
}
