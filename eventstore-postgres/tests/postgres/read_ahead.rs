//! A lazy read reads ahead, and keeps no one waiting.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use eventstore_core::{EventReaderExt, EventWriter, ExpectedVersion, Read};
use eventstore_postgres::{DataType, Layout, PostgresConfig};
use futures_util::TryStreamExt;
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::support::{Fixture, append, in_both_layouts};

in_both_layouts! {
    a_consumer_may_use_the_only_connection_meanwhile,
    a_read_that_is_given_up_leaves_its_connection_in_order,
}

const EVENTS: u32 = 12;

/// Long enough for a slow machine; what waits for itself waits longer.
const PATIENCE: Duration = Duration::from_secs(20);

async fn fixture(layout: Layout) -> Fixture {
    let one_connection = |config: PostgresConfig| config.with_pool_size(NonZeroUsize::MIN);
    let fixture = Fixture::with(layout, DataType::default(), one_connection).await;
    let events = usize::try_from(EVENTS).unwrap();
    let filling = append("s", ExpectedVersion::NoStream, events);
    fixture.store.append(filling).await.unwrap();
    fixture
}

fn pages_of_two() -> Read {
    Read::all().with_page_size(NonZeroU32::new(2).unwrap())
}

async fn a_consumer_may_use_the_only_connection_meanwhile(layout: Layout) {
    let fixture = fixture(layout).await;
    let mut events = fixture.store.numbered(pages_of_two().with_limit(EVENTS.into()));
    let mut numbers = Vec::new();
    let consuming = async {
        while let Some(event) = events.try_next().await.unwrap() {
            numbers.push(event.number.get());
            let answer = fixture.store.append(append("answers", ExpectedVersion::Any, 1)).await;
            answer.unwrap();
        }
    };
    timeout(PATIENCE, consuming).await.unwrap();
    assert_eq!(numbers, (1..=u64::from(EVENTS)).collect::<Vec<_>>());
}

async fn a_read_that_is_given_up_leaves_its_connection_in_order(layout: Layout) {
    let fixture = fixture(layout).await;
    let before = connections_of_pool(&fixture).await;
    let mut events = fixture.store.read(pages_of_two());
    for _ in 0..5 {
        events.try_next().await.unwrap().unwrap();
    }
    drop(events);
    let all: Vec<_> = fixture.store.numbered(Read::all()).try_collect().await.unwrap();
    assert_eq!(all.len(), usize::try_from(EVENTS).unwrap());
    assert_eq!(before.len(), 1);
    assert_eq!(connections_of_pool(&fixture).await, before);
}

/// Which processes of the server serve the store's pool.
async fn connections_of_pool(fixture: &Fixture) -> Vec<i32> {
    let mut connection = PgConnection::connect(fixture.database.url()).await.unwrap();
    let pids = sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'eventstore pool'",
    );
    pids.fetch_all(&mut connection).await.unwrap()
}
