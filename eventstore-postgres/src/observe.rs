//! What a store tells about itself: spans by the semantic conventions of OpenTelemetry, and metrics.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore_core::{AppendReceipt, Error, Result};
use metrics::{SharedString, counter, gauge, histogram};
use tracing::{Instrument, Span, debug_span, field};

use crate::values::SchemaName;

const OPERATION_DURATION: &str = "eventstore_operation_duration_seconds";
const APPENDED_EVENTS: &str = "eventstore_appended_events_total";
const GROUP_SIZE: &str = "eventstore_append_group_size";
const POOL_WAIT: &str = "eventstore_pool_wait_seconds";
const LISTENER_CONNECTS: &str = "eventstore_listener_connects_total";
const LISTENER_CONNECTED: &str = "eventstore_listener_connected";

/// The schema of a store, which tells its metrics from those of other stores of the process; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Label(Arc<str>);

impl Label {
    pub(crate) fn of(schema: &SchemaName) -> Self {
        Self(schema.as_str().into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn value(&self) -> SharedString {
        SharedString::from(Arc::clone(&self.0))
    }
}

/// Runs a call of the store in a span of its own, and measures it.
///
/// The call is kept on the heap, so that callers do not grow by all that it holds.
pub(crate) fn observed<T>(
    store: &Label,
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
            db.system.name = "postgresql",
            db.operation.name = operation,
            error.type = field::Empty,
        );
        let answer = call.instrument(span.clone()).await;
        let outcome = answer.as_ref().err().map_or("ok", error_type);
        if answer.is_err() {
            mark(&span, outcome);
        }
        let schema = store.value();
        histogram!(OPERATION_DURATION, "schema" => schema, "operation" => operation, "outcome" => outcome)
            .record(started.elapsed());
        answer
    }
}

fn mark(span: &Span, error: &'static str) {
    span.record("error.type", error);
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

/// Counts the events of an append that was not a repetition.
pub(crate) fn appended(store: &Label, receipt: &AppendReceipt) {
    if !receipt.is_deduplicated {
        counter!(APPENDED_EVENTS, "schema" => store.value()).increment(receipt.count());
    }
}

/// So many appends share a transaction.
pub(crate) fn grouped(store: &Label, appends: usize) {
    histogram!(GROUP_SIZE, "schema" => store.value()).record(f64::from(u32::try_from(appends).unwrap_or(u32::MAX)));
}

/// A call waited so long for a connection of the pool.
pub(crate) fn pooled(store: &Label, waited: Duration) {
    histogram!(POOL_WAIT, "schema" => store.value()).record(waited);
}

/// The store is notified from now on.
pub(crate) fn listening(store: &Label) {
    counter!(LISTENER_CONNECTS, "schema" => store.value()).increment(1);
    gauge!(LISTENER_CONNECTED, "schema" => store.value()).set(1.0);
}

/// The store is notified no more.
pub(crate) fn not_listening(store: &Label) {
    gauge!(LISTENER_CONNECTED, "schema" => store.value()).set(0.0);
}
