//! Appends, reads back and subscribes, on the server that `EVENTSTORE_URL` names or on a throw-away one.

use eventstore_core::prelude::*;
use eventstore_postgres::PostgresStore;
use eventstore_serde::{Json, Serializer};
use eventstore_subscriptions::{Delivery, Subscribe, Subscriptions};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Your program has a URL of its own; this one also runs where there is none.
    let server = eventstore_testkit::server::Server::find("EVENTSTORE_URL")?;
    println!("{server}");
    let store = PostgresStore::open(server.url()).await?;

    let opened = Json.event("AccountOpened", "Ada")?;
    let deposited = Json.event("MoneyDeposited", &100)?;
    let account = format!("account-{}", opened.id);
    store
        .append_events(&account, ExpectedVersion::NoStream, [opened, deposited])
        .await?;
    println!("read {} events", store.read(&account).collect().await?.len());

    let balances = Subscriptions::new(store.clone());
    let request = Subscribe::to_stream("quickstart", &account)?;
    let (done, two_seen) = (tokio::sync::Notify::new(), 2);
    let print = async |event: Delivery| {
        println!("{} {} {:?}", event.number, event.event_type, event.data);
        if event.number == two_seen.into() {
            done.notify_one();
        }
        anyhow::Ok(())
    };
    balances.run_until(request, done.notified(), print).await?;
    Ok(())
}
