use std::fmt::Debug;
use std::time::Duration;

use eventstore_core::backend::{AcquiredLease, CheckpointOutcome, NumberedEvent, PageRequest, SubscriptionRecord};
use eventstore_core::{
    Direction, EventNumber, EventReaderExt, Read, RecordedSnapshot, Result, StreamInfo, StreamPage, StreamQuery,
    StreamSort,
};
use futures_util::TryStreamExt;
use tokio::time::sleep;

use super::operation::{self, Operation, Stream};
use crate::conformance::{Backend, Role};

/// How long to wait for a lease that another operation has.
const PAUSE: Duration = Duration::from_millis(5);

/// What a backend answers, in a form that two backends have in common: without times, and without the ids of streams.
pub(super) async fn answer(store: &dyn Backend, operation: &Operation) -> String {
    match perform(store, operation).await {
        Ok(answer) => answer,
        Err(error) => format!("error: {error}"),
    }
}

/// All that can be read of what these roles keep.
pub(super) async fn contents(store: &dyn Backend, roles: &[Role]) -> Vec<String> {
    let mut contents = Vec::new();
    if roles.contains(&Role::Streams) {
        contents.extend(contents_of_streams(store).await);
    }
    if roles.contains(&Role::Snapshots) {
        for source in Stream::all() {
            contents.push(answer(store, &Operation::ReadSnapshot(source)).await);
        }
    }
    if roles.contains(&Role::Subscriptions) {
        for stream in targets() {
            contents.push(answer(store, &Operation::FindSubscription(stream)).await);
        }
    }
    contents
}

/// `$all`, and every stream.
fn targets() -> impl Iterator<Item = Option<Stream>> {
    std::iter::once(None).chain(Stream::all().map(Some))
}

async fn contents_of_streams(store: &dyn Backend) -> Vec<String> {
    let mut contents = Vec::new();
    for stream in targets() {
        let read = Operation::Read {
            stream,
            direction: Direction::Forward,
            from: 0,
            limit: 10_000,
        };
        contents.push(answer(store, &Operation::Info(stream)).await);
        contents.push(answer(store, &read).await);
    }
    contents
}

async fn perform(store: &dyn Backend, operation: &Operation) -> Result<String> {
    Ok(match operation {
        Operation::Append(write) => outline(&store.append(write.append()?).await?),
        Operation::AppendSet(writes) => outline(&store.append_set(operation::append_set(writes)?).await?),
        Operation::Link(write) => outline(&store.link(write.link()?).await?),
        Operation::Delete {
            stream,
            expected,
            is_hard,
        } => outline(&store.delete(operation::deletion(*stream, *expected, *is_hard)?).await?),
        Operation::Undelete(stream) => outline(&store.undelete(&stream.name()?).await?),
        Operation::Read {
            stream,
            direction,
            from,
            limit,
        } => read(store, operation::page(*stream, *direction, *from, *limit)?).await?,
        Operation::ReadMatching {
            stream,
            matching,
            direction,
            from,
            limit,
        } => {
            let read = Read::new(operation::selector(*stream)?)
                .with_filter(matching.filter()?)
                .with_start(EventNumber::from(*from))
                .with_limit(u64::from(*limit));
            read_lazily(store, read, *direction).await?
        }
        Operation::NumberAt { stream, second } => {
            let selector = operation::selector(*stream)?;
            outline(&store.number_at(&selector, operation::time(*second)?).await?)
        }
        Operation::Info(stream) => outline_stream(&store.stream_info(&operation::selector(*stream)?).await?),
        Operation::List { search, is_descending } => list(store, *search, *is_descending).await?,
        Operation::RecordSnapshot {
            source,
            version,
            policy,
        } => {
            let snapshot = operation::snapshot(*source, *version)?;
            outline(&store.record_snapshot(snapshot, *policy).await?)
        }
        Operation::ReadSnapshot(source) => {
            let recorded = store.read_snapshot(&source.name()?).await?;
            outline(&recorded.map(|RecordedSnapshot { snapshot, .. }| snapshot))
        }
        Operation::DeleteSnapshot(source) => outline(&store.delete_snapshot(&source.name()?).await?),
        Operation::FindSubscription(stream) => outline(&find_subscription(store, *stream).await?.checkpoint),
        Operation::SaveCheckpoint { stream, checkpoint } => {
            outline(&save_checkpoint(store, *stream, EventNumber::from(*checkpoint)).await?)
        }
    })
}

async fn find_subscription(store: &dyn Backend, stream: Option<Stream>) -> Result<SubscriptionRecord> {
    let subscription = operation::subscription(stream)?;
    store
        .find_or_create_subscription(&subscription, operation::start_after(stream))
        .await
}

/// Waits for the lease while another operation has it; one that was lost meanwhile is taken again.
async fn save_checkpoint(
    store: &dyn Backend,
    stream: Option<Stream>,
    checkpoint: EventNumber,
) -> Result<CheckpointOutcome> {
    let subscription = operation::subscription(stream)?;
    loop {
        let acquired = store.try_acquire(&subscription, operation::start_after(stream)).await?;
        let Some(AcquiredLease { lease, .. }) = acquired else {
            sleep(PAUSE).await;
            continue;
        };
        let outcome = store.save_checkpoint(lease.token(), checkpoint).await?;
        lease.release().await;
        if outcome != CheckpointOutcome::Fenced {
            return Ok(outcome);
        }
    }
}

/// A backend need not know that a page is the last where only gaps follow it.
async fn read(store: &dyn Backend, request: PageRequest) -> Result<String> {
    let page = store.read_page(request).await?;
    let events: Vec<_> = page.events.iter().map(outline_event).collect();
    Ok(events.join(" "))
}

async fn read_lazily(store: &dyn Backend, read: Read, direction: Direction) -> Result<String> {
    let read = match direction {
        Direction::Forward => read,
        Direction::Backward => read.with_direction(Direction::Backward),
    };
    let events: Vec<_> = store.numbered(read).try_collect().await?;
    let events: Vec<_> = events.iter().map(outline_event).collect();
    Ok(events.join(" "))
}

async fn list(store: &dyn Backend, search: Option<Stream>, is_descending: bool) -> Result<String> {
    let query = StreamQuery {
        search: search.map(|stream| stream.to_string()),
        sort: StreamSort::Name,
        is_descending,
        ..StreamQuery::default()
    };
    let StreamPage {
        streams, total_streams, ..
    } = store.list_streams(query).await?;
    let streams: Vec<_> = streams.iter().map(outline_stream).collect();
    Ok(format!("{total_streams}: {}", streams.join(" ")))
}

fn outline(answer: &impl Debug) -> String {
    format!("{answer:?}")
}

fn outline_stream(stream: &StreamInfo) -> String {
    let deleted = if stream.deleted_at.is_some() { " deleted" } else { "" };
    format!("{}@{}{deleted}", stream.selector, stream.version)
}

fn outline_event(event: &NumberedEvent) -> String {
    let NumberedEvent { number, event } = event;
    let (stream, version) = (&event.stream, event.stream_version);
    format!("{number}={stream}@{version}#{}", event.event_id.as_uuid().as_u128())
}
