use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;
use tracing::warn;

use crate::config::PostgresConfig;
use crate::connection::{
    Identity, Pool, PooledSessions, Rights, SessionContext, Statuses, Tables, connect, refuse_passing_session,
};
use crate::error::reading;
use crate::schema::{find_additions, find_groups, find_index, find_projections, find_statuses, find_store};
use crate::values::{EventIndex, IndexState};

/// Opens the store that the schema holds, on connections of this pool.
pub(crate) async fn open_store(config: PostgresConfig, pool: Pool) -> Result<PooledSessions> {
    let longest = config.connect_timeout() + config.statement_timeout();
    let tables = timeout(longest, check(&config, &pool)).await;
    let tables = tables.unwrap_or_else(|_| Err(no_answer(&config)))?;
    Ok(PooledSessions::new(pool, SessionContext::new(config, tables)))
}

/// The first connection of the pool finds what the schema holds, and stays in the pool.
async fn check(config: &PostgresConfig, pool: &Pool) -> Result<Tables> {
    let mut client = pool.client(None).await?;
    let checked = client.run_one(async |connection| Ok(check_on(connection, config).await));
    let tables = checked.await.map_err(reading)??;
    if config.has_session_url() {
        check_session(config).await?;
    }
    Ok(tables)
}

/// A session that cannot be opened now is checked before it is used.
async fn check_session(config: &PostgresConfig) -> Result<()> {
    let mut session = match connect(config, "check").await {
        Err(error) if error.is_retryable() => {
            warn!(%error, "the server that `session_url` leads to could not be checked");
            return Ok(());
        }
        session => session?,
    };
    Identity::of_session(&mut session, config).await?;
    // The answer is known: how the connection ends no longer matters.
    let _ = session.close().await;
    Ok(())
}

async fn check_on(connection: &mut PgConnection, config: &PostgresConfig) -> Result<Tables> {
    if config.sets_sessions() {
        refuse_passing_session(config, connection).await?;
    }
    let (layout, data_type) = find_store(connection, config).await?;
    if let Some(expected) = config.data_type().filter(|expected| *expected != data_type) {
        let reason = format!("expected {expected}, but the schema holds a store of type {data_type}");
        return Err(Error::invalid_input("data_type", &reason));
    }
    let index = find_index(connection, config.schema(), EventIndex::Correlation).await?;
    let has_additions = find_additions(connection, config.schema()).await?;
    Ok(Tables {
        layout,
        data_type,
        has_correlation_index: index == IndexState::Valid,
        has_additions,
        // A report is checked against the epoch of its lease, which is one of the additions.
        statuses: if has_additions {
            find_statuses(connection, config.schema()).await?
        } else {
            Statuses::default()
        },
        // The epoch of its lease fences who held a partition.
        groups: if has_additions {
            find_groups(connection, config.schema()).await?
        } else {
            Rights::default()
        },
        projections: find_projections(connection, config.schema()).await?,
    })
}

fn no_answer(config: &PostgresConfig) -> Error {
    Error::Unavailable {
        message: format!("no answer from {}", config.server()),
        source: None,
    }
}
