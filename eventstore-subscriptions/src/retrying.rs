use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use eventstore_core::Error;
use tokio::sync::watch;

/// A background activity of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Activity {
    /// Creates or finds the subscription and takes its lease.
    TakingTheLease,
    /// Reads events.
    Reading,
    /// Stores the checkpoint.
    StoringTheCheckpoint,
    /// Parks events.
    Parking,
    /// Stores the effects of a projection.
    Projecting,
}

/// An activity that has failed and is retried until it succeeds or the subscription ends.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Retrying {
    /// The activity that fails.
    pub activity: Activity,
    /// The error of the last attempt.
    pub error: Arc<Error>,
    /// When the first of these attempts failed.
    pub since: SystemTime,
    /// The number of attempts that have failed since then.
    pub attempts: u32,
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TakingTheLease => "taking the lease",
            Self::Reading => "reading",
            Self::StoringTheCheckpoint => "storing the checkpoint",
            Self::Parking => "parking events",
            Self::Projecting => "storing the effects of a projection",
        })
    }
}

impl fmt::Display for Retrying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            activity,
            error,
            attempts,
            ..
        } = self;
        write!(f, "{activity} fails and is tried again (attempt {attempts}): {error}")
    }
}

/// The activities of one subscription that currently fail.
#[derive(Debug)]
pub(crate) struct Retries {
    failing: Mutex<BTreeMap<Activity, Retrying>>,
    /// The activity that has failed for the longest time.
    first: watch::Sender<Option<Retrying>>,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            failing: Mutex::default(),
            first: watch::Sender::new(None),
        }
    }
}

impl Retries {
    pub(crate) fn watch(&self) -> watch::Receiver<Option<Retrying>> {
        self.first.subscribe()
    }

    pub(crate) fn failed(&self, activity: Activity, error: Error) {
        let error = Arc::new(error);
        self.change(|failing| {
            let retrying = failing.entry(activity).or_insert_with(|| Retrying {
                activity,
                error: Arc::clone(&error),
                since: SystemTime::now(),
                attempts: 0,
            });
            retrying.error = error;
            retrying.attempts = retrying.attempts.saturating_add(1);
            true
        });
    }

    pub(crate) fn succeeded(&self, activity: Activity) {
        self.change(|failing| failing.remove(&activity).is_some());
    }

    /// How the last attempt to store something failed, if nothing was stored since.
    pub(crate) fn last_failure_to_store(&self) -> Option<Arc<Error>> {
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let stores = [Activity::Parking, Activity::StoringTheCheckpoint];
        let failed = stores.iter().find_map(|activity| failing.get(activity));
        failed.map(|retrying| Arc::clone(&retrying.error))
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<Activity, Retrying>) -> bool) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if change(&mut failing) {
            let first = failing.values().min_by_key(|retrying| retrying.since);
            self.first.send_replace(first.cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away() -> Error {
        Error::Unavailable {
            message: "away".to_owned(),
            source: None,
        }
    }

    #[test]
    fn tells_what_has_failed_for_the_longest_time() {
        let retries = Retries::default();
        let first = retries.watch();
        let told = || {
            let first = first.borrow();
            first.as_ref().map(|retrying| (retrying.activity, retrying.attempts))
        };
        retries.succeeded(Activity::Reading);
        assert_eq!(told(), None);
        for _ in 0..2 {
            retries.failed(Activity::Reading, away());
        }
        retries.failed(Activity::Parking, away());
        assert_eq!(told(), Some((Activity::Reading, 2)));
        assert!(retries.last_failure_to_store().is_some());
        retries.succeeded(Activity::Reading);
        assert_eq!(told(), Some((Activity::Parking, 1)));
        retries.succeeded(Activity::Parking);
        assert_eq!(told(), None);
        assert!(retries.last_failure_to_store().is_none());
    }

    #[test]
    fn says_in_words_what_fails_and_why() {
        let retries = Retries::default();
        retries.failed(Activity::StoringTheCheckpoint, away());
        let told = retries.watch().borrow().as_ref().map(ToString::to_string);
        assert_eq!(
            told.as_deref(),
            Some("storing the checkpoint fails and is tried again (attempt 1): the storage is unavailable: away")
        );
    }
}
