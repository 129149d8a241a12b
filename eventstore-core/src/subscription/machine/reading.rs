use std::mem;
use std::num::NonZeroU64;
use std::time::Duration;

use super::load::Load;
use crate::backend::Hint;
use crate::{EventNumber, SubscriptionSettings};

/// This many reads in a row may find nothing of what hints announced before the next read waits: a hint may be forged, and costs
/// a read (ADR 42).
const FREE_READS: u32 = 4;

/// How long the next read waits after that; each wait is twice as long as the one before, up to the second value.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How far events were read, and whether to read on.
#[derive(Debug)]
pub(super) struct Reading {
    received: EventNumber,
    step: Step,
    /// There may be events beyond `received`; how many is unknown.
    unknown: bool,
    /// The highest number announced since the last read began.
    hinted: EventNumber,
    /// Why the last read began: `unknown` and `hinted` as they were before it.
    asked: (bool, EventNumber),
    /// How many events the last read asked for.
    limit: u32,
    hints: Hints,
    /// The highest number that was read, or was announced and not refuted by a read.
    head: EventNumber,
    /// Where the stream ended when its end was last read.
    end: Option<EventNumber>,
    /// The end of the stream has been seen, and no full page since.
    is_live: bool,
    /// How many events may wait in memory.
    max_size: u32,
    /// How many events a read may ask for: fewer after a read that failed, because it may have been too large for its time limit.
    page_size: u32,
    /// How many bytes of payloads may wait in memory.
    max_bytes: NonZeroU64,
    /// How many bytes of payloads a read may ask for: also fewer after a read that failed.
    page_bytes: u64,
}

/// What hints have led to.
#[derive(Debug, Default)]
struct Hints {
    /// A hint has come since the last read began.
    have_come: bool,
    /// A hint had come before the last read began.
    had_come: bool,
    /// This many reads in a row began after a hint and found nothing.
    vain_reads: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Idle,
    UnderWay,
    /// Waits for the timer, after a failed read or after too many reads that hints asked for in vain.
    Waiting,
    /// The next event is damaged.
    Blocked,
}

impl Reading {
    pub(super) fn new(settings: &SubscriptionSettings) -> Self {
        Self {
            received: EventNumber::ZERO,
            step: Step::Idle,
            unknown: false,
            hinted: EventNumber::ZERO,
            asked: (false, EventNumber::ZERO),
            limit: 0,
            hints: Hints::default(),
            head: EventNumber::ZERO,
            end: None,
            is_live: false,
            max_size: settings.max_size.get(),
            page_size: settings.max_size.get(),
            max_bytes: settings.max_bytes,
            page_bytes: settings.max_bytes.get(),
        }
    }

    /// Everything up to this number has been read.
    pub(super) fn received(&self) -> EventNumber {
        self.received
    }

    /// The highest number that is known to exist, or was announced and not refuted.
    pub(super) fn head(&self) -> EventNumber {
        self.head
    }

    /// Where the stream ended when its end was last read.
    pub(super) fn end(&self) -> Option<EventNumber> {
        self.end
    }

    /// Whether the next event is damaged.
    pub(super) fn is_blocked(&self) -> bool {
        self.step == Step::Blocked
    }

    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Whether there may be more events, and no read is due for them.
    pub(super) fn is_held_back(&self) -> bool {
        self.has_more() && self.step == Step::Idle
    }

    /// Whether everything that is known to exist has been read.
    pub(super) fn is_at_the_end(&self) -> bool {
        self.is_live && !self.has_more() && self.step != Step::UnderWay
    }

    /// Starts over after this number.
    pub(super) fn start(&mut self, after: EventNumber) {
        self.received = after;
        self.step = Step::Idle;
        self.unknown = true;
        self.hinted = EventNumber::ZERO;
        self.hints.have_come = false;
        self.head = after;
        self.is_live = false;
        self.end = None;
    }

    /// Takes in a hint, which is a reason to read and never knowledge: only what the read finds counts (ADR 42).
    pub(super) fn hinted(&mut self, hint: Hint) {
        match hint {
            Hint::UpTo(number) if number <= self.received => return,
            Hint::UpTo(number) => self.hinted = self.hinted.max(number),
            Hint::Unknown => self.unknown = true,
        }
        self.hints.have_come = true;
        self.head = self.head.max(self.hinted);
    }

    /// There may be more events, although no hint said so.
    pub(super) fn doubt(&mut self) {
        self.unknown = true;
    }

