use std::time::Instant;

use eventstore_core::EventNumber;
use eventstore_postgres::{Layout, PostgresStore};
use eventstore_testkit::history::{Recorder, Watched};

use super::traffic::{Consumer, LIMIT, Writer, settings};
use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    the_loss_of_pooled_connections_costs_no_event,
    the_loss_of_the_listening_connection_costs_no_event,
    the_loss_of_the_connection_that_holds_the_locks_costs_no_event,
}

/// The name of the subscription.
const NAME: &str = "invoices";

/// How many events are acknowledged before a connection is ended, each time.
const STEP: u64 = 20;

/// How often it is.
const TERMINATIONS: u32 = 3;

/// Behaviours: R15.1, T17.
async fn the_loss_of_pooled_connections_costs_no_event(layout: Layout) {
    terminate_again_and_again(layout, "pool").await;
}

/// Behaviours: R8.73, R9.10, T21.
async fn the_loss_of_the_listening_connection_costs_no_event(layout: Layout) {
    terminate_again_and_again(layout, "listener").await;
}

/// Behaviours: R8.65, R8.66, T19.
async fn the_loss_of_the_connection_that_holds_the_locks_costs_no_event(layout: Layout) {
    terminate_again_and_again(layout, "locks").await;
}

/// Ends the connection for this purpose, whenever there is one, while events are appended and consumed.
async fn terminate_again_and_again(layout: Layout, purpose: &str) {
    let (fixture, recorder) = (Fixture::of(layout).await, Recorder::in_memory());
    let writer = Writer::start(&recorder, &fixture.store);
    let mut consumer = Consumer::start(&recorder, &fixture.store, NAME, NAME, settings());
    for _ in 0..TERMINATIONS {
        consumer.until_more_is_acknowledged(STEP).await;
        fixture.look_at_checkpoint(&recorder, NAME).await;
        fixture.until_connected(purpose).await;
        recorder.fault(format!("{purpose} terminated"));
        fixture.terminate(purpose).await;
    }
    consumer.until_more_is_acknowledged(STEP).await;
    writer.stop().await;
    // Nothing is appended any more.
    consumer.until_stored(fixture.head().await).await;
    consumer.stop().await;
    fixture.look_at_checkpoint(&recorder, NAME).await;
    fixture.judge(&recorder, &[Watched::all(NAME)]).await;
}

/// For a moment two believe that the subscription is theirs.
///
/// Behaviours: R8.64, R8.65, R8.66, T14.
#[tokio::test]
async fn a_holder_that_has_not_noticed_its_loss_does_no_harm() {
    let (fixture, recorder) = (Fixture::new().await, Recorder::in_memory());
    let other = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let writer = Writer::start(&recorder, &fixture.store);
    let consumers = [("one", &fixture.store), ("another", &other)]
        .map(|(subscriber, store)| Consumer::start(&recorder, store, subscriber, NAME, settings()));
    let mut reached = EventNumber::ZERO;
    for _ in 0..TERMINATIONS {
        reached = reached.after(STEP).unwrap();
        fixture.until_checkpoint(&recorder, NAME, reached).await;
        recorder.fault("the holder's lock terminated");
        fixture.terminate_a_holder().await;
        reached = fixture.look_at_checkpoint(&recorder, NAME).await;
    }
    fixture
        .until_checkpoint(&recorder, NAME, reached.after(STEP).unwrap())
        .await;
    writer.stop().await;
    fixture.until_checkpoint(&recorder, NAME, fixture.head().await).await;
    for consumer in consumers {
        consumer.stop().await;
    }
    fixture.judge(&recorder, &[Watched::all(NAME)]).await;
}

impl Fixture {
    /// Waits until the store has a connection for this purpose.
    async fn until_connected(&self, purpose: &str) {
        let (mut session, started) = (self.session().await, Instant::now());
        let connected = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                         AND application_name LIKE '% ' || $1)";
        while !sqlx::query_scalar::<_, bool>(connected)
            .bind(purpose)
            .fetch_one(&mut session)
            .await
            .unwrap()
        {
            assert!(started.elapsed() < LIMIT, "no connection for {purpose}");
            tokio::task::yield_now().await;
        }
    }

    /// Ends one of the sessions that hold a lock of a subscription.
    async fn terminate_a_holder(&self) {
        let (mut session, started) = (self.session().await, Instant::now());
        let terminate = "SELECT pg_terminate_backend(pid) FROM pg_locks
                         WHERE locktype = 'advisory' AND granted
                           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                         LIMIT 1";
        while !sqlx::query_scalar::<_, bool>(terminate)
            .fetch_optional(&mut session)
            .await
            .unwrap()
            .unwrap_or_default()
        {
            assert!(started.elapsed() < LIMIT, "no session holds a lock");
            tokio::task::yield_now().await;
        }
    }

    /// Waits until a checkpoint of this number or a later one is in the table.
    async fn until_checkpoint(&self, recorder: &Recorder, name: &str, number: EventNumber) {
        let started = Instant::now();
        while self.look_at_checkpoint(recorder, name).await < number {
            assert!(started.elapsed() < LIMIT, "checkpoint {number} is not reached");
            tokio::task::yield_now().await;
        }
    }
}
