//! Appends, reads back and subscribes: `cargo run --example quickstart`.

use eventstore_core::prelude::*;
use eventstore_serde::{Json, Serializer};
use eventstore_subscriptions::{Delivery, Subscribe, Subscriptions};

#[tokio::main]
async fn main() -> Result<(), eventstore_core::BoxError> {
    // Your program opens its own: `SqliteStore::open("bank.db")`, or `PostgresStore::open("postgres://…")`.
    let store = quickstart::open().await?;

    let opened = Json.event("AccountOpened", "Ada")?;
    let deposited = Json.event("MoneyDeposited", &100)?;
    let account = format!("account-{}", opened.id);
    store
        .append_events(&account, ExpectedVersion::NoStream, [opened, deposited])
        .await?;
    println!("read {} events", store.read(&account).collect().await?.len());

    let balances = Subscriptions::new(store);
    let request = Subscribe::to_stream("quickstart", &account)?;
    let (done, two_seen) = (tokio::sync::Notify::new(), 2);
    let print = async |event: Delivery| {
        println!("{} {} {:?}", event.number, event.event_type, event.data);
        if event.number == two_seen.into() {
            done.notify_one();
        }
        Ok::<_, eventstore_core::BoxError>(())
    };
    balances.run_until(request, done.notified(), print).await?;
    Ok(())
}