    /// How many events and bytes of payloads to ask for without exceeding what may wait; `None` if no read is due now.
    ///
    /// Reads once half of the memory is free, so that the subscribers do not wait for the next page.
    pub(super) fn begin(&mut self, waiting: Load) -> Option<(u32, NonZeroU64)> {
        let events = u32::try_from(waiting.events).unwrap_or(u32::MAX);
        let (room, bytes) = (
            self.max_size.saturating_sub(events),
            self.max_bytes.get().saturating_sub(waiting.bytes),
        );
        let is_half_free = room >= self.max_size.div_ceil(2) && bytes >= self.max_bytes.get().div_ceil(2);
        if !self.is_held_back() || !is_half_free {
            return None;
        }
        self.step = Step::UnderWay;
        // The read answers only what was announced before it began. A hint that comes while it is under way asks for
        // another read.
        self.asked = (
            mem::take(&mut self.unknown),
            mem::replace(&mut self.hinted, EventNumber::ZERO),
        );
        let bytes = NonZeroU64::new(bytes.min(self.page_bytes))?;
        self.limit = room.min(self.page_size);
        self.hints.had_come = mem::take(&mut self.hints.have_come);
        Some((self.limit, bytes))
    }

    /// Whether this is the awaited page: a page of an earlier lease may begin elsewhere.
    pub(super) fn awaits(&self, after: EventNumber) -> bool {
        self.step == Step::UnderWay && after == self.received
    }

    /// Takes the awaited page. Returns `false` if the page makes no progress: reading on from there would repeat the same read
    /// immediately and for ever.
    pub(super) fn finish(&mut self, scanned_to: EventNumber, is_last: bool) -> bool {
        if !is_last && scanned_to <= self.received {
            return false;
        }
        self.step = Step::Idle;
        self.is_live = is_last;
        self.end = if is_last {
            Some(scanned_to)
        } else {
            self.end.max(Some(scanned_to))
        };
        // A failed read may have been too large for its time limit, so the following ones grow step by step again
        // (ADR 43).
        self.page_size = self.page_size.saturating_mul(2).min(self.max_size);
        self.page_bytes = self.page_bytes.saturating_mul(2).min(self.max_bytes.get());
        self.unknown |= !is_last;
        self.reach(scanned_to);
        if is_last {
            self.refute();
        }
        true
    }

    /// How long to wait before the next read, if hints have asked for too many reads in vain.
    pub(super) fn pause(&mut self) -> Option<Duration> {
        let doublings = self.hints.vain_reads.checked_sub(FREE_READS)?;
        if self.step != Step::Idle {
            return None;
        }
        self.step = Step::Waiting;
        let (first, longest) = PAUSES;
        Some(first.saturating_mul(1 << doublings.min(16)).min(longest))
    }

    /// Takes events delivered in process instead of the awaited page (ADR 36). They say nothing about the end of the stream, so what
    /// was announced before still counts.
    pub(super) fn join(&mut self, up_to: EventNumber) {
        let (unknown, hinted) = self.asked;
        self.step = Step::Idle;
        self.unknown |= unknown;
        self.hinted = self.hinted.max(hinted);
        self.reach(up_to);
    }

    /// There was no stream to read.
    pub(super) fn finish_without_stream(&mut self) {
        if self.step == Step::UnderWay {
            self.step = Step::Idle;
            self.is_live = true;
            self.end = Some(EventNumber::ZERO);
            self.reach(self.received);
            self.refute();
        }
    }

    /// Returns whether a read was under way, which is then to be retried after a while.
    pub(super) fn fail(&mut self) -> bool {
        if self.step != Step::UnderWay {
            return false;
        }
        self.unknown = true;
        self.step = Step::Waiting;
        self.page_size = self.page_size.div_ceil(2);
        self.page_bytes = self.page_bytes.div_ceil(2);
        true
    }

    /// Asks for half as much when a page cannot be read at all, so that the events before the damage are delivered. Returns
    /// whether the next event alone cannot be read.
    pub(super) fn narrow(&mut self) -> bool {
        if self.step != Step::UnderWay {
            return false;
        }
        self.unknown = true;
        self.page_size = self.limit.div_ceil(2);
        let is_single = self.limit <= 1;
        self.step = if is_single { Step::Blocked } else { Step::Idle };
        is_single
    }

    pub(super) fn retry(&mut self) {
        if self.step == Step::Waiting {
            self.step = Step::Idle;
        }
        // A whole pause without a hint ends the flood, so that the next genuine hint is followed at once (ADR 42).
        if !self.has_more() {
            self.hints.vain_reads = 0;
        }
    }

    fn reach(&mut self, number: EventNumber) {
        if number > self.received {
            self.hints.vain_reads = 0;
        // A read that only a poll asked for does not count: polls have an interval already (ADR 42).
        } else if self.hints.had_come {
            self.hints.vain_reads = self.hints.vain_reads.saturating_add(1);
        }
        self.received = self.received.max(number);
        self.head = self.head.max(number);
    }

    /// The end was seen: events announced before the read began do not exist.
    fn refute(&mut self) {
        self.head = self.received.max(self.hinted);
    }

    fn has_more(&self) -> bool {
        self.unknown || self.hinted > self.received
    }
}
