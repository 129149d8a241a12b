//! Exports what a store measures in the format of Prometheus: `cargo run --example metrics`.
//!
//! It works on the database that `EVENTSTORE_URL` names, else on a throw-away server.

use eventstore_core::{Append, EventReaderExt, EventType, EventWriter, ExpectedVersion, NewEvent, Read, StreamName};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use futures_util::TryStreamExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use uuid::Uuid;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // A service would rather call `install`, which also serves the text over HTTP.
    let exporter = PrometheusBuilder::new().install_recorder()?;
    let server = eventstore_testkit::server::Server::find("EVENTSTORE_URL")?;
    let config = PostgresConfig::from_url(server.url())?;
    PostgresAdmin::new(config.clone()).create_database().await?;
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await?;
    let store = PostgresStore::connect(config).await?;

    let stream = StreamName::new(format!("order-{}", Uuid::now_v7()))?;
    let placed = NewEvent::new(Uuid::now_v7(), EventType::new("OrderPlaced")?, r#"{"total":42}"#);
    store
        .append(Append::new(stream.clone(), ExpectedVersion::NoStream, vec![placed])?)
        .await?;
    store.read(Read::new(stream)).try_for_each(async |_| Ok(())).await?;

    println!("{:?}", store.health().await?);
    print!("{}", exporter.render());
    Ok(())
}
