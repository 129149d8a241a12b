//! Appends, reads back and subscribes. Your program has a URL of its own: `PostgresConfig::from_url(url)`.

use eventstore_core::{Append, EventReaderExt, EventWriter, ExpectedVersion, Read, StreamName, SubscriptionName};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_serde::{Json, Serializer};
use eventstore_subscriptions::{Subscribe, Subscriptions};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let server = eventstore_testkit::server::Server::find("EVENTSTORE_URL")?;
    println!("{server}");
    let config = PostgresConfig::from_url(server.url())?;
    PostgresAdmin::new(config.clone()).create_database().await?;
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await?;
    let store = PostgresStore::connect(config).await?;

    let opened = Json.event("AccountOpened".parse()?, "Ada")?;
    let deposited = Json.event("MoneyDeposited".parse()?, &100)?;
    let stream = StreamName::new(format!("account-{}", opened.id))?;
    let append = Append::new(stream.clone(), ExpectedVersion::NoStream, vec![opened, deposited])?;
    let receipt = store.append(append).await?;
    let read: Vec<_> = store.read(Read::new(stream.clone())).try_collect().await?;

    let request = Subscribe::new(SubscriptionName::new("quickstart")?, stream);
    let mut subscription = Subscriptions::new(std::sync::Arc::new(store)).subscribe(request)?;
    let mut received = 0;
    while received < receipt.count()
        && let Some(events) = subscription.try_next().await?
    {
        for event in &events {
            println!("{} {} {:?}", event.stream_version, event.event_type, event.data);
            subscription.ack(event).await?;
            received += 1;
        }
    }
    subscription.stop().await?;
    println!("appended={} read={} received={received}", receipt.count(), read.len());
    Ok(())
}
