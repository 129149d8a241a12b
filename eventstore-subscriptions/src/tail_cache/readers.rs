use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::StreamSelector;

/// The number of subscriptions of this process that read each stream.
#[derive(Debug, Default)]
pub(super) struct Readers(Mutex<HashMap<StreamSelector, usize>>);

impl Readers {
    pub(super) fn join(&self, selector: &StreamSelector) {
        *self.counts().entry(selector.clone()).or_default() += 1;
    }

    pub(super) fn leave(&self, selector: &StreamSelector) {
        let mut counts = self.counts();
        if let Some(count) = counts.get_mut(selector) {
            *count -= 1;
            if *count == 0 {
                counts.remove(selector);
            }
        }
    }

    /// Whether several subscriptions read the stream, so that it pays to keep pages for the others.
    pub(super) fn are_several(&self, selector: &StreamSelector) -> bool {
        self.counts().get(selector).is_some_and(|count| *count > 1)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<StreamSelector, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
