use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::PostgresConfig;
use crate::error::connecting;

/// Opens one connection, or gives up after the configured time.
pub(crate) async fn connect(config: &PostgresConfig, purpose: &str) -> Result<PgConnection> {
    let options = config.connect_options(purpose);
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
