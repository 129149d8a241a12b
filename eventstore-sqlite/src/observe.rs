//! What a store tells about itself.

use eventstore_backend::StoreLabel;
use eventstore_core::{AppendReceipt, Result};

use crate::config::SqliteConfig;

pub(crate) use eventstore_backend::StoreLabel as Label;

/// The path tells the metrics of a store from those of other stores of the process.
pub(crate) fn label_of(config: &SqliteConfig) -> StoreLabel {
    StoreLabel::new("sqlite", "path", &config.path().to_string_lossy())
}

/// Runs a call of the store in a span of its own, and measures it.
pub(crate) fn observed<T>(
    store: &StoreLabel,
    operation: &'static str,
    call: impl Future<Output = Result<T>>,
) -> impl Future<Output = Result<T>> {
    store.observed(operation, call)
}

/// Counts the events of an append that was not a repetition.
pub(crate) fn appended(store: &StoreLabel, receipt: &AppendReceipt) {
    store.appended(receipt);
}

/// Records how many appends share a transaction.
pub(crate) fn grouped(store: &StoreLabel, appends: usize) {
    store.grouped(appends);
}
