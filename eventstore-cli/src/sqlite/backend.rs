use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{Closable, Error, EventStore};
use eventstore_sqlite::{SqliteAdmin, SqliteConfig, SqliteStore};
use futures_util::future::LocalBoxFuture;

use super::only_postgres::{refuse_layouts, refuse_moves};
use super::settings::{config, config_with_hard_deletes};
use super::{backup, create, drop, health, index, init, migrate, migrations, open_file, remedy, reset, verify};
use crate::by_url::{Backend, Index, Init, Migrate};
use crate::connector::health_of;
use crate::output::Output;
use crate::{Check, Failure, Observation, Purpose};

/// Stores in a SQLite file.
pub(crate) struct SqliteBackend {
    url: String,
    config: SqliteConfig,
}

impl SqliteBackend {
    /// The store that this URL names.
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        Ok(Self {
            url: url.to_owned(),
            config: config(url)?,
        })
    }

    fn admin(&self) -> SqliteAdmin {
        SqliteAdmin::new(self.config.clone())
    }

    async fn verify_contents(&self, report: &mut (dyn FnMut(Observation) + Send)) -> Result<(), Error> {
        let store = SqliteStore::connect(self.config.clone()).await?;
        let verified = crate::verify(&store, report).await;
        store.close().await;
        verified
    }

    async fn checks(&self) -> Result<Vec<Check>, Failure> {
        let store = self.connect(Purpose::Calls).await?;
        let checks = health_of(&store).await;
        store.close().await;
        Ok(checks?)
    }
}

#[async_trait]
impl Backend for SqliteBackend {
    async fn connect(&self, purpose: Purpose) -> Result<Arc<dyn EventStore>, Failure> {
        let config = match purpose {
            Purpose::HardDelete { is_enabled: true } => config_with_hard_deletes(&self.url)?,
            _ => self.config.clone(),
        };
        Ok(Arc::new(SqliteStore::connect(config).await?))
    }

    fn patience(&self) -> Duration {
        SqliteConfig::DEFAULT_BUSY_TIMEOUT
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        remedy::remedy(error)
    }

    async fn finish(&self) {
        open_file::until_closed(&self.config.path()).await;
    }

    async fn health(&self) -> Vec<Check> {
        let writable = health::is_writable(&self.config.path());
        match self.checks().await {
            Ok(mut checks) => {
                checks.insert(1, writable);
                checks
            }
            Err(failure) => vec![Check::unreachable(&failure.with_remedy(remedy::remedy))],
        }
    }

    fn verify<'a>(
        &'a self,
        report: &'a mut (dyn FnMut(Observation) + Send),
    ) -> LocalBoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let is_damaged = verify::file(&self.admin(), report).await?;
            let verified = self.verify_contents(report).await;
            Ok(verify::unless_damaged(is_damaged, verified, report)?)
        })
    }

    async fn create(&self, output: &Output) -> Result<(), Failure> {
        create::run(&self.config.path(), output)
    }

    async fn init(&self, init: Init, output: &Output) -> Result<(), Failure> {
        refuse_layouts(&init)?;
        init::run(&self.admin(), output).await
    }

    async fn migrate(&self, migrate: Migrate, output: &mut Output) -> Result<(), Failure> {
        refuse_moves(&migrate)?;
        migrate::run(&self.admin(), output).await
    }

    async fn migrations(&self, output: &mut Output) -> Result<(), Failure> {
        migrations::run(&self.admin(), output).await
    }

    async fn reset(&self, output: &Output) -> Result<(), Failure> {
        reset::run(&self.admin(), output).await
    }

    fn removal(&self) -> &'static str {
        "removes the file with all that is in it"
    }

    async fn remove(&self, _: bool, output: &Output) -> Result<(), Failure> {
        drop::run(&self.admin(), output).await
    }

    async fn index(&self, index: Index, output: &mut Output) -> Result<(), Failure> {
        index::run(&self.admin(), index, output).await
    }

    async fn back_up(&self, file: &Path, output: &Output) -> Result<(), Failure> {
        backup::run(&self.admin(), file, output).await
    }
}
