//! Deleting: softly and for good, and bringing back.

mod closing;
mod expected_version;
mod hard;
mod links;
mod positions;
mod racing_appends;
mod racing_deletes;
mod racing_links;
mod reopening;
mod soft;
mod undelete;

pub use closing::*;
pub use expected_version::*;
pub use hard::*;
pub use links::*;
pub use positions::*;
pub use racing_appends::*;
pub use racing_deletes::*;
pub use racing_links::*;
pub use reopening::*;
pub use soft::*;
pub use undelete::*;

use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{Delete, Deletion, Direction, Error, EventReaderExt, Read, Result, StreamName};
use futures_util::StreamExt;
use tokio::sync::Barrier;

use super::sample::stream_of;
use super::{Backend, Harness, expect_error};

async fn soft_delete(store: &dyn Backend, stream: &StreamName) {
    store.delete(Delete::new(stream.clone(), Deletion::Soft)).await.unwrap();
}

async fn hard_delete(store: &dyn Backend, stream: &StreamName) {
    store.delete(Delete::new(stream.clone(), Deletion::Hard)).await.unwrap();
}

async fn assert_does_not_exist(store: &dyn Backend, name: &StreamName) {
    let looked_up = store.stream_info(&name.clone().into()).await;
    expect_error!(looked_up, Error::StreamNotFound { stream } if stream == *name);
}

async fn assert_is_soft_deleted(store: &dyn Backend, name: &StreamName) {
    let looked_up = store.stream_info(&name.clone().into()).await;
    expect_error!(looked_up, Error::StreamDeleted { stream } if stream == *name);
}

/// Begins to read a stream `s` of four events, two a page, and deletes it; what comes after the first page.
async fn read_on_after(
    harness: &dyn Harness,
    direction: Direction,
    delete: impl AsyncFnOnce(&dyn Backend, &StreamName),
) -> Result<NumberedEvent> {
    let store = harness.store();
    let target = stream_of(&*store, "s", 4).await;
    let request = Read::new(target.clone()).with_page_size(NonZeroU32::new(2).unwrap());
    let mut events = store.numbered(match direction {
        Direction::Forward => request,
        Direction::Backward => request.with_direction(Direction::Backward),
    });
    events.next().await.unwrap().unwrap();
    delete(&*store, &target).await;
    events.next().await.unwrap().unwrap();
    let beyond = events.next().await.unwrap();
    assert!(events.next().await.is_none());
    beyond
}

/// How often two calls are let loose on each other.
const ROUNDS: usize = 25;

/// Lets a call and the deletion of a stream, on this node, loose on each other.
async fn race_with_deletion<T: Send + 'static>(
    call: impl Future<Output = T> + Send + 'static,
    node: &Arc<dyn Backend>,
    delete: Delete,
) -> (T, Result<()>) {
    let node = Arc::clone(node);
    race(call, async move { node.delete(delete).await }).await
}

/// Begins two calls at the same time, on two threads.
async fn race<A, B>(a: impl Future<Output = A> + Send + 'static, b: impl Future<Output = B> + Send + 'static) -> (A, B)
where
    A: Send + 'static,
    B: Send + 'static,
{
    let start = Arc::new(Barrier::new(2));
    let (start_a, start_b) = (Arc::clone(&start), start);
    let a = tokio::spawn(async move {
        start_a.wait().await;
        a.await
    });
    let b = tokio::spawn(async move {
        start_b.wait().await;
        b.await
    });
    (a.await.unwrap(), b.await.unwrap())
}
