//! Effects that commit with a checkpoint, on a real server.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::{
    BegunProjection, ProjectionStep, ProjectionStore, SubscriptionLocks, SubscriptionStore,
};
use eventstore_core::{Error, ExpectedVersion, StreamSelector, SubscriptionKey, SubscriptionName};
use eventstore_postgres::{PostgresStore, PostgresTransaction};
use eventstore_subscriptions::{Delivery, Projection, ProjectionError, Projector, Subscribe, Subscriptions};
use sqlx::{Connection, Executor};
use tokio::time::timeout;

use crate::support::{Fixture, append};

/// A row for each event; a second one for the same event is refused.
struct Rows {
    fails_at: Option<u64>,
}

#[async_trait]
impl Projector<PostgresTransaction> for Rows {
    type Error = sqlx::Error;

    async fn project(&mut self, transaction: &mut PostgresTransaction, events: &[Delivery]) -> Result<(), sqlx::Error> {
        for event in events {
            if self.fails_at == Some(event.number.get()) {
                return Err(sqlx::Error::RowNotFound);
            }
            insert(transaction, event.number.as_i64()).await?;
        }
        Ok(())
    }
}

async fn insert(transaction: &mut PostgresTransaction, number: i64) -> Result<(), sqlx::Error> {
    let insert = sqlx::query("INSERT INTO effects VALUES ($1)").bind(number);
    insert.execute(&mut **transaction).await.map(drop)
}

async fn fixture() -> Fixture {
    let fixture = Fixture::new().await;
    let create = "CREATE TABLE effects (number bigint PRIMARY KEY)";
    fixture.session().await.execute(create).await.unwrap();
    fixture
}

fn key() -> SubscriptionKey {
    SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("projection").unwrap(),
    }
}

async fn effects(fixture: &Fixture) -> Vec<i64> {
    let query = sqlx::query_scalar("SELECT number FROM effects ORDER BY number");
    query.fetch_all(&mut fixture.session().await).await.unwrap()
}

async fn checkpoint(fixture: &Fixture) -> u64 {
    let record = fixture.store.find_or_create_subscription(&key(), 0.into()).await;
    record.unwrap().checkpoint.get()
}

fn projection(fixture: &Fixture) -> Projection<Arc<PostgresStore>> {
    let store = Arc::new(fixture.store.clone());
    let request = Subscribe::new(key().name, StreamSelector::All);
    let subscription = Subscriptions::new(store.clone()).subscribe(request).unwrap();
    Projection::new(store, subscription).unwrap()
}

#[tokio::test]
async fn effects_are_stored_with_the_checkpoint_or_not_at_all() {
    let fixture = fixture().await;
    let acquired = fixture.store.try_acquire(&key(), 0.into()).await.unwrap().unwrap();
    let step = ProjectionStep {
        lease: acquired.lease.token(),
        from: 0.into(),
        to: 3.into(),
    };
    for commits in [false, true] {
        let BegunProjection::Begun(mut transaction) = fixture.store.begin_step(step).await.unwrap() else {
            panic!("the step does not begin");
        };
        insert(&mut transaction, 3).await.unwrap();
        let event = append("s", ExpectedVersion::Any, 1);
        eventstore_core::EventWriter::append(&fixture.store.on(&mut transaction), event)
            .await
            .unwrap();
        if commits {
            fixture.store.commit_step(transaction).await.unwrap();
        }
    }
    assert_eq!((effects(&fixture).await, checkpoint(&fixture).await), (vec![3], 3));
    let receipt = fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
    assert_eq!(receipt.last_version, 2.into());
}

