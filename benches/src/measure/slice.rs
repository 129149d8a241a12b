use std::time::Duration;

use hdrhistogram::Histogram;

use super::statistics::float;
use crate::server::Usage;

/// What one entrant did within one turn.
#[derive(Debug, Clone)]
pub(crate) struct Slice {
    pub(crate) events: u64,
    pub(crate) elapsed: Duration,
    /// Of each call, in microseconds.
    pub(crate) latencies: Histogram<u64>,
    pub(crate) usage: Usage,
}

impl Default for Slice {
    fn default() -> Self {
        Self {
            events: 0,
            elapsed: Duration::ZERO,
            latencies: latencies(),
            usage: Usage::default(),
        }
    }
}

impl Slice {
    pub(super) fn record(&mut self, events: u64, latency: Duration) {
        self.events += events;
        self.latencies
            .saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.events += other.events;
        merge(&mut self.latencies, &other.latencies);
    }

    pub(crate) fn events_per_s(&self) -> f64 {
        float(self.events) / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// From a microsecond to ten minutes, with three digits.
pub(super) fn latencies() -> Histogram<u64> {
    const LONGEST: u64 = 600_000_000;
    // These bounds are in the range that is taken; without any, the histogram grows by itself.
    Histogram::new_with_bounds(1, LONGEST, 3).unwrap_or_else(|_| unreachable!("the bounds are constants"))
}

pub(super) fn merge(into: &mut Histogram<u64>, from: &Histogram<u64>) {
    // Both have the same bounds.
    into.add(from)
        .unwrap_or_else(|_| unreachable!("the bounds are constants"));
}
