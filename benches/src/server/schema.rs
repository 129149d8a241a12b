use std::num::NonZeroUsize;
use std::str::FromStr;

use eventstore_postgres::PostgresAdmin;
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore, SchemaName};
use eventstore_testkit::proxy::Proxy;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool};
use url::Url;

use crate::error::{LoadError, Result};

/// How many connections the original has by default.
const ORIGINAL_POOL: u32 = 10;

/// A schema for one entrant of a measurement.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    name: SchemaName,
    url: String,
    options: PgConnectOptions,
}

impl Schema {
    pub(crate) fn at(url: &str, name: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?;
        Ok(Self {
            name: SchemaName::new(name).map_err(eventstore_core::Error::from)?,
            url: url.to_owned(),
            // As in the sessions of the store: compiling a statement takes longer than carrying it out.
            options: options
                .options([("jit", "off"), ("search_path", name)])
                .disable_statement_logging(),
        })
    }

    /// The same schema over a proxy, for sessions that are called like this.
    pub(crate) fn through(&self, proxy: &Proxy, application: &str) -> Result<Self> {
        let mut url = Url::parse(proxy.url()).map_err(|error| LoadError::Io(std::io::Error::other(error)))?;
        url.query_pairs_mut().append_pair("application_name", application);
        Self::at(url.as_str(), self.name())
    }

    pub(crate) async fn initialize(&self, layout: Layout) -> Result<()> {
        PostgresAdmin::new(self.config()?.clone())
            .initialize(layout, DataType::Bytea)
            .await?;
        Ok(())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The store under measurement.
    pub(crate) async fn store(&self, connections: NonZeroUsize) -> Result<PostgresStore> {
        Ok(PostgresStore::connect(self.config()?.with_pool_size(connections)).await?)
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

    fn config(&self) -> Result<PostgresConfig> {
        Ok(PostgresConfig::from_url(&self.url)?.with_schema(self.name.clone()))
    }
}