/// The server answers the commit of a transaction that has failed, or has ended, as if nothing had happened.
#[tokio::test]
async fn a_step_whose_transaction_is_over_is_not_taken_for_committed() {
    for statement in ["INSERT INTO effects VALUES (NULL)", "ROLLBACK", "ROLLBACK; BEGIN"] {
        let fixture = fixture().await;
        let acquired = fixture.store.try_acquire(&key(), 0.into()).await.unwrap().unwrap();
        let step = ProjectionStep {
            lease: acquired.lease.token(),
            from: 0.into(),
            to: 3.into(),
        };
        let BegunProjection::Begun(mut transaction) = fixture.store.begin_step(step).await.unwrap() else {
            panic!("the step does not begin");
        };
        insert(&mut transaction, 1).await.unwrap();
        // As by a projector that passes over it.
        let _ = transaction.execute(statement).await;
        let committed = fixture.store.commit_step(transaction).await;
        assert!(
            matches!(
                committed,
                Err(Error::InvalidInput {
                    argument: "transaction",
                    ..
                })
            ),
            "{statement}: {committed:?}"
        );
        assert_eq!(
            (effects(&fixture).await, checkpoint(&fixture).await),
            (vec![], 0),
            "{statement}"
        );
    }
}

#[tokio::test]
async fn a_savepoint_lets_a_statement_fail_and_the_step_go_on() {
    let fixture = fixture().await;
    fixture.append("s", ExpectedVersion::Any, 3).await.unwrap();
    let mut projection = projection(&fixture);
    let mut rows = RowsButSecond;
    let step = projection.step(&mut rows);
    assert!(timeout(Duration::from_secs(30), step).await.unwrap().unwrap());
    assert_eq!((effects(&fixture).await, checkpoint(&fixture).await), (vec![1, 3], 3));
}

/// Tries to write a row that is refused in place of the second one.
struct RowsButSecond;

#[async_trait]
impl Projector<PostgresTransaction> for RowsButSecond {
    type Error = sqlx::Error;

    async fn project(&mut self, transaction: &mut PostgresTransaction, events: &[Delivery]) -> Result<(), sqlx::Error> {
        for event in events {
            let number = Some(event.number.as_i64()).filter(|number| *number != 2);
            let mut savepoint = transaction.begin().await?;
            let insert = sqlx::query("INSERT INTO effects VALUES ($1)").bind(number);
            if insert.execute(&mut *savepoint).await.is_ok() {
                savepoint.commit().await?;
            } else {
                savepoint.rollback().await?;
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_projection_that_fails_stores_nothing_of_its_step_and_goes_on_there() {
    let fixture = fixture().await;
    fixture.append("s", ExpectedVersion::Any, 5).await.unwrap();
    let mut failing = Rows { fails_at: Some(4) };
    let failed = timeout(Duration::from_secs(30), projection(&fixture).run(&mut failing))
        .await
        .unwrap();
    assert!(matches!(failed, Err(ProjectionError::Projector(_))), "{failed:?}");
    assert_eq!((effects(&fixture).await, checkpoint(&fixture).await), (vec![], 0));
    let mut projection = projection(&fixture);
    let mut rows = Rows { fails_at: None };
    let step = projection.step(&mut rows);
    assert!(timeout(Duration::from_secs(30), step).await.unwrap().unwrap());
    assert_eq!(
        (effects(&fixture).await, checkpoint(&fixture).await),
        (vec![1, 2, 3, 4, 5], 5)
    );
}

/// Each event takes effect once, whatever befalls the connections.
#[tokio::test]
async fn a_projection_survives_lost_connections() {
    let fixture = fixture().await;
    let mut projection = projection(&fixture);
    let mut rows = Rows { fails_at: None };
    let mut progress = projection.subscription().watch();
    let disturb = async {
        for purpose in ["pool", "locks", "pool", "listener", "pool"] {
            while fixture.append("s", ExpectedVersion::Any, 20).await.is_err() {}
            fixture.terminate(purpose).await;
        }
        let last = loop {
            if let Ok(receipt) = fixture.append("end", ExpectedVersion::Any, 1).await {
                break receipt.last_position;
            }
        };
        progress
            .wait_for(|progress| progress.acknowledged >= last.into())
            .await
            .unwrap();
    };
    let run = async {
        // A projector that loses its connection fails, and is given the same events again.
        loop {
            let ended = projection.run(&mut rows).await;
            assert!(matches!(ended, Err(ProjectionError::Projector(_))), "{ended:?}");
        }
    };
    tokio::select! {
        () = run => {}
        disturbed = timeout(Duration::from_mins(1), disturb) => disturbed.unwrap(),
    }
    let effects = effects(&fixture).await;
    assert_eq!(effects, (1..=*effects.last().unwrap()).collect::<Vec<_>>());
}
