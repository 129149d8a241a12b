use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{Error, EventStore};
use eventstore_postgres::{PostgresAdmin, PostgresConfig, PostgresStore, SchemaName};
use futures_util::future::LocalBoxFuture;

use super::settings::Settings;
use super::{create, drop, health, index, init, migrate, migrations, reset, verify};
use crate::by_url::{Backend, Index, Init, Migrate};
use crate::output::Output;
use crate::{Check, Failure, Observation, Purpose};

/// Stores on PostgreSQL.
pub(crate) struct PostgresBackend {
    settings: Settings,
    config: PostgresConfig,
}

impl PostgresBackend {
    /// The store that this URL names, in this schema if there is one here.
    pub(crate) fn new(url: &str, schema: Option<&SchemaName>) -> Result<Self, Failure> {
        let settings = Settings {
            url: url.to_owned(),
            schema: schema.cloned(),
        };
        let config = settings.config()?;
        Ok(Self { settings, config })
    }

    fn admin(&self) -> PostgresAdmin {
        PostgresAdmin::new(self.config.clone())
    }

    async fn store(&self, purpose: Purpose) -> Result<PostgresStore, Failure> {
        let config = match purpose {
            Purpose::WholeStore => self.config.clone().bypassing_pooler(),
            Purpose::HardDelete { is_enabled: true } => self.settings.config_with_hard_deletes()?,
            _ => self.config.clone(),
        };
        Ok(PostgresStore::connect(config).await?)
    }
}

#[async_trait]
impl Backend for PostgresBackend {
    async fn connect(&self, purpose: Purpose) -> Result<Arc<dyn EventStore>, Failure> {
        Ok(Arc::new(self.store(purpose).await?))
    }

    fn patience(&self) -> Duration {
        self.config.connect_timeout()
    }

    fn remedy(&self, _: &Error) -> Option<&'static str> {
        None
    }

    async fn finish(&self) {}

    async fn health(&self) -> Vec<Check> {
        match self.store(Purpose::Calls).await {
            Ok(store) => health::checks(&store).await,
            Err(failure) => vec![Check::unreachable(&failure)],
        }
    }

    fn verify<'a>(
        &'a self,
        report: &'a mut (dyn FnMut(Observation) + Send),
    ) -> LocalBoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { verify::run(&self.store(Purpose::WholeStore).await?, report).await })
    }

    async fn create(&self, output: &Output) -> Result<(), Failure> {
        create::run(&self.admin(), output).await
    }

    async fn init(&self, init: Init, output: &Output) -> Result<(), Failure> {
        init::run(&self.admin(), &init, output).await
    }

    async fn migrate(&self, migrate: Migrate, output: &mut Output) -> Result<(), Failure> {
        migrate::run(&self.admin(), &migrate, output).await
    }

    async fn migrations(&self, output: &mut Output) -> Result<(), Failure> {
        migrations::run(&self.admin(), output).await
    }

    async fn reset(&self, output: &Output) -> Result<(), Failure> {
        reset::run(&self.admin(), output).await
    }

    fn removal(&self) -> &'static str {
        "removes the event store and all its events"
    }

    async fn remove(&self, with_database: bool, output: &Output) -> Result<(), Failure> {
        if with_database {
            drop::run_with_database(&self.admin(), output).await
        } else {
            drop::run(&self.admin(), output).await
        }
    }

    async fn index(&self, index: Index, output: &mut Output) -> Result<(), Failure> {
        index::run(&self.admin(), index, output).await
    }

    async fn back_up(&self, _: &Path, _: &Output) -> Result<(), Failure> {
        Err(Failure::Usage(
            "only a SQLite store is copied to a file: back up a store on PostgreSQL with pg_dump, or move it with \
             `eventstore export`"
                .to_owned(),
        ))
    }
}
