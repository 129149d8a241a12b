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
use super::{Database, Reading, ServerFacts};
use crate::error::{LoadError, Result};

/// How the names of our databases begin; those of others are never touched.
const PREFIX: &str = "eventstore_load_";

/// The server that is measured: one that was named, or a throw-away one with default durability.
pub(crate) struct TargetServer {
    local: Option<LocalServer>,
    url: Url,
    connection: PgConnection,
    processes: Option<ServerProcesses>,
    databases: Vec<String>,
}

impl TargetServer {
    pub(crate) async fn open(url: Option<&str>) -> Result<Self> {
        let (local, url) = match url {
            Some(url) => (None, parsed(url)?),
            None => {
                let server = spawn_blocking(|| LocalServer::start(Durability::Full)).await??;
                let url = parsed(server.url())?;
                (Some(server), url)
            }
        };
        let mut connection = options(&url)?.connect().await?;
        let processes = ServerProcesses::find(&mut connection).await?;
        Ok(Self {
            local,
            url,
            connection,
            processes,
            databases: Vec::new(),
        })
    }

    /// Creates an empty database, which lasts until the server is [closed](Self::close).
    pub(crate) async fn create_database(&mut self) -> Result<Database> {
        let name = format!("{PREFIX}{}", Uuid::now_v7().simple());
        self.databases.push(name.clone());
        self.execute(format!("CREATE DATABASE {name} TEMPLATE template0"))
            .await?;
        let mut url = self.url.clone();
        url.set_path(&name);
        Database::at(url.as_str())
    }

    /// What the server is, for the reader of a figure.
    pub(crate) async fn facts(&mut self) -> Result<ServerFacts> {
        let directory = self.local.as_ref().map(LocalServer::directory);
        ServerFacts::read(&mut self.connection, directory).await
    }

    /// What has been spent until now.
    pub(crate) async fn reading(&mut self) -> Result<Reading> {
        let wal = sqlx::query("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint")
            .fetch_one(&mut self.connection)
            .await?
            .try_get(0)?;
        Ok(Reading::take(wal, self.processes.as_ref()))
    }

    /// Drops the databases.
    pub(crate) async fn close(&mut self) -> Result<()> {
        for name in std::mem::take(&mut self.databases) {
            self.execute(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await?;
        }
        Ok(())
    }

    /// The names that stand in these statements are ours.
    async fn execute(&mut self, statement: String) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut self.connection)
            .await?;
        Ok(())
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
