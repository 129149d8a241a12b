mod pacing;

use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{EventNumber, SubscriptionAdmin, SubscriptionKey};
use tokio::time::{Instant, sleep};

use self::pacing::Pacing;
use crate::WaitError;

/// Waits until a subscription has processed everything up to this number, in whichever process it runs, and returns its
/// checkpoint.
///
/// The number is one of the stream subscribed to. The receipt of an append has both kinds: `last_position` for a
/// subscription to `$all`, and `last_version` for a subscription to the stream appended to.
///
/// ```
/// use std::time::Duration;
///
/// use eventstore_core::{BoxError, EventWriterExt, ExpectedVersion, NewEvent, SubscriptionKey};
/// use eventstore_subscriptions::wait_until;
/// # use eventstore_testkit::MemoryStore;
///
/// async fn deposit(store: &MemoryStore, deposited: NewEvent) -> Result<(), BoxError> {
///     let receipt = store.append_events("account-1", ExpectedVersion::Any, [deposited]).await?;
///     let balances = SubscriptionKey::new("$all", "balances-1")?;
///     wait_until(store, &balances, receipt.last_position, Duration::from_secs(2)).await?;
///     // What is read now has the deposit in it.
///     Ok(())
/// }
/// ```
///
/// The checkpoint that the storage holds is what counts:
///
/// - An event that was skipped or parked counts as processed, and so does one that the filter leaves out.
/// - A subscription that stores its checkpoint rarely ([`checkpoint_threshold`] above 1) is seen that late.
/// - A [`Projection`](crate::Projection) stores its checkpoint together with its effects: when the wait ends, the
///   effects are there.
///
/// The checkpoint is read at once, and then after pauses of 5 to 500 ms. While it moves, the next pause is as
/// long as it should still need. While it does not move, or the storage fails in a way that a retry may fix, each pause
/// is about twice as long as the one before. When the time-out has passed, the checkpoint is read a last time;
/// [`Duration::ZERO`] reads it once. A read is not cut off: the settings of the store bound it.
///
/// In the process that runs the subscription, [`Subscription::watch`](crate::Subscription::watch) tells the same
/// without any reads.
///
/// Cancel-safe: it only reads, and if the future is dropped, nothing is left behind.
///
/// # Errors
///
/// - [`WaitError::TimedOut`] if the checkpoint is still below the number: the subscription is slow or does not run, or
///   no event has that number yet
/// - [`WaitError::Storage`] with [`SubscriptionNotFound`](eventstore_core::Error::SubscriptionNotFound) if no process
///   has run the subscription yet, or it was deleted
/// - [`WaitError::Storage`] with any other failure of the storage that a retry cannot fix
///
/// [`checkpoint_threshold`]: eventstore_core::SubscriptionSettings::checkpoint_threshold
pub async fn wait_until<S>(
    store: &S,
    key: &SubscriptionKey,
    number: impl Into<EventNumber>,
    timeout: Duration,
) -> Result<EventNumber, WaitError>
where
    S: SubscriptionAdmin + ?Sized,
{
    let number = number.into();
    let began = Instant::now();
    let mut pacing = Pacing::new(number);
    let mut last_seen = None;
    loop {
        let read = store.subscription_info(key).await.map(|info| info.record.checkpoint);
        let waited = began.elapsed();
        let (pause, failure) = match read {
            Ok(checkpoint) if checkpoint >= number => return Ok(checkpoint),
            Ok(checkpoint) => {
                last_seen = Some(checkpoint);
                (pacing.pause_after(checkpoint, waited), None)
            }
            Err(error) if error.is_retryable() => (pacing.back_off(), Some(error)),
            Err(error) => return Err(error.into()),
        };
        let left = timeout.saturating_sub(waited);
        if left.is_zero() {
            return Err(WaitError::TimedOut {
                number,
                checkpoint: last_seen,
                source: failure.map(Arc::new),
            });
        }
        sleep(pause.min(left)).await;
    }
}
