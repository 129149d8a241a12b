use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use eventstore_core::{StoreStatistics, SubscriptionInfo};

use crate::view::SampleView;

/// How many measurements are kept: those of ten minutes.
const KEPT: usize = 300;

/// What was measured, oldest first.
#[derive(Debug, Default)]
pub(super) struct Samples {
    of_store: VecDeque<Sample>,
    /// The lag of each subscription, by its id.
    lags: HashMap<i64, VecDeque<u64>>,
    statistics: StoreStatistics,
}

/// What was measured at one time.
#[derive(Debug)]
pub(super) struct Measurement {
    pub(super) head: u64,
    pub(super) subscriptions: Vec<SubscriptionInfo>,
    pub(super) statistics: StoreStatistics,
}

#[derive(Debug)]
struct Sample {
    at: Instant,
    head: u64,
    greatest_lag: u64,
    rows_read: Option<u64>,
    commits: Option<u64>,
}

impl Samples {
    pub(super) fn add(&mut self, at: Instant, measurement: Measurement) {
        let subscriptions = measurement.subscriptions.iter();
        let lags: HashMap<_, _> = subscriptions
            .map(|info| (info.record.id.get(), info.lag().unwrap_or(0)))
            .collect();
        // A subscription that was deleted is forgotten.
        self.lags.retain(|id, _| lags.contains_key(id));
        for (id, lag) in &lags {
            push(self.lags.entry(*id).or_default(), *lag);
        }
        let sample = Sample {
            at,
            head: measurement.head,
            greatest_lag: lags.values().copied().max().unwrap_or(0),
            rows_read: measurement.statistics.rows_read,
            commits: measurement.statistics.commits,
        };
        push(&mut self.of_store, sample);
        self.statistics = measurement.statistics;
    }

    /// What the storage knew of itself last.
    pub(super) fn statistics(&self) -> &StoreStatistics {
        &self.statistics
    }

    pub(super) fn lags(&self, subscription: i64) -> Vec<u64> {
        self.lags
            .get(&subscription)
            .map(|lags| lags.iter().copied().collect())
            .unwrap_or_default()
    }

    pub(super) fn view(&self, now: Instant) -> Vec<SampleView> {
        let earlier = std::iter::once(None).chain(self.of_store.iter().map(Some));
        let view = |(before, sample): (Option<&Sample>, &Sample)| {
            let rate = |count: fn(&Sample) -> Option<u64>| {
                let before = before?;
                Some(rate(seconds(before, sample), count(before)?, count(sample)?))
            };
            SampleView {
                seconds_ago: now.saturating_duration_since(sample.at).as_secs(),
                head: sample.head,
                events_per_second: rate(|sample| Some(sample.head)).unwrap_or(0.0),
                greatest_lag: sample.greatest_lag,
                rows_read_per_second: rate(|sample| sample.rows_read),
                commits_per_second: rate(|sample| sample.commits),
            }
        };
        earlier.zip(&self.of_store).map(view).collect()
    }
}

fn seconds(before: &Sample, sample: &Sample) -> f64 {
    sample.at.saturating_duration_since(before.at).as_secs_f64()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a plot needs no more than 53 bits"
)]
fn rate(seconds: f64, before: u64, after: u64) -> f64 {
    if seconds > 0.0 {
        after.saturating_sub(before) as f64 / seconds
    } else {
        0.0
    }
}

fn push<T>(samples: &mut VecDeque<T>, sample: T) {
    if samples.len() == KEPT {
        samples.pop_front();
    }
    samples.push_back(sample);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn measured(head: u64) -> Measurement {
        Measurement {
            head,
            subscriptions: Vec::new(),
            statistics: StoreStatistics::default(),
        }
    }

    #[test]
    fn a_rate_is_of_the_time_between_two_samples() {
        let (mut samples, began_at) = (Samples::default(), Instant::now());
        samples.add(began_at, measured(10));
        samples.add(began_at + Duration::from_secs(2), measured(30));
        let view = samples.view(began_at + Duration::from_secs(5));
        assert_eq!(
            view.iter().map(|sample| sample.events_per_second).collect::<Vec<_>>(),
            [0.0, 10.0]
        );
        assert_eq!(view.iter().map(|sample| sample.seconds_ago).collect::<Vec<_>>(), [5, 3]);
    }

    #[test]
    fn only_the_last_ones_are_kept() {
        let (mut samples, now) = (Samples::default(), Instant::now());
        for head in 0..1_000 {
            samples.add(now, measured(head));
        }
        let view = samples.view(now);
        assert_eq!((view.len(), view[0].head), (KEPT, 1_000 - 300));
    }
}
