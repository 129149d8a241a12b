//! A shop whose events can be watched: the pages of the store are mounted in the shop's own web server, and change while they are open.
//!
//! `cargo run --example shop`, on the store that `EVENTSTORE_URL` names, then open `http://127.0.0.1:8080/`; Ctrl-C ends it. Customers order
//! something every second. Some cards are declined: those orders are parked, and can be replayed on the pages.

mod customers;
mod payments;
#[cfg(test)]
#[macro_use]
#[path = "../test_store.rs"]
mod test_store;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use eventstore_core::EventStore;
use eventstore_web::{Web, Writes};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::customers::Customers;
use self::payments::Payments;

const FRONT_PAGE: &str = r#"<!DOCTYPE html><html lang="en"><title>Shop</title>
<h1>Shop</h1><p>Customers order something every second. <a href="/events/overview">See what happens</a>.</p></html>"#;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = quickstart::open().await?;
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://{}/", listener.local_addr()?);
    let ending = CancellationToken::new();
    let shop = Shop {
        store,
        order_every: Duration::from_secs(1),
        ending: ending.clone(),
    };
    tokio::select! {
        ended = shop.open(listener) => ended,
        // An open page never ends its stream by itself, so the end does not wait for it.
        _ = tokio::signal::ctrl_c() => {
            ending.cancel();
            Ok(())
        }
    }
}

/// Everything that runs in this process.
struct Shop {
    store: Arc<dyn EventStore>,
    order_every: Duration,
    ending: CancellationToken,
}

impl Shop {
    async fn open(self, listener: TcpListener) -> anyhow::Result<()> {
        let customers = Customers::new(Arc::clone(&self.store));
        let payments = Payments::new(Arc::clone(&self.store));
        let serving = async { Ok(axum::serve(listener, self.routes()).await?) };
        tokio::try_join!(
            serving,
            customers.order_every(self.order_every),
            payments.take(self.ending.clone().cancelled_owned()),
        )?;
        Ok(())
    }

    /// The shop, and the pages of its store. A real shop puts these behind its own authentication; this one answers only to this machine.
    fn routes(&self) -> Router {
        let pages = Web::new(Arc::clone(&self.store))
            .with_label("example shop")
            .with_writes(Writes::ByApplication)
            .with_parked_event_handler(Payments::new(Arc::clone(&self.store)));
        Router::new()
            .route("/", get(async || Html(FRONT_PAGE)))
            .nest("/events", pages.into_router())
    }
}
