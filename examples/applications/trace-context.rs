//! Continues the trace in which an order is placed where the order is billed: `cargo run --example trace-context`, on the store that
//! `EVENTSTORE_URL` names. The spans are printed in the format of OpenTelemetry's exporter to standard output.
//!
//! Nothing but the event leads from the one span to the other, so the two could be in different processes.

#[cfg(test)]
#[macro_use]
mod test_store;

use std::collections::HashMap;
use std::sync::Arc;

use eventstore_core::{BoxError, EventStore, EventWriterExt, ExpectedVersion, StreamName};
use eventstore_serde::{Json, Serializer, TraceContext};
use eventstore_subscriptions::{Delivery, Subscribe, Subscriptions};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::json;
use tokio::sync::Notify;
use tracing::{Instrument, Span, Subscriber, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use uuid::Uuid;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let exporter = opentelemetry_stdout::SpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter).build();
    subscriber(&provider).init();
    run(quickstart::open().await?, Uuid::now_v7()).await?;
    provider.shutdown()?;
    Ok(())
}

/// Makes spans of OpenTelemetry of the spans of this program.
fn subscriber(provider: &SdkTracerProvider) -> impl Subscriber + Send + Sync + 'static {
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
    tracing_subscriber::registry().with(LevelFilter::INFO).with(spans)
}

async fn run(store: Arc<dyn EventStore>, order: Uuid) -> anyhow::Result<()> {
    let stream = StreamName::new(format!("order-{order}"))?;
    let billing = tokio::spawn(bill(Arc::clone(&store), stream.clone()));
    let span = info_span!("place_order", %order);
    place(store, stream).instrument(span).await?;
    billing.await?
}

async fn place(store: Arc<dyn EventStore>, stream: StreamName) -> anyhow::Result<()> {
    let mut placed = Json.event("OrderPlaced", &json!({ "total": 42 }))?;
    if let Some(context) = current_context() {
        Json.set_trace_context(&mut placed, &context)?;
    }
    store.append_events(stream, ExpectedVersion::NoStream, [placed]).await?;
    Ok(())
}

/// The context of the current span, unless the span is not traced.
fn current_context() -> Option<TraceContext> {
    let mut headers = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut headers);
    let tracestate = headers.get("tracestate").map(String::as_str);
    TraceContext::new(headers.get("traceparent")?, tracestate).ok()
}

/// Handles the order in a task of its own.
async fn bill(store: Arc<dyn EventStore>, stream: StreamName) -> anyhow::Result<()> {
    let request = Subscribe::to_stream("billing", stream)?;
    let billed = Notify::new();
    let subscriptions = Subscriptions::new(store).with_span_hook(continue_trace);
    subscriptions
        .run_until(request, billed.notified(), async |_: Delivery| {
            // The span of whatever billing does is a child of the span `handle`.
            info_span!("send_invoice").in_scope(|| billed.notify_one());
            Ok::<_, BoxError>(())
        })
        .await?;
    Ok(())
}

/// Makes the span in which the event was appended the parent of this one.
fn continue_trace(span: &Span, event: &Delivery) {
    let Some(context) = Json.trace_context(event) else {
        return;
    };
    let mut headers = HashMap::from([("traceparent".to_owned(), context.traceparent())]);
    headers.extend(
        context
            .tracestate()
            .map(|state| ("tracestate".to_owned(), state.to_owned())),
    );
    let parent = TraceContextPropagator::new().extract(&headers);
    if let Err(error) = span.set_parent(parent) {
        warn!(%error, "the trace of an event does not continue");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use opentelemetry::trace::SpanId;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
    use quickstart::StoreUrl;

    use super::*;

    /// A process can have one global subscriber only.
    static EXPORTED: LazyLock<InMemorySpanExporter> = LazyLock::new(|| {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        subscriber(&provider).init();
        exporter
    });

    on_each_backend!(the_handler_is_part_of_the_trace_of_the_append);

    async fn the_handler_is_part_of_the_trace_of_the_append(url: &StoreUrl) {
        LazyLock::force(&EXPORTED);
        let order = Uuid::now_v7();
        run(url.open().await.unwrap(), order).await.unwrap();

        let placed = find("place_order", |span| has_attribute(span, &order.to_string()));
        assert_eq!(placed.parent_span_id, SpanId::INVALID);
        let trace_id = placed.span_context.trace_id();
        let handled = find("handle", |span| span.span_context.trace_id() == trace_id);
        assert_eq!(handled.parent_span_id, placed.span_context.span_id());
        assert!(handled.parent_span_is_remote);
        let sent = find("send_invoice", |span| span.span_context.trace_id() == trace_id);
        assert_eq!(sent.parent_span_id, handled.span_context.span_id());
    }

    fn find(name: &str, is_wanted: impl Fn(&SpanData) -> bool) -> SpanData {
        let spans = EXPORTED.get_finished_spans().unwrap();
        let found = spans.iter().find(|span| span.name == name && is_wanted(span));
        found.unwrap_or_else(|| panic!("no span {name} in {spans:#?}")).clone()
    }

    fn has_attribute(span: &SpanData, value: &str) -> bool {
        span.attributes
            .iter()
            .any(|attribute| attribute.value.as_str() == value)
    }
}
