use std::time::Instant;

use eventstore_core::{
    AppendReceipt, AppendSet, Delete, Deletion, Error, EventLinker, EventWriter, ExpectedVersion, Link, Result,
    StreamDeleter, StreamName,
};
use eventstore_postgres::PostgresStore;

use super::STREAMS;
use crate::support::append;

/// Calls one thing after another; returns how many were done.
pub(super) async fn write(store: &PostgresStore, caller: u64, end: Instant) -> u64 {
    let mut done = 0;
    for round in caller.. {
        if Instant::now() >= end {
            break;
        }
        match call(store, round).await {
            Ok(()) => done += 1,
            Err(error) => assert!(is_fair(&error), "{error:?}"),
        }
    }
    done
}

async fn call(store: &PostgresStore, round: u64) -> Result<()> {
    let number = round % STREAMS;
    let doomed = name(&format!("doomed-{}", round / 40));
    match round % 11 {
        0 => link(store, number).await,
        1 => store.delete(Delete::new(doomed, Deletion::Soft)).await,
        2 => store.delete(Delete::new(doomed, Deletion::Hard)).await,
        3 => store
            .append(append(doomed.as_str(), ExpectedVersion::Any, 2))
            .await
            .map(drop),
        4 => store.append_set(set(number)).await.map(drop),
        5 => append_to(store, &format!("new-{round}")).await.map(drop),
        _ => append_to(store, &format!("shared-{number}")).await.map(drop),
    }
}

async fn append_to(store: &PostgresStore, stream: &str) -> Result<AppendReceipt> {
    store.append(append(stream, ExpectedVersion::Any, 1)).await
}

/// Appends what it links, so that there is something to link.
async fn link(store: &PostgresStore, number: u64) -> Result<()> {
    let source = append(&format!("shared-{number}"), ExpectedVersion::Any, 2);
    store.append(source.clone()).await?;
    let target = name(&format!("links-{number}"));
    let link = Link::new(target, ExpectedVersion::Any, source.event_ids())?;
    match store.link(link).await {
        // The other library has linked them in between.
        Err(Error::DuplicateEvent { .. }) => Ok(()),
        outcome => outcome.map(drop),
    }
}

fn set(number: u64) -> AppendSet {
    let stream = |number: u64| append(&format!("shared-{}", number % STREAMS), ExpectedVersion::Any, 1);
    AppendSet::new(vec![stream(number + 1), stream(number)]).unwrap()
}

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

/// What the deletion of streams explains.
fn is_fair(error: &Error) -> bool {
    matches!(error, Error::StreamDeleted { .. } | Error::StreamNotFound { .. })
}
