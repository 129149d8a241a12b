//! What a store tells about itself: spans by the semantic conventions of OpenTelemetry, and metrics (ADR 33).

use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore_core::{AppendReceipt, Error, Result};
use metrics::{SharedString, counter, gauge, histogram};
use tracing::{Instrument, debug_span, field};

const OPERATION_DURATION: &str = "eventstore_operation_duration_seconds";
const APPENDED_EVENTS: &str = "eventstore_appended_events_total";
const GROUP_SIZE: &str = "eventstore_append_group_size";
const POOL_WAIT: &str = "eventstore_pool_wait_seconds";
const LISTENER_CONNECTS: &str = "eventstore_listener_connects_total";
const LISTENER_CONNECTED: &str = "eventstore_listener_connected";

/// What tells the spans and metrics of a store from those of other stores of the process; cheap to clone.
#[derive(Debug, Clone)]
pub struct StoreLabel {
    database: &'static str,
    key: &'static str,
    store: Arc<str>,
}

impl StoreLabel {
    /// Creates the label of a store on a database of this kind (OpenTelemetry's `db.system.name`). Metrics name the store by `key`, such as
    /// `schema`.
    pub fn new(database: &'static str, key: &'static str, store: &str) -> Self {
        Self {
            database,
            key,
            store: store.into(),
        }
    }

    /// Returns the name of the store.
    pub fn as_str(&self) -> &str {
        &self.store
    }

    /// Runs a call of the store in a span of its own, and measures it.
    ///
    /// The call is kept on the heap, so that callers do not grow by all that it holds.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub fn observed<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> impl Future<Output = Result<T>> {
        let call = Box::pin(call);
        async move {
            let started = Instant::now();
            let span = debug_span!(
                "eventstore",
                otel.kind = "client",
                otel.name = operation,
                db.system.name = self.database,
                db.operation.name = operation,
                error.type = field::Empty,
            );
            let answer = call.instrument(span.clone()).await;
            let outcome = answer.as_ref().err().map_or("ok", error_type);
            if answer.is_err() {
                span.record("error.type", outcome);
            }
            histogram!(OPERATION_DURATION, self.key => self.value(), "operation" => operation, "outcome" => outcome)
                .record(started.elapsed());
            answer
        }
    }

    /// Counts the events of an append that was not a repetition.
    pub fn appended(&self, receipt: &AppendReceipt) {
        if !receipt.is_deduplicated {
            counter!(APPENDED_EVENTS, self.key => self.value()).increment(receipt.count());
        }
    }

    /// Records how many appends share a transaction.
    pub fn grouped(&self, appends: usize) {
        let appends = f64::from(u32::try_from(appends).unwrap_or(u32::MAX));
        histogram!(GROUP_SIZE, self.key => self.value()).record(appends);
    }

    /// Records how long a call waited for a connection of the pool.
    pub fn pooled(&self, waited: Duration) {
        histogram!(POOL_WAIT, self.key => self.value()).record(waited);
    }

    /// Records that the store learns from now on what other processes commit.
    pub fn listening(&self) {
        counter!(LISTENER_CONNECTS, self.key => self.value()).increment(1);
        gauge!(LISTENER_CONNECTED, self.key => self.value()).set(1.0);
    }

    /// Records that the store no longer learns what other processes commit.
    pub fn not_listening(&self) {
        gauge!(LISTENER_CONNECTED, self.key => self.value()).set(0.0);
    }

    fn value(&self) -> SharedString {
        SharedString::from(Arc::clone(&self.store))
    }
}

/// What a caller would do about an error; there are few, so that they can be labels.
fn error_type(error: &Error) -> &'static str {
    match error {
        Error::Unavailable { .. } => "unavailable",
        Error::TimedOut { .. } => "timed_out",
        Error::OutcomeUnknown { .. } => "outcome_unknown",
        Error::Aborted { .. } => "aborted",
        Error::Storage { .. } => "storage",
        Error::AccessDenied { .. } => "access_denied",
        Error::StoreClosed => "store_closed",
        Error::NotInitialized { .. } => "not_initialized",
        error if error.is_conflict() => "conflict",
        _ => "refused",
    }
}
