use std::time::Duration;

use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};
use tokio::time::sleep;

use crate::config::PostgresConfig;
use crate::connection::connect;
use crate::error::reading;
use crate::sql::scripts;

/// How often to check that the session still exists.
const INTERVAL: Duration = Duration::from_secs(5);

/// This many checks in a row must miss the session: a single one may fall into the moment in which the work ends.
const MISSES: u32 = 2;

/// Checks regularly, over another connection, that a session that works without a time limit still exists: if its server is gone,
/// its silence would last for ever.
struct Watch<'c> {
    config: &'c PostgresConfig,
    session: i32,
    interval: Duration,
}

/// Does work without a time limit on a dedicated connection, as long as its session exists.
pub(crate) async fn work_for_long<T>(
    config: &PostgresConfig,
    purpose: &str,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    let mut connection = connect(&config.without_statement_timeout(), purpose).await?;
    let watch = Watch::over(config, &mut connection).await?;
    let done = watch.hold(Box::pin(work(&mut connection))).await?;
    // The work is done: how the connection ends no longer matters.
    let _ = config.answer_limit().hold(connection.close()).await;
    Ok(done)
}

impl<'c> Watch<'c> {
    /// Starts to watch the session of this connection.
    async fn over(config: &'c PostgresConfig, connection: &mut PgConnection) -> Result<Self> {
        let session = sqlx::query_scalar(scripts::SESSION_ID).persistent(false);
        let session = config.answer_limit().hold(session.fetch_one(connection));
        Ok(Self {
            config,
            session: session.await.map_err(reading)?,
            interval: INTERVAL,
        })
    }

    /// Waits for the work of the session, as long as the session exists.
    async fn hold<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            // Finished work counts, even if its session is missed at the same moment.
            biased;
            done = work => done,
            error = self.until_lost() => Err(error),
        }
    }

    async fn until_lost(&self) -> Error {
        let mut misses = 0;
        loop {
            sleep(self.interval).await;
            let error = match self.is_there().await {
                Ok(true) => {
                    misses = 0;
                    continue;
                }
                Ok(false) => None,
                Err(error) => Some(error),
            };
            misses += 1;
            if misses >= MISSES {
                return Error::Unavailable {
                    message: "the session that was at work is gone".to_owned(),
                    source: error.map(Into::into),
                };
            }
        }
    }

    async fn is_there(&self) -> Result<bool> {
        let mut connection = connect(self.config, "watch").await?;
        let query = sqlx::query_scalar(scripts::FIND_SESSION).persistent(false);
        let found = query.bind(self.session).fetch_one(&mut connection);
        self.config.answer_limit().hold(found).await.map_err(reading)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use eventstore_testkit::TestDatabase;
    use sqlx::Executor;

    use super::*;

    #[tokio::test]
    async fn work_ends_when_its_session_is_gone_and_not_before() {
        let database = TestDatabase::create().await;
        let config = PostgresConfig::from_url(database.url()).unwrap();
        let mut connection = connect(&config, "work").await.unwrap();
        let watch = Watch {
            interval: Duration::from_millis(20),
            ..Watch::over(&config, &mut connection).await.unwrap()
        };
        let slow = async {
            connection.execute("SELECT pg_sleep(0.5)").await.map_err(reading)?;
            Ok(7)
        };
        assert_eq!(watch.hold(slow).await.unwrap(), 7);

        let mut other = connect(&config, "other").await.unwrap();
        let end = sqlx::query("SELECT pg_terminate_backend($1)").bind(watch.session);
        other.execute(end).await.unwrap();
        let error = watch.hold(pending::<Result<()>>()).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    }
}
