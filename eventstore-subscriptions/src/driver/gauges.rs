use std::time::{SystemTime, UNIX_EPOCH};

use eventstore_core::{EventNumber, Progress, SubscriptionStatus};
use metrics::{Gauge, gauge};

use crate::labels::labels;
use crate::subscribe::Plan;

/// The gauges of a persistent subscription; a transient one has no name to report them under.
pub(super) struct Gauges {
    subscription: Option<Subscription>,
    checkpoint: Option<EventNumber>,
    is_running: bool,
}

struct Subscription {
    lag: Gauge,
    position: Gauge,
    in_flight: Gauge,
    queued: Gauge,
    is_running: Gauge,
    checkpoint_time: Gauge,
}

impl Gauges {
    /// The gauges of a subscription of the store with this label.
    pub(super) fn new(plan: &Plan, store: &str) -> Self {
        Self {
            subscription: plan.key().map(|key| Subscription::new(&labels(store, &key))),
            checkpoint: None,
            is_running: false,
        }
    }

    /// Reports the progress of a subscription to a stream that is known, or announced, to reach the head.
    pub(super) fn set(&mut self, progress: &Progress, head: EventNumber) {
        let Some(gauges) = &self.subscription else { return };
        gauges.lag.set(lag(head, progress));
        gauges.position.set(number(progress.acknowledged.get()));
        gauges.in_flight.set(size(progress.in_flight));
        gauges.queued.set(size(progress.queued));
        self.is_running = is_running(progress.status);
        gauges.is_running.set(if self.is_running { 1.0 } else { 0.0 });
        if self.checkpoint.replace(progress.checkpoint) != Some(progress.checkpoint) {
            gauges.checkpoint_time.set(now());
        }
    }
}

/// A subscription that no driver reports on any more does not run.
impl Drop for Gauges {
    fn drop(&mut self) {
        if let Some(gauges) = &self.subscription
            && self.is_running
        {
            gauges.is_running.set(0.0);
        }
    }
}

impl Subscription {
    fn new(labels: &[(&'static str, String); 3]) -> Self {
        Self {
            lag: gauge!("eventstore_subscription_lag_events", labels),
            position: gauge!("eventstore_subscription_position", labels),
            in_flight: gauge!("eventstore_subscription_in_flight_events", labels),
            queued: gauge!("eventstore_subscription_queued_events", labels),
            is_running: gauge!("eventstore_subscription_running", labels),
            checkpoint_time: gauge!("eventstore_subscription_checkpoint_timestamp_seconds", labels),
        }
    }
}

/// A subscription beyond the end of its stream has a negative lag: it will skip this many events.
fn lag(heard_of: EventNumber, progress: &Progress) -> f64 {
    match progress.head {
        Some(head) if progress.is_beyond_head() => -number(progress.acknowledged.distance_from(head)),
        _ => number(heard_of.distance_from(progress.acknowledged)),
    }
}

/// Whether this process holds the lease.
fn is_running(status: SubscriptionStatus) -> bool {
    !matches!(status, SubscriptionStatus::Acquiring | SubscriptionStatus::Ended(_))
}

/// Positions are exact up to 2^53.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a gauge is a floating point number"
)]
fn number(number: u64) -> f64 {
    number as f64
}

fn size(events: usize) -> f64 {
    f64::from(u32::try_from(events).unwrap_or(u32::MAX))
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}
