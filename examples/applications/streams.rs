//! Everything that can be done to streams beside appending and reading, in the order of `docs/guide/streams.md`:
//! `cargo run --example streams`, on the store that `EVENTSTORE_URL` names.

#[cfg(test)]
#[macro_use]
mod test_store;

use std::sync::Arc;

use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Direction, EventFilter, EventReaderExt, EventStore, ExpectedVersion,
    Idempotence, Link, PageStart, Read, Snapshot, SnapshotPolicy, StreamName, StreamQuery, StreamSort,
};
use eventstore_postgres::{PostgresConfig, PostgresStore};
use eventstore_serde::{Json, Serializer};
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use futures_util::TryStreamExt;
use quickstart::StoreUrl;
use uuid::Uuid;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(&StoreUrl::find()?).await
}

async fn run(url: &StoreUrl) -> anyhow::Result<()> {
    let store = open(url).await?;
    let order = StreamName::new(format!("order-{}", Uuid::now_v7()))?;
    repeat(&*store, &order).await?;
    let stock = append_to_two(&*store, &order).await?;
    read_what_matches(&*store, &order).await?;
    let shipped = link(&*store, &order).await?;
    snapshot(&*store, &order).await?;
    list(&*store).await?;
    delete(&*store, [order, stock, shipped]).await
}

/// Opens the store with hard deletes, which are disabled unless they are asked for.
async fn open(url: &StoreUrl) -> anyhow::Result<Arc<dyn EventStore>> {
    Ok(match url {
        StoreUrl::Sqlite(url) => {
            let config = SqliteConfig::from_url(url)?.enable_hard_deletes();
            Arc::new(SqliteStore::open_with(config).await?)
        }
        StoreUrl::Postgres(url) => {
            // It creates what is missing.
            PostgresStore::open(url).await?.close().await;
            let config = PostgresConfig::from_url(url)?.enable_hard_deletes();
            Arc::new(PostgresStore::connect(config).await?)
        }
    })
}

/// Sends the same append twice, as after a lost answer.
async fn repeat(store: &dyn EventStore, order: &StreamName) -> anyhow::Result<()> {
    let placed = Json.event("OrderPlaced", "a lamp")?;
    let append =
        Append::new(order.clone(), ExpectedVersion::NoStream, vec![placed])?.with_idempotence(Idempotence::ByIds);
    let first = store.append(append.clone()).await?;
    let second = store.append(append).await?;
    anyhow::ensure!(second.is_deduplicated && second.last_position == first.last_position);
    Ok(())
}

/// Appends to two streams, both or neither.
async fn append_to_two(store: &dyn EventStore, order: &StreamName) -> anyhow::Result<StreamName> {
    let stock = StreamName::new(format!("stock-{}", Uuid::now_v7()))?;
    let confirmed = vec![Json.event("OrderConfirmed", "a lamp")?];
    let reserved = vec![Json.event("StockReserved", "a lamp")?];
    let receipts = store
        .append_set(AppendSet::new(vec![
            Append::new(order.clone(), ExpectedVersion::Exact(1.into()), confirmed)?,
            Append::new(stock.clone(), ExpectedVersion::NoStream, reserved)?,
        ])?)
        .await?;
    anyhow::ensure!(receipts[1].first_position == receipts[0].last_position.next());
    Ok(stock)
}

/// Finds orders that were placed, then everything about them since that time.
async fn read_what_matches(store: &dyn EventStore, order: &StreamName) -> anyhow::Result<()> {
    let orders = EventFilter::default().with_category("order")?;
    let placed = orders.clone().with_event_types(["OrderPlaced"])?;
    let newest = Read::all()
        .with_filter(placed)
        .with_direction(Direction::Backward)
        .with_limit(1);
    let newest: Vec<_> = store.read(newest).try_collect().await?;
    anyhow::ensure!(newest.len() == 1 && newest[0].stream == *order);

    let since = Read::all().with_filter(orders).with_start_time(newest[0].created_at);
    let mut events = store.read(since);
    while let Some(event) = events.try_next().await? {
        println!("{:?} {} {}", event.position, event.stream, event.event_type);
    }
    Ok(())
}

/// Collects events of one stream in another.
async fn link(store: &dyn EventStore, order: &StreamName) -> anyhow::Result<StreamName> {
    let events: Vec<_> = store.read(Read::new(order.clone())).try_collect().await?;
    let confirmed = events
        .iter()
        .filter(|event| event.event_type.as_str() == "OrderConfirmed");
    let shipped = StreamName::new(format!("to-ship-{}", Uuid::now_v7()))?;
    let ids = confirmed.map(|event| event.event_id);
    store
        .link(Link::new(shipped.clone(), ExpectedVersion::Any, ids)?)
        .await?;
    let linked: Vec<_> = store.read(Read::new(shipped.clone())).try_collect().await?;
    anyhow::ensure!(linked[0].link.as_ref().is_some_and(|link| link.version.get() == 1) && linked[0].stream == *order);
    Ok(shipped)
}

/// Keeps the state at version 2 beside the events.
async fn snapshot(store: &dyn EventStore, order: &StreamName) -> anyhow::Result<()> {
    let state = Snapshot {
        source: order.clone(),
        version: 2.into(),
        snapshot_type: "Order".parse()?,
        data: Json.serialize("confirmed")?,
        metadata: None,
    };
    store.record_snapshot(state.clone(), SnapshotPolicy::KeepNewest).await?;
    let recorded = store.read_snapshot(order).await?;
    anyhow::ensure!(recorded.is_some_and(|recorded| recorded.snapshot == state));
    store.delete_snapshot(order).await?;
    Ok(())
}

/// Looks through all orders, the newest first, page by page.
async fn list(store: &dyn EventStore) -> anyhow::Result<()> {
    let mut query = StreamQuery {
        search: Some("order-".to_owned()),
        sort: StreamSort::CreatedAt,
        is_descending: true,
        ..StreamQuery::default()
    };
    loop {
        let page = store.list_streams(query.clone()).await?;
        for stream in &page.streams {
            println!("{} {} of {}", stream.selector, stream.version, page.total_streams);
        }
        let Some(last) = page.streams.last() else { return Ok(()) };
        query.start = PageStart::After(Box::new(last.clone()));
    }
}

/// Deletes softly, brings back, and deletes for good.
async fn delete(store: &dyn EventStore, streams: [StreamName; 3]) -> anyhow::Result<()> {
    for stream in streams {
        store.delete(Delete::new(stream.clone(), Deletion::Soft)).await?;
        store.undelete(&stream).await?;
        store.delete(Delete::new(stream, Deletion::Hard)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    on_each_backend!(everything_can_be_done_again_and_leaves_nothing);

    async fn everything_can_be_done_again_and_leaves_nothing(url: &StoreUrl) {
        run(url).await.unwrap();
        run(url).await.unwrap();
        let store = url.open().await.unwrap();
        let left = store.list_streams(StreamQuery::default()).await.unwrap();
        let left: Vec<_> = left.streams.iter().map(|stream| stream.selector.as_str()).collect();
        assert_eq!(left, ["$all"]);
    }
}
