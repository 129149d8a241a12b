//! When a wait for a subscription reads the checkpoint, and how it ends.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::VecDeque;
use std::error::Error as _;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::SubscriptionRecord;
use eventstore_core::{
    Error, EventNumber, HolderPolicy, Result, SubscriptionAdmin, SubscriptionId, SubscriptionInfo, SubscriptionKey,
    Timestamp,
};
use eventstore_subscriptions::{WaitError, wait_until};
use tokio::time::Instant;

const TIMEOUT: Duration = Duration::from_secs(10);

type Answer = fn() -> Result<u32>;

/// Answers with what it is told to, and notes when it was asked; the last answer is given again and again.
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Duration>>,
    began: Instant,
}

impl Script {
    fn new<const N: usize>(answers: [Answer; N]) -> Self {
        Self {
            answers: Mutex::new(answers.into()),
            asked: Mutex::default(),
            began: Instant::now(),
        }
    }

    async fn wait(&self, timeout: Duration) -> Result<EventNumber, WaitError> {
        wait_until(self, &key(), 7_u32, timeout).await
    }

    fn asked(&self) -> Vec<Duration> {
        self.asked.lock().unwrap().clone()
    }

    fn next(&self) -> Result<u32> {
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers[0]
        };
        answer()
    }
}

#[async_trait]
impl SubscriptionAdmin for Script {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        unreachable!("a wait lists nothing")
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        self.asked.lock().unwrap().push(self.began.elapsed());
        Ok(SubscriptionInfo {
            key: key.clone(),
            record: SubscriptionRecord {
                id: SubscriptionId::new(1),
                checkpoint: self.next()?.into(),
            },
            created_at: Timestamp::from_unix_micros(0).unwrap(),
            is_held: true,
            head: None,
        })
    }

    async fn delete_subscription(&self, _: &SubscriptionKey, _: HolderPolicy) -> Result<()> {
        unreachable!("a wait changes nothing")
    }

    async fn set_checkpoint(&self, _: &SubscriptionKey, _: EventNumber, _: HolderPolicy) -> Result<()> {
        unreachable!("a wait changes nothing")
    }
}

fn key() -> SubscriptionKey {
    SubscriptionKey::new("$all", "balances").unwrap()
}

fn away() -> Result<u32> {
    Err(Error::Unavailable {
        message: "away".to_owned(),
        source: None,
    })
}

fn missing() -> Result<u32> {
    Err(Error::SubscriptionNotFound { key: key() })
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_reached_costs_one_read_and_no_time() {
    let script = Script::new([|| Ok(9)]);
    assert_eq!(script.wait(TIMEOUT).await.unwrap(), EventNumber::from(9));
    assert_eq!(script.asked(), [Duration::ZERO]);
}

#[tokio::test(start_paused = true)]
async fn no_time_is_one_read() {
    let script = Script::new([|| Ok(6)]);
    let error = script.wait(Duration::ZERO).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the subscription has not reached event 7 in time: its checkpoint is 6"
    );
    assert!(error.source().is_none());
    assert_eq!(script.asked(), [Duration::ZERO]);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_that_rests_is_read_rarely_and_once_more_at_the_end() {
    let script = Script::new([|| Ok(6)]);
    let error = script.wait(TIMEOUT).await.unwrap_err();
    assert!(
        matches!(error, WaitError::TimedOut { number, checkpoint: Some(checkpoint), source: None, .. }
            if number == 7_u32.into() && checkpoint == 6_u32.into()),
        "{error:?}"
    );
    let asked = script.asked();
    assert!(asked.len() < 60, "{asked:?}");
    let last = *asked.last().unwrap();
    assert!(
        (TIMEOUT..TIMEOUT + Duration::from_millis(5)).contains(&last),
        "{asked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_fails_for_a_while_is_waited_for() {
    let script = Script::new([|| Ok(3), away, away, || Ok(7)]);
    assert_eq!(script.wait(TIMEOUT).await.unwrap(), EventNumber::from(7));
    assert_eq!(script.asked().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_keeps_failing_is_the_cause_of_the_time_out() {
    let script = Script::new([|| Ok(3), away]);
    let error = script.wait(TIMEOUT).await.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "the storage is unavailable: away");
    assert!(error.to_string().ends_with("its checkpoint is 3"), "{error}");
    let error = Script::new([away]).wait(TIMEOUT).await.unwrap_err();
    assert!(
        error.to_string().ends_with("its checkpoint could not be read"),
        "{error}"
    );
    assert!(error.is_timed_out());
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_no_retry_can_fix_ends_the_wait_at_once() {
    let script = Script::new([missing]);
    let error = script.wait(TIMEOUT).await.unwrap_err();
    assert!(
        matches!(&error, WaitError::Storage(Error::SubscriptionNotFound { key: missing }) if *missing == key()),
        "{error:?}"
    );
    assert!(!error.is_timed_out());
    assert_eq!(script.asked(), [Duration::ZERO]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_may_last_for_ever() {
    let script = Script::new([|| Ok(3), || Ok(7)]);
    assert_eq!(script.wait(Duration::MAX).await.unwrap(), EventNumber::from(7));
}
