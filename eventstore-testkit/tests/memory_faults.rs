//! The faults of the in-memory backend are those that they say they are.

use eventstore_core::backend::{Hint, Notifier, PageRequest, SubscriptionLocks};
use eventstore_core::{
    Append, AppendReceipt, Direction, Error, EventNumber, EventReader, EventType, EventWriter, ExpectedVersion,
    NewEvent, StreamName, StreamSelector, SubscriptionKey, SubscriptionName,
};
use eventstore_testkit::MemoryStore;
use futures_util::FutureExt;
use uuid::Uuid;

#[tokio::test]
async fn fails_just_the_next_reads_of_its_node() {
    let store = MemoryStore::new();
    store.fail_next_reads(2);
    assert!(store.another_node().read_page(first_page()).await.is_ok());
    for _ in 0..2 {
        let outcome = store.read_page(first_page()).await;
        assert!(matches!(outcome, Err(Error::Unavailable { .. })), "{outcome:?}");
    }
    assert!(store.read_page(first_page()).await.is_ok());
}

#[tokio::test]
async fn drops_hints_while_paused_and_admits_it_when_resumed() {
    let store = MemoryStore::new();
    let other = store.another_node();
    let mut listener = store.listen(&StreamSelector::All);
    let mut on_other = other.listen(&StreamSelector::All);

    let paused = store.pause_notifications();
    append_one(&store).await.unwrap();
    append_one(&store).await.unwrap();
    assert_eq!(listener.hint().now_or_never(), None);
    assert_eq!(on_other.hint().await, Some(Hint::UpTo(EventNumber::from(2))));

    drop(paused);
    assert_eq!(listener.hint().await, Some(Hint::Unknown));
    assert_eq!(listener.hint().now_or_never(), None);
}

#[tokio::test]
async fn revokes_just_the_leases_of_its_node() {
    let store = MemoryStore::new();
    let other = store.another_node();
    let [own, foreign] = ["own", "foreign"].map(|name| SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new(name).unwrap(),
    });
    let revoked = store.try_acquire(&own, EventNumber::ZERO).await.unwrap().unwrap().lease;
    let kept = other
        .try_acquire(&foreign, EventNumber::ZERO)
        .await
        .unwrap()
        .unwrap()
        .lease;

    store.revoke_leases();
    revoked.lost().await;
    assert_eq!(kept.lost().now_or_never(), None);
    assert!(other.try_acquire(&own, EventNumber::ZERO).await.unwrap().is_some());
}

#[tokio::test]
async fn ends_its_listeners_with_the_last_handle_of_a_node() {
    let store = MemoryStore::new();
    let mut listener = store.clone().listen(&StreamSelector::All);
    append_one(&store).await.unwrap();
    drop(store);
    assert_eq!(listener.hint().await, Some(Hint::UpTo(EventNumber::FIRST)));
    assert_eq!(listener.hint().await, None);
}

async fn append_one(store: &MemoryStore) -> Result<AppendReceipt, Error> {
    let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened")?, "{}");
    let append = Append::new(StreamName::new("s")?, ExpectedVersion::Any, vec![event])?;
    store.append(append).await
}

fn first_page() -> PageRequest {
    PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 1)
}
