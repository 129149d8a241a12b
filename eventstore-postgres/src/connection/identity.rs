use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection, Row};
use tracing::debug;

use crate::config::PostgresConfig;
use crate::connection::connect_pooled;
use crate::error::{Limit, reading};
use crate::sql::scripts::IDENTITY;

/// The server and the database that a connection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    system: i64,
    database: i64,
    is_in_recovery: bool,
}

impl Identity {
    /// Returns where a session leads; refuses it if `session_url` leads elsewhere than the connections of the pool. Where those lead is
    /// found with a new connection: an idle one may be lost, or lead to the server before a failover.
    ///
    /// `None` if the server does not say: then nothing is known to be wrong.
    pub(crate) async fn of_session(session: &mut PgConnection, config: &PostgresConfig) -> Result<Option<Self>> {
        let limit = Limit::of_server(config.connect_timeout());
        let own = limit.hold(Self::of(session)).await.map_err(reading)?;
        if config.has_session_url() {
            let mut pooled = connect_pooled(config).await?;
            let of_pool = limit.hold(Self::of(&mut pooled)).await.map_err(reading)?;
            // The answer is known: how the connection ends no longer matters.
            let _ = pooled.close().await;
            own.zip(of_pool)
                .map_or(Ok(()), |(own, of_pool)| own.check_session(of_pool))?;
        }
        Ok(own)
    }

    async fn of(connection: &mut PgConnection) -> Result<Option<Self>, sqlx::Error> {
        match sqlx::query(IDENTITY).persistent(false).fetch_one(connection).await {
            Ok(row) => Ok(Some(Self {
                system: row.try_get("system_identifier")?,
                database: row.try_get("database")?,
                is_in_recovery: row.try_get("is_in_recovery")?,
            })),
            Err(sqlx::Error::Database(error)) => {
                debug!(%error, "the server does not tell its identity");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Refuses a connection for locks that would exclude no one who works through the pool's connections.
    fn check_session(self, pool: Self) -> Result<()> {
        let reason = match (self.system == pool.system, self.database == pool.database) {
            (false, _) => "it leads to another server than the pool",
            (true, false) => "it leads to another database than the pool",
            (true, true) if self.is_in_recovery != pool.is_in_recovery => {
                "of the pool and the session, one leads to a standby: to both the server that takes changes has to answer"
            }
            _ => return Ok(()),
        };
        Err(Error::invalid_input("session_url", reason))
    }

    /// Refuses leases on a server whose locks exclude no one on the server that takes changes.
    pub(crate) fn check_leases(self) -> Result<()> {
        if self.is_in_recovery {
            return Err(Error::Unavailable {
                message: "the server is a standby: it gives no leases of subscriptions".to_owned(),
                source: None,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(system: i64, database: i64, is_in_recovery: bool) -> Identity {
        Identity {
            system,
            database,
            is_in_recovery,
        }
    }

    #[test]
    fn only_the_same_database_of_the_same_server_is_taken_for_locks() {
        let pool = identity(1, 2, false);
        assert!(pool.check_session(pool).is_ok());
        for other in [identity(3, 2, false), identity(1, 3, false), identity(1, 2, true)] {
            let refused = other.check_session(pool);
            assert!(
                matches!(
                    &refused,
                    Err(Error::InvalidInput {
                        argument: "session_url",
                        ..
                    })
                ),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn a_standby_gives_no_leases() {
        assert!(identity(1, 2, false).check_leases().is_ok());
        let refused = identity(1, 2, true).check_leases();
        assert!(refused.is_err_and(|error| error.is_retryable()));
    }
}
