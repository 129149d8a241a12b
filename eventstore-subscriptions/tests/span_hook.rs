//! What an application can do with the span in which a handler is called.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventstore_core::{BoxError, EventWriterExt, ExpectedVersion, NewEvent};
use eventstore_subscriptions::{Delivery, GiveUp, RetryPolicy, Subscribe, Subscriptions};
use eventstore_testkit::MemoryStore;
use tokio::sync::Notify;
use tokio::time::timeout;
use tracing::Span;
use tracing::span::Id;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(20);
const METADATA: &str = r#"{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#;

/// What a hook, or a handler, was called with: the span, and the metadata if it sees any.
#[derive(Debug, PartialEq)]
enum Call {
    Hook(Option<Id>, u32, String),
    Handler(Option<Id>, u32),
}

type Calls = Arc<Mutex<Vec<Call>>>;

fn hook(calls: &Calls) -> impl Fn(&Span, &Delivery) + Send + Sync + 'static {
    let calls = Arc::clone(calls);
    move |span, event| {
        assert!(span.has_field("traceparent"));
        let metadata = String::from_utf8(event.metadata.as_ref().unwrap().to_vec()).unwrap();
        let call = Call::Hook(span.id(), event.attempt, metadata);
        calls.lock().unwrap().push(call);
    }
}

async fn store() -> MemoryStore {
    let store = MemoryStore::new();
    let event = NewEvent::new(Uuid::now_v7(), "Happened".parse().unwrap(), "{}").with_metadata(METADATA);
    store.append_events("s", ExpectedVersion::Any, [event]).await.unwrap();
    store
}

/// Handles the event, whose mapper drops the metadata, until it succeeds at the second attempt.
async fn run(subscriptions: &Subscriptions, calls: &Calls) {
    let policy = RetryPolicy::new(NonZeroU32::new(2).unwrap(), GiveUp::Stop);
    let request = Subscribe::to_stream("hooked", "s")
        .unwrap()
        .with_retry_policy(policy.with_delay(Duration::from_millis(1), Duration::from_millis(1)))
        .map(|event| event.event_id);
    let done = Notify::new();
    let ended = subscriptions.run_until(request, done.notified(), async |event| {
        let call = Call::Handler(Span::current().id(), event.attempt);
        calls.lock().unwrap().push(call);
        if event.attempt == 1 {
            return Err(BoxError::from("not yet"));
        }
        done.notify_one();
        Ok(())
    });
    timeout(LIMIT, ended).await.unwrap().unwrap();
}

fn with_spans() -> DefaultGuard {
    tracing::subscriber::set_default(tracing_subscriber::registry())
}

#[tokio::test]
async fn the_hook_is_called_with_the_span_of_each_attempt_and_the_stored_event() {
    let _spans = with_spans();
    let calls = Calls::default();
    let subscriptions = Subscriptions::new(store().await).with_span_hook(hook(&calls));
    run(&subscriptions, &calls).await;
    let calls = calls.lock().unwrap();
    let [Call::Hook(Some(first), ..), _, Call::Hook(Some(second), ..), _] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_ne!(first, second);
    let hook = |span: &Id, attempt| Call::Hook(Some(span.clone()), attempt, METADATA.to_owned());
    let handler = |span: &Id, attempt| Call::Handler(Some(span.clone()), attempt);
    assert_eq!(
        calls[..],
        [hook(first, 1), handler(first, 1), hook(second, 2), handler(second, 2)]
    );
}

#[tokio::test]
async fn the_hook_is_not_called_if_the_span_is_disabled() {
    let _no_spans = tracing::subscriber::set_default(NoSubscriber::default());
    let calls = Calls::default();
    let subscriptions = Subscriptions::new(store().await).with_span_hook(hook(&calls));
    run(&subscriptions, &calls).await;
    assert_eq!(*calls.lock().unwrap(), [Call::Handler(None, 1), Call::Handler(None, 2)]);
}
