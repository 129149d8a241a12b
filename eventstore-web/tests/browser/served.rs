use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use eventstore_core::{EventNumber, EventStore, RecordedEvent, SubscriptionKey};
use eventstore_web::{Check, ParkedEventHandler, Verifier, Web, Writes};
use futures_util::StreamExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The pages of a store, served until this value is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) streams: Arc<Streams>,
    server: JoinHandle<()>,
}

/// The streams of server-sent events.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    asked_for: AtomicU64,
    open: AtomicU64,
}

impl Served {
    /// Pages that only show.
    pub(crate) async fn reading(store: &Arc<dyn EventStore>) -> Self {
        Self::new(Web::new(Arc::clone(store))).await
    }

    /// Pages that show and change everything.
    pub(crate) async fn writing(store: &Arc<dyn EventStore>) -> Self {
        let web = Web::new(Arc::clone(store)).with_writes(Writes::ByApplication);
        let web = web.with_parked_event_handler(Obedient);
        Self::new(web.with_verifiers(|| Some(Arc::new(Sound)))).await
    }

    pub(crate) async fn new(web: Web) -> Self {
        let streams = Arc::new(Streams::default());
        let router = web.into_router();
        let router = router.layer(from_fn_with_state(Arc::clone(&streams), count));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            streams,
            server: tokio::spawn(serve(listener, router)),
        }
    }

    pub(crate) fn at(&self, page: &str) -> String {
        format!("http://{}/{page}", self.address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Streams {
    /// How many were ever asked for, and how many are open.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.asked_for.load(Ordering::SeqCst), self.open.load(Ordering::SeqCst))
    }
}

async fn serve(listener: TcpListener, router: Router) {
    axum::serve(listener, router).await.unwrap();
}

async fn count(State(streams): State<Arc<Streams>>, request: Request, next: Next) -> Response {
    if request.uri().path() != "/live" {
        return next.run(request).await;
    }
    streams.asked_for.fetch_add(1, Ordering::SeqCst);
    streams.open.fetch_add(1, Ordering::SeqCst);
    let open = Open(streams);
    next.run(request).await.map(|body| {
        let parts = body.into_data_stream().map(move |part| {
            let _ = &open;
            part
        });
        Body::from_stream(parts)
    })
}

struct Open(Arc<Streams>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Handles every event but those of the type `Poison`.
struct Obedient;

#[async_trait]
impl ParkedEventHandler for Obedient {
    fn handles(&self, _: &SubscriptionKey) -> bool {
        true
    }

    async fn handle(&self, _: &SubscriptionKey, _: EventNumber, event: RecordedEvent) -> Result<(), String> {
        if event.event_type.as_str() == "Poison" {
            return Err("it is poison".to_owned());
        }
        Ok(())
    }
}

/// Finds nothing but a notice.
struct Sound;

#[async_trait]
impl Verifier for Sound {
    async fn verify(&self, report: &mut (dyn FnMut(Check) + Send)) -> Result<(), String> {
        report(Check::Total(1_234));
        report(Check::LookedAt(1_234));
        report(Check::Finding {
            is_damage: false,
            text: "stream order-1 has a gap".to_owned(),
        });
        Ok(())
    }
}
