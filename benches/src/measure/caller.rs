use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::Slice;
use crate::error::Result;

/// A caller that makes one call after another.
pub(crate) trait Caller: Send + 'static {
    /// Makes one call; returns how many events it was about.
    fn call(&mut self) -> impl Future<Output = Result<u64>> + Send;
}

/// Lets all callers call at once for this long, and finish what they have begun.
pub(super) async fn drive<C: Caller>(callers: &mut Vec<C>, duration: Duration) -> Result<Slice> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for caller in callers.drain(..) {
        tasks.spawn(repeat(caller, start + duration));
    }
    let mut sum = Slice::default();
    while let Some(done) = tasks.join_next().await {
        let (caller, slice) = done??;
        callers.push(caller);
        sum.add(&slice);
    }
    sum.elapsed = start.elapsed();
    Ok(sum)
}

async fn repeat<C: Caller>(mut caller: C, deadline: Instant) -> Result<(C, Slice)> {
    let mut slice = Slice::default();
    loop {
        let start = Instant::now();
        let events = caller.call().await?;
        slice.record(events, start.elapsed());
        if Instant::now() >= deadline {
            return Ok((caller, slice));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::LoadError;

    struct Pair;

    impl Caller for Pair {
        async fn call(&mut self) -> Result<u64> {
            tokio::task::yield_now().await;
            Ok(2)
        }
    }

    struct Failing;

    impl Caller for Failing {
        async fn call(&mut self) -> Result<u64> {
            Err(LoadError::Interrupted)
        }
    }

    #[tokio::test]
    async fn every_caller_calls_at_least_once_and_is_there_again() {
        let mut callers = vec![Pair, Pair, Pair];
        let slice = drive(&mut callers, Duration::ZERO).await.unwrap();
        assert_eq!((slice.events, slice.latencies.len(), callers.len()), (6, 3, 3));
    }

    #[tokio::test]
    async fn callers_go_on_for_the_time_given() {
        let duration = Duration::from_millis(20);
        let slice = drive(&mut vec![Pair], duration).await.unwrap();
        assert!(slice.elapsed >= duration && slice.latencies.len() > 1, "{slice:?}");
        assert_eq!(slice.events, 2 * slice.latencies.len());
    }

    #[tokio::test]
    async fn a_failed_call_ends_the_measurement() {
        let outcome = drive(&mut vec![Failing], Duration::from_mins(1)).await;
        assert!(matches!(outcome, Err(LoadError::Interrupted)));
    }
}
