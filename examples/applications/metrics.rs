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
    use std::sync::LazyLock;

    use metrics_exporter_prometheus::PrometheusHandle;
    use quickstart::StoreUrl;

    use super::*;

    /// A process can install one recorder only.
    static RECORDER: LazyLock<PrometheusHandle> =
        LazyLock::new(|| PrometheusBuilder::new().install_recorder().unwrap());

    on_each_backend!(calls_are_measured);

    async fn calls_are_measured(url: &StoreUrl) {
        LazyLock::force(&RECORDER);
        run(url.open().await.unwrap()).await.unwrap();
        let text = RECORDER.render();
        let appended = |line: &str| line.starts_with("eventstore_appended_events_total") && line.ends_with(" 1");
        assert!(text.lines().any(appended), "{text}");
    }
}
