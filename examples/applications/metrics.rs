//! Exports what a store measures in the format of Prometheus: `cargo run --example metrics`, on the store that
//! `EVENTSTORE_URL` names.

#[cfg(test)]
#[macro_use]
mod test_store;

use std::sync::Arc;

use eventstore_core::{
    Append, EventReaderExt, EventStore, EventType, EventWriter, ExpectedVersion, NewEvent, Read, StreamName,
};
use futures_util::TryStreamExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use uuid::Uuid;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // A service would rather call `install`, which also serves the text over HTTP.
    let exporter = PrometheusBuilder::new().install_recorder()?;
    run(quickstart::open().await?).await?;
    print!("{}", exporter.render());
    Ok(())
}

async fn run(store: Arc<dyn EventStore>) -> anyhow::Result<()> {
    let stream = StreamName::new(format!("order-{}", Uuid::now_v7()))?;
    let placed = NewEvent::new(Uuid::now_v7(), EventType::new("OrderPlaced")?, r#"{"total":42}"#);
    store
        .append(Append::new(stream.clone(), ExpectedVersion::NoStream, vec![placed])?)
        .await?;
    store.read(Read::new(stream)).try_for_each(async |_| Ok(())).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use quickstart::StoreUrl;

    use super::*;

    on_each_backend!(calls_are_measured);

    async fn calls_are_measured(url: &StoreUrl) {
        let recorder = PrometheusBuilder::new().install_recorder().unwrap();
        run(url.open().await.unwrap()).await.unwrap();
        let text = recorder.render();
        let appended = |line: &str| line.starts_with("eventstore_appended_events_total") && line.ends_with(" 1");
        assert!(text.lines().any(appended), "{text}");
    }
}
