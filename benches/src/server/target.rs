use std::str::FromStr;

use eventstore_core::Error;
use eventstore_postgres::PostgresConfig;
use eventstore_testkit::server::{Durability, LocalServer};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row};
use tokio::task::spawn_blocking;
use url::Url;
use uuid::Uuid;

use super::process::ServerProcesses;
use super::{Reading, Schema, ServerFacts};
use crate::error::{LoadError, Result};
use crate::measure::Meter;

/// How the name of our database begins; those of others are never touched.
const PREFIX: &str = "eventstore_load_";

/// The server that is measured: one that was named, or a throw-away one with default durability.
pub(crate) struct TargetServer {
    local: Option<LocalServer>,
    url: Url,
    connection: PgConnection,
    processes: Option<ServerProcesses>,
    database: Option<String>,
    schemas: u32,
}

impl TargetServer {
    pub(crate) async fn open(url: Option<&str>) -> Result<Self> {
        let (local, url) = if let Some(url) = url {
            (None, parsed(url)?)
        } else {
            let server = spawn_blocking(|| LocalServer::start(Durability::Full)).await??;
            let url = parsed(server.url())?;
            (Some(server), url)
        };
        let mut connection = options(&url)?.connect().await?;
        let processes = ServerProcesses::find(&mut connection).await?;
        Ok(Self {
            local,
            url,
            connection,
            processes,
            database: None,
            schemas: 0,
        })
    }

    /// A schema that is not there yet, in a database that lasts until the server is [closed](Self::close).
    pub(crate) async fn schema(&mut self) -> Result<Schema> {
        let mut url = self.url.clone();
        url.set_path(&self.database().await?);
        self.schemas += 1;
        Schema::at(url.as_str(), &format!("load_{}", self.schemas))
    }

    /// What the server is, for the reader of a figure.
    pub(crate) async fn facts(&mut self) -> Result<ServerFacts> {
        let directory = self.local.as_ref().map(LocalServer::directory);
        ServerFacts::read(&mut self.connection, directory).await
    }

    /// Drops the database.
    pub(crate) async fn close(&mut self) -> Result<()> {
        match self.database.take() {
            Some(name) => {
                self.execute(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                    .await
            }
            None => Ok(()),
        }
    }

    /// The name of our database, which is created with the first schema.
    async fn database(&mut self) -> Result<String> {
        if let Some(name) = &self.database {
            return Ok(name.clone());
        }
        let name = format!("{PREFIX}{}", Uuid::now_v7().simple());
        self.database = Some(name.clone());
        self.execute(format!("CREATE DATABASE {name} TEMPLATE template0"))
            .await?;
        Ok(name)
    }

    /// The name in the statement is ours.
    async fn execute(&mut self, statement: String) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}

impl Meter for TargetServer {
    async fn reading(&mut self) -> Result<Reading> {
        let wal = sqlx::query("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint")
            .fetch_one(&mut self.connection)
            .await?
            .try_get(0)?;
        Ok(Reading::take(wal, self.processes.as_ref()))
    }
}

/// Refuses what the store would refuse; the message never holds the URL.
fn parsed(url: &str) -> Result<Url> {
    PostgresConfig::from_url(url)?;
    Url::parse(url).map_err(|error| LoadError::Store(Error::invalid_input("url", &error)))
}

fn options(url: &Url) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url.as_str())?;
    Ok(options.application_name("eventstore load").disable_statement_logging())
}

#[cfg(test)]
mod tests {
    use eventstore_testkit::TestDatabase;
    use sqlx::Connection;

    use super::*;

    async fn is_there(server: &mut TargetServer, name: &str) -> bool {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut server.connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn our_database_goes_and_others_stay() {
        let other = TestDatabase::create().await;
        let mut server = TargetServer::open(Some(other.url())).await.unwrap();
        let schemas = [server.schema().await.unwrap(), server.schema().await.unwrap()];
        assert_ne!(schemas[0].name(), schemas[1].name());
        assert_eq!(schemas[0].url(), schemas[1].url());
        let name = server.database.clone().unwrap();
        assert!(name.starts_with(PREFIX) && is_there(&mut server, &name).await);
        let somebody = schemas[0].connect().await.unwrap();
        server.close().await.unwrap();
        assert!(!is_there(&mut server, &name).await);
        drop(somebody);
        PgConnection::connect(other.url()).await.unwrap().ping().await.unwrap();
    }

    #[tokio::test]
    async fn what_is_written_is_measured() {
        let test = TestDatabase::create().await;
        let mut server = TargetServer::open(Some(test.url())).await.unwrap();
        let before = server.reading().await.unwrap();
        sqlx::raw_sql("CREATE TABLE t AS SELECT generate_series(1, 10000)")
            .execute(&mut server.connection)
            .await
            .unwrap();
        let usage = server.reading().await.unwrap().since(before);
        assert!(usage.wal_bytes > 10_000, "{usage:?}");
        assert_eq!(usage.server_cpu.is_some(), server.processes.is_some());
    }
}
