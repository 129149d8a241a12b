use std::time::{Duration, Instant};

use eventstore_postgres::{Layout, PostgresConfig, PostgresStore};
use sqlx::{Executor, PgConnection};
use tokio::task::JoinHandle;

use super::operation::{Answer, Operation};
use crate::support::Fixture;

/// Whoever calls himself so waits for the gate before he commits, when all is done but that.
const HELD: &str = "held";

const WAIT_BEFORE_COMMIT: &str = "
    CREATE FUNCTION wait_before_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('application_name') LIKE 'held %' THEN
            PERFORM pg_advisory_xact_lock(1);
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER wait_before_commit AFTER INSERT OR UPDATE OR DELETE ON streams
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_before_commit()";

const HELD_ONE_WAITS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
    AND application_name LIKE 'held %' AND wait_event = 'advisory')";

/// For a row: a session that notifies may also wait at its commit for another one that does, anywhere on the server.
const OTHER_ONE_WAITS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
    AND application_name NOT LIKE 'held %' AND wait_event IN ('transactionid', 'tuple'))";

const CANCEL_HELD_ONE: &str = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'held %' AND wait_event = 'advisory'";

/// How an operation ends that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Commit,
    Rollback,
}

/// What a second operation was answered, and whether it had to wait for the first one to end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) answer: Answer,
    pub(super) waited: bool,
}

/// A store through which one operation can be carried out up to its commit, and a second one begun then.
pub(super) struct Stage {
    pub(super) fixture: Fixture,
    held: PostgresStore,
    /// Holds the gate shut.
    gate: PgConnection,
    observer: PgConnection,
}

impl Stage {
    pub(super) async fn of(layout: Layout) -> Self {
        let fixture = Fixture::of(layout).await;
        let mut gate = fixture.session().await;
        gate.execute(WAIT_BEFORE_COMMIT).await.unwrap();
        gate.execute("SELECT pg_advisory_lock(1)").await.unwrap();
        let url = fixture.database.url();
        let separator = if url.contains('?') { '&' } else { '?' };
        let config = PostgresConfig::from_url(&format!("{url}{separator}application_name={HELD}")).unwrap();
        Self {
            held: PostgresStore::connect(config.enable_hard_deletes()).await.unwrap(),
            observer: fixture.session().await,
            fixture,
            gate,
        }
    }

    /// Carries out the first operation up to its commit, begins the second one, ends the first one, and sees what
    /// became of the second.
    pub(super) async fn play(&mut self, first: Operation, end: End, second: Operation) -> Met {
        let first = self.hold(first).await;
        let store = self.fixture.store.clone();
        let mut second = tokio::spawn(async move { second.perform(&store).await });
        let early = tokio::select! {
            answer = &mut second => Some(answer.unwrap()),
            () = self.until_another_waits() => None,
        };
        self.let_go(first, end).await;
        Met {
            waited: early.is_none(),
            answer: match early {
                Some(answer) => answer,
                None => second.await.unwrap(),
            },
        }
    }

    pub(super) async fn until_another_waits(&mut self) {
        until(&mut self.observer, OTHER_ONE_WAITS).await;
    }

    /// Carries out an operation up to its commit.
    pub(super) async fn hold(&mut self, first: Operation) -> JoinHandle<Answer> {
        let store = self.held.clone();
        let first = tokio::spawn(async move { first.perform(&store).await });
        until(&mut self.observer, HELD_ONE_WAITS).await;
        first
    }

    /// Ends the first operation, and has the gate shut for the next one.
    pub(super) async fn let_go(&mut self, first: JoinHandle<Answer>, end: End) {
        match end {
            End::Commit => {
                self.gate.execute("SELECT pg_advisory_unlock(1)").await.unwrap();
                let answer = first.await.unwrap();
                assert!(answer.is_done(), "{answer:?}");
                self.gate.execute("SELECT pg_advisory_lock(1)").await.unwrap();
            }
            End::Rollback => {
                self.observer.execute(CANCEL_HELD_ONE).await.unwrap();
                assert_eq!(first.await.unwrap(), Answer::Unavailable);
            }
        }
    }
}

async fn until(observer: &mut PgConnection, condition: &'static str) {
    let started = Instant::now();
    while !holds(observer, condition).await.unwrap() {
        assert!(started.elapsed() < Duration::from_secs(30), "never: {condition}");
        tokio::task::yield_now().await;
    }
}

async fn holds(observer: &mut PgConnection, condition: &'static str) -> sqlx::Result<bool> {
    sqlx::query_scalar(condition).fetch_one(observer).await
}
