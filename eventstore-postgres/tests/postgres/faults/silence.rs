use std::time::{Duration, Instant};

use eventstore_core::{EventNumber, ExpectedVersion};
use eventstore_postgres::PostgresConfig;
use eventstore_postgres::PostgresStore;
use eventstore_testkit::history::{Recorder, Watched};
use eventstore_testkit::proxy::Proxy;

use super::traffic::{Consumer, LIMIT, settings};
use crate::support::{Fixture, append};

/// The name of the subscription.
const NAME: &str = "invoices";

/// A network that forgets idle connections tells no one: what was appended meanwhile comes all the same, and what is appended
/// later is heard of again.
///
/// Behaviours: R9.9, R9.10, R15.6, T21.
#[tokio::test]
async fn idle_connections_that_fall_silent_cost_no_event() {
    let (fixture, recorder) = (Fixture::new().await, Recorder::in_memory());
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url())
        .unwrap()
        .with_connect_timeout(Duration::from_secs(2))
        .with_statement_timeout(Duration::from_secs(2));
    let store = PostgresStore::connect(config).await.unwrap();
    let mut consumer = Consumer::start(&recorder, &store, NAME, NAME, settings());
    put(&fixture, &recorder, 3).await;
    consumer.until_stored(EventNumber::from(3)).await;

    recorder.fault("all connections fell silent");
    proxy.strand();
    put(&fixture, &recorder, 3).await;
    consumer.until_stored(EventNumber::from(6)).await;
    until_somebody_listens(&fixture).await;
    put(&fixture, &recorder, 3).await;
    consumer.until_stored(EventNumber::from(9)).await;
    consumer.stop().await;
    fixture.look_at_checkpoint(&recorder, NAME).await;
    fixture.judge(&recorder, &[Watched::all(NAME)]).await;
}

async fn put(fixture: &Fixture, recorder: &Recorder, events: usize) {
    let append = append("s", ExpectedVersion::Any, events);
    recorder.append(&fixture.store, append).await.unwrap();
}

async fn until_somebody_listens(fixture: &Fixture) {
    let listens = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                   AND application_name LIKE '% listener' AND query LIKE 'LISTEN%')";
    let (mut session, started) = (fixture.session().await, Instant::now());
    while !sqlx::query_scalar::<_, bool>(listens)
        .fetch_one(&mut session)
        .await
        .unwrap()
    {
        assert!(started.elapsed() < LIMIT, "no session listens");
        tokio::task::yield_now().await;
    }
}
