use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::warn;

/// The number of the storage behind a store, which goes up when the storage is replaced by another one or has lost events
/// (ADR 38); its clones share the number.
#[derive(Debug, Clone, Default)]
pub struct StorageEpoch(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    storage: Mutex<Option<String>>,
    number: AtomicU64,
}

impl StorageEpoch {
    /// Returns the number of the storage.
    pub fn number(&self) -> u64 {
        self.0.number.load(Ordering::SeqCst)
    }

    /// Tells which storage was found, in words that are the same for as long as it is the same one, before any of its data reaches a
    /// caller; returns whether it replaces another one.
    pub fn found(&self, storage: &str) -> bool {
        let mut known = self.0.storage.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_deref() == Some(storage) {
            return false;
        }
        let is_replaced = known.replace(storage.to_owned()).is_some();
        if is_replaced {
            self.0.number.fetch_add(1, Ordering::SeqCst);
        }
        is_replaced
    }

    /// Tells that the log was found shorter than it was known to be: it was rolled back.
    pub fn rolled_back(&self) {
        warn!("the log has lost its last events");
        self.0.number.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_up_with_each_other_storage_but_the_first() {
        let storage_epoch = StorageEpoch::default();
        let found = ["1", "1", "2", "2", "3"].map(|storage| (storage_epoch.found(storage), storage_epoch.number()));
        assert_eq!(found, [(false, 0), (false, 0), (true, 1), (false, 1), (true, 2)]);
    }

    #[test]
    fn goes_up_for_all_clones_when_the_log_was_rolled_back() {
        let storage_epoch = StorageEpoch::default();
        storage_epoch.clone().rolled_back();
        assert_eq!(storage_epoch.number(), 1);
    }
}
