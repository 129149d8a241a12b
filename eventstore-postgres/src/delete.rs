use async_trait::async_trait;
use eventstore_core::{Delete, Deletion, Error, Result, StreamDeleter, StreamName, StreamState, StreamVersion};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{Acquire, Postgres};

use crate::PostgresStore;
use crate::append::{ATTEMPTS, too_much_contention};
use crate::error::{damaged, writing};

#[async_trait]
impl StreamDeleter for PostgresStore {
    async fn delete(&self, delete: Delete) -> Result<()> {
        match delete.deletion() {
            Deletion::Soft => self.soft_delete(&delete).await,
            Deletion::Hard => self.hard_delete(&delete).await,
        }
    }

    async fn undelete(&self, stream: &StreamName) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let sql = self.statements().undelete.text();
            if self.changes_a_row(sqlx::query(sql).bind(stream.as_str())).await? {
                return Ok(());
            }
            match self.find_state(stream).await? {
                StreamState::Absent => return Err(Error::StreamNotFound { stream: stream.clone() }),
                StreamState::Present { .. } => return Ok(()),
                StreamState::Deleted => {}
            }
        }
        Err(too_much_contention())
    }
}

impl PostgresStore {
    async fn soft_delete(&self, delete: &Delete) -> Result<()> {
        let required = delete.expected().required_version().map(StreamVersion::as_i64);
        for _ in 0..ATTEMPTS {
            let sql = self.statements().soft_delete.text();
            if self
                .changes_a_row(sqlx::query(sql).bind(delete.stream().as_str()).bind(required))
                .await?
            {
                return Ok(());
            }
            check(delete, self.find_state(delete.stream()).await?)?;
        }
        Err(too_much_contention())
    }

    async fn changes_a_row(&self, query: Query<'_, Postgres, PgArguments>) -> Result<bool> {
        let mut client = self.client().await?;
        let done = client
            .run(async |connection| query.execute(connection).await)
            .await
            .map_err(writing)?;
        Ok(done.rows_affected() > 0)
    }

    async fn hard_delete(&self, delete: &Delete) -> Result<()> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.try_hard_delete(delete).await {
                Err(aborted @ Error::Aborted { .. }) => last = Some(aborted),
                outcome => return outcome,
            }
        }
        Err(last.unwrap_or_else(too_much_contention))
    }

    async fn try_hard_delete(&self, delete: &Delete) -> Result<()> {
        let are_enabled = self.inner.hard_deletes;
        let mut client = self.client().await?;
        let deleted = client.run(async |connection| {
            let mut transaction = connection.begin().await?;
            // A soft-deleted stream is checked as if it were not.
            let lock = self.statements().lock_for_hard_delete.text();
            let found: Option<(i64, i64)> = sqlx::query_as(lock)
                .bind(delete.stream().as_str())
                .fetch_optional(&mut *transaction)
                .await?;
            let checked = match found {
                Some((id, version)) => check_present(delete, version).map(|()| id),
                None => check(delete, StreamState::Absent).map(|()| 0),
            };
            match checked {
                Ok(id) if are_enabled => {
                    // Only now, in a snapshot that sees what others committed before the row was locked.
                    let hard_delete = self.statements().hard_delete.text();
                    sqlx::query(hard_delete).bind(id).execute(&mut *transaction).await?;
                    transaction.commit().await?;
                }
                // A transaction that is only dropped would keep its lock until its connection is used again.
                _ => transaction.rollback().await?,
            }
            Ok(checked)
        });
        deleted.await.map_err(writing)??;
        if are_enabled {
            Ok(())
        } else {
            Err(Error::HardDeletesDisabled)
        }
    }
}

/// Checks what is expected of a stream that is to be deleted: it must exist, whatever is expected.
fn check(delete: &Delete, state: StreamState) -> Result<()> {
    let checked = delete.expected().check(state);
    checked.map_err(|refusal| delete.expected().refused(delete.stream(), state, refusal))?;
    match state {
        StreamState::Absent => Err(Error::StreamNotFound {
            stream: delete.stream().clone(),
        }),
        _ => Ok(()),
    }
}

fn check_present(delete: &Delete, version: i64) -> Result<()> {
    let version = StreamVersion::try_from(version).map_err(damaged)?;
    check(delete, StreamState::Present { version })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, NewEvent};
    use eventstore_testkit::TestDatabase;
    use sqlx::Executor;
    use uuid::Uuid;

    use super::*;
    use crate::{DataType, Layout, PostgresConfig, initialise};

    #[tokio::test]
    async fn a_hard_delete_does_not_leave_its_permission_in_the_pool() {
        let database = TestDatabase::create().await;
        let config = PostgresConfig::from_url(database.url()).unwrap().enable_hard_deletes();
        initialise(&config, Layout::Compact, DataType::Bytea).await.unwrap();
        let store = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN))
            .await
            .unwrap();
        let stream = StreamName::new("s").unwrap();
        let event = NewEvent::new(Uuid::now_v7(), EventType::new("T").unwrap(), "{}");
        let append = Append::new(stream.clone(), ExpectedVersion::Any, vec![event]).unwrap();
        store.append(append).await.unwrap();
        store.delete(Delete::hard(stream)).await.unwrap();

        let mut client = store.client().await.unwrap();
        let setting = "SELECT coalesce(current_setting('eventstore.enable_hard_deletes', true), '')";
        let setting = client.run(async |session| sqlx::query_scalar::<_, String>(setting).fetch_one(session).await);
        assert_eq!(setting.await.unwrap(), "");
        let delete = client.run(async |session| session.execute("DELETE FROM events").await.map(|_| ()));
        assert!(delete.await.is_err());
    }
}
