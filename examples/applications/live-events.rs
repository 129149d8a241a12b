//! Events in a browser as they come, by server-sent events; and an end that waits for no one who watches.
//!
//! An open stream never ends by itself, and a server that shuts down gracefully waits for it: so the streams are told first.
//! `cargo run --example live-events`, on the store that `EVENTSTORE_URL` names, then
//! `curl --no-buffer http://127.0.0.1:8080/events`; Ctrl-C ends it.

#[cfg(test)]
#[macro_use]
mod test_store;

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use eventstore_core::{EventStore, StreamSelector};
use eventstore_subscriptions::{Delivery, StartFrom, Subscribe, Subscription, Subscriptions};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = quickstart::open().await?;
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://{}/events", listener.local_addr()?);
    let ending = CancellationToken::new();
    let interrupted = {
        let ending = ending.clone();
        async move {
            // Without signals it can only be killed.
            let _ = tokio::signal::ctrl_c().await;
            ending.cancel();
        }
    };
    tokio::spawn(interrupted);
    serve(store, listener, ending).await
}

/// Serves until the token is canceled, and closes the store.
async fn serve(store: Arc<dyn EventStore>, listener: TcpListener, ending: CancellationToken) -> anyhow::Result<()> {
    let page = Page {
        subscriptions: Arc::new(Subscriptions::new(store.clone())),
        ending: ending.clone(),
    };
    let routes = Router::new().route("/events", get(events)).with_state(page);
    axum::serve(listener, routes)
        .with_graceful_shutdown(ending.cancelled_owned())
        .await?;
    store.close().await;
    Ok(())
}

#[derive(Clone)]
struct Page {
    subscriptions: Arc<Subscriptions>,
    ending: CancellationToken,
}

/// What happens from now on, in all streams. When the browser goes away the subscription does, too.
async fn events(State(page): State<Page>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let request = Subscribe::transient(StreamSelector::All).with_start(StartFrom::Current);
    let subscribed = page.subscriptions.subscribe(request).map_err(anyhow::Error::from);
    let deliveries = stream::once(ready(subscribed)).map_ok(deliveries).try_flatten();
    let events =
        deliveries.map(|delivery| Ok(delivery.map_or_else(|error| failed(&error), |event| to_browser(&event))));
    Sse::new(events.take_until(page.ending.cancelled_owned())).keep_alive(KeepAlive::default())
}

fn deliveries(subscription: Subscription) -> impl Stream<Item = anyhow::Result<Delivery>> {
    let batches = subscription.map_ok(|batch| stream::iter(batch).map(anyhow::Ok));
    batches.map_err(anyhow::Error::from).try_flatten()
}

/// The browser is told why no more events come: a stream that only ends looks as if nothing happened any more.
fn failed(error: &anyhow::Error) -> Event {
    Event::default().event("failed").data(error.to_string())
}

fn to_browser(event: &Delivery) -> Event {
    let place = format!("{} {}", event.stream, event.stream_version);
    Event::default()
        .id(event.number.to_string())
        .event(event.event_type.as_str())
        .data(place)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName};
    use quickstart::StoreUrl;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::timeout;
    use uuid::Uuid;

    use super::*;

    const LONGEST: Duration = Duration::from_secs(30);

    async fn read_until(connection: &mut TcpStream, text: &str) -> String {
        let mut read = Vec::new();
        while !String::from_utf8_lossy(&read).contains(text) {
            let mut part = [0; 1024];
            let length = connection.read(&mut part).await.unwrap();
            assert!(length > 0, "the stream has ended without {text}");
            read.extend_from_slice(&part[..length]);
        }
        String::from_utf8(read).unwrap()
    }

    on_each_backend!(ends_although_a_browser_watches);

    async fn ends_although_a_browser_watches(url: &StoreUrl) {
        let store = url.open().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ending = CancellationToken::new();
        let serving = tokio::spawn(serve(store.clone(), listener, ending.clone()));

        let mut browser = TcpStream::connect(address).await.unwrap();
        browser
            .write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        read_until(&mut browser, "text/event-stream").await;
        let shown = async {
            let mut shown = String::new();
            while shown.is_empty() {
                // Those that are appended before it has begun are not shown.
                let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
                let append = Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, vec![event]);
                store.append(append.unwrap()).await.unwrap();
                let next = timeout(Duration::from_millis(200), read_until(&mut browser, "\n\n")).await;
                shown = next.unwrap_or_default();
            }
            shown
        };
        let seen = timeout(LONGEST, shown).await.expect("an event is shown in time");
        assert!(seen.contains("event: Happened"), "{seen}");

        ending.cancel();
        let ended = timeout(LONGEST, serving).await;
        ended.expect("it ends in time").unwrap().unwrap();
    }
}
