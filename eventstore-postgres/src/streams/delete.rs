use eventstore_core::backend::StreamState;
use eventstore_core::{Delete, Deletion, Error, Result, StreamName, StreamVersion};
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use crate::connection::{Ending, Session, Steps};
use crate::error::{damaged, writing};
use crate::sql::Statements;

/// How many versions of a stream one statement of a hard delete removes.
const VERSIONS_PER_STEP: i64 = 1_000;

impl Session<'_> {
    pub(crate) async fn delete(&mut self, delete: &Delete) -> Result<()> {
        match delete.deletion() {
            Deletion::Soft => self.soft_delete(delete).await,
            Deletion::Hard => self.hard_delete(delete).await,
        }
    }

    pub(crate) async fn undelete(&mut self, stream: &StreamName) -> Result<()> {
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_undelete(stream).await;
            if let Some(()) = attempts.judge(attempt).await? {
                return Ok(());
            }
        }
    }

    async fn try_undelete(&mut self, stream: &StreamName) -> Result<Option<()>> {
        let undelete = self.statements().undelete.query().bind(stream.as_str());
        if self.changes_a_row(undelete).await? {
            return Ok(Some(()));
        }
        match self.find_state(stream).await? {
            StreamState::Absent => Err(Error::StreamNotFound { stream: stream.clone() }),
            StreamState::Present { .. } => Ok(Some(())),
            StreamState::Deleted => Ok(None),
        }
    }

    async fn soft_delete(&mut self, delete: &Delete) -> Result<()> {
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_soft_delete(delete).await;
            if let Some(()) = attempts.judge(attempt).await? {
                return Ok(());
            }
        }
    }

    async fn try_soft_delete(&mut self, delete: &Delete) -> Result<Option<()>> {
        let required = delete.expected().required_version().map(StreamVersion::as_i64);
        let query = self
            .statements()
            .soft_delete
            .query()
            .bind(delete.stream().as_str())
            .bind(required);
        if self.changes_a_row(query).await? {
            return Ok(Some(()));
        }
        // The statement's snapshot may be older than the lock that it waited for, so only a fresh look decides about a
        // refusal (ADR 10).
        check(delete, self.find_state(delete.stream()).await?)?;
        Ok(None)
    }

    async fn changes_a_row(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<bool> {
        let done = self
            .write(async |connection| query.execute(connection).await)
            .await
            .map_err(writing)?;
        Ok(done.rows_affected() > 0)
    }

    async fn hard_delete(&mut self, delete: &Delete) -> Result<()> {
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_hard_delete(delete).await;
            if let Some(()) = attempts.judge(attempt.map(Some)).await? {
                return Ok(());
            }
        }
    }

    /// In steps of one transaction, so that each has the time of a statement, and no one sees a part of it.
    async fn try_hard_delete(&mut self, delete: &Delete) -> Result<()> {
        let (statements, are_enabled) = (self.statements(), self.may_hard_delete());
        let deleted = self.transact(async |steps| {
            let lock = statements.lock_for_hard_delete.query_as();
            let lock = lock.bind(delete.stream().as_str());
            // A soft-deleted stream is checked as if it were not.
            let found: Option<(i64, i64)> = steps
                .run(async |connection| lock.fetch_optional(connection).await)
                .await?;
            let checked = match found {
                Some((_, version)) => check_present(delete, version),
                None if are_enabled => check(delete, StreamState::Absent),
                None => check_expectation(delete, StreamState::Absent),
            };
            match (found, &checked) {
                (Some(stream), Ok(())) if are_enabled => {
                    remove(steps, statements, stream).await?;
                    Ok(Ending::Commit(checked))
                }
                _ => Ok(Ending::RollBack(checked)),
            }
        });
        deleted.await??;
        if are_enabled {
            Ok(())
        } else {
            Err(Error::HardDeletesDisabled)
        }
    }
}

/// Removes a locked stream. Only now, in snapshots that see what others committed before it was locked.
async fn remove(steps: &mut Steps<'_>, statements: &Statements, (id, last): (i64, i64)) -> Result<(), sqlx::Error> {
    let mut removed = 0_i64;
    while last.saturating_sub(removed) > VERSIONS_PER_STEP {
        let events = statements.hard_delete_events.query_scalar();
        let events = events.bind(id).bind(removed).bind(VERSIONS_PER_STEP);
        // A number of versions, since many of them may be missing in a stream of links.
        let reached: Option<i64> = steps.run(async |connection| events.fetch_one(connection).await).await?;
        let Some(reached) = reached else { break };
        removed = reached;
    }
    let rest = statements.hard_delete.query().bind(id);
    steps.run(async |connection| rest.execute(connection).await).await?;
    // The permission would outlive a savepoint.
    let forbid = statements.forbid_hard_deletes.query();
    steps.run(async |connection| forbid.execute(connection).await).await?;
    Ok(())
}

/// Checks what is expected of a stream that is to be deleted: it must exist, whatever is expected.
fn check(delete: &Delete, state: StreamState) -> Result<()> {
    check_expectation(delete, state)?;
    match state {
        StreamState::Absent => Err(Error::StreamNotFound {
            stream: delete.stream().clone(),
        }),
        _ => Ok(()),
    }
}

fn check_expectation(delete: &Delete, state: StreamState) -> Result<()> {
    match delete.expected().check(state) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(delete.expected().refused(delete.stream(), state, refusal)),
    }
}

fn check_present(delete: &Delete, version: i64) -> Result<()> {
    let version = StreamVersion::try_from(version).map_err(damaged)?;
    check(delete, StreamState::Present { version })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, NewEvent, StreamDeleter};
    use eventstore_testkit::TestDatabase;
    use sqlx::Executor;
    use uuid::Uuid;

    use super::*;
    use crate::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};

    /// Behaviours: R4.20, T1.
    #[tokio::test]
    async fn a_hard_delete_does_not_leave_its_permission_in_the_pool() {
        let database = TestDatabase::create().await;
        let config = PostgresConfig::from_url(database.url()).unwrap().enable_hard_deletes();
        PostgresAdmin::new(config.clone())
            .initialize(Layout::Compact, DataType::Bytea)
            .await
            .unwrap();
        let store = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN))
            .await
            .unwrap();
        let stream = StreamName::new("s").unwrap();
        let event = NewEvent::new(Uuid::now_v7(), EventType::new("T").unwrap(), "{}");
        let append = Append::new(stream.clone(), ExpectedVersion::Any, vec![event]).unwrap();
        store.append(append).await.unwrap();
        store.delete(Delete::new(stream, Deletion::Hard)).await.unwrap();

        let mut session = store.sessions().session().await.unwrap();
        let setting = "SELECT coalesce(current_setting('eventstore.enable_hard_deletes', true), '')";
        let setting =
            session.read(async |connection| sqlx::query_scalar::<_, String>(setting).fetch_one(connection).await);
        assert_eq!(setting.await.unwrap(), "");
        let delete = session.read(async |connection| connection.execute("DELETE FROM events").await.map(|_| ()));
        assert!(delete.await.is_err());
    }
}
