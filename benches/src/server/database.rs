use std::num::NonZeroUsize;
use std::str::FromStr;

use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore, initialise};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool};

use crate::error::Result;

/// How many connections the original has by default.
const ORIGINAL_POOL: u32 = 10;

/// A database for one entrant of a measurement.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    url: String,
    options: PgConnectOptions,
}

impl Database {
    pub(crate) fn at(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?;
        Ok(Self {
            url: url.to_owned(),
            // As in the sessions of the store: compiling a statement takes longer than carrying it out.
            options: options.options([("jit", "off")]).disable_statement_logging(),
        })
    }

    pub(crate) async fn initialise(&self, layout: Layout) -> Result<()> {
        let config = PostgresConfig::from_url(&self.url)?;
        initialise(&config, layout, DataType::Bytea).await?;
        Ok(())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The store under measurement.
    pub(crate) async fn store(&self, connections: NonZeroUsize) -> Result<PostgresStore> {
        let config = PostgresConfig::from_url(&self.url)?.with_pool_size(connections);
        Ok(PostgresStore::connect(config).await?)
    }

    pub(crate) async fn connect(&self) -> Result<PgConnection> {
        Ok(self.options.connect().await?)
    }

    /// Connections that keep no statement, as many as the original has.
    pub(crate) async fn unprepared_pool(&self) -> Result<PgPool> {
        let pool = PgPoolOptions::new()
            .max_connections(ORIGINAL_POOL)
            .min_connections(ORIGINAL_POOL)
            .test_before_acquire(false);
        Ok(pool
            .connect_with(self.options.clone().statement_cache_capacity(0))
            .await?)
    }
}
