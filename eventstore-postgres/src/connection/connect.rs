use eventstore_core::{Error, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::PostgresConfig;
use crate::error::connecting;

/// Opens a connection for the pool, or gives up after the configured time.
pub(crate) async fn connect_pooled(config: &PostgresConfig) -> Result<PgConnection> {
    open(config, config.connect_options("pool")).await
}

/// Opens a connection with a session of its own, or gives up after the configured time.
pub(crate) async fn connect(config: &PostgresConfig, purpose: &str) -> Result<PgConnection> {
    config.require_session_url()?;
    open(config, config.session_options(purpose)).await
}

async fn open(config: &PostgresConfig, options: PgConnectOptions) -> Result<PgConnection> {
    match timeout(config.connect_timeout(), PgConnection::connect_with(&options)).await {
        Ok(connected) => connected.map_err(|error| connecting(config, error)),
        Err(_) => Err(Error::Unavailable {
            message: format!(
                "no connection to {} within {:?}",
                config.server(),
                config.connect_timeout()
            ),
            source: None,
        }),
    }
}
