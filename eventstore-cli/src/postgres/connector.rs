use std::env::{self, VarError};
use std::time::Duration;

use clap::Args;
use eventstore_core::StreamDirectory;
use eventstore_core::StreamSelector;
use eventstore_postgres::{Layout, PostgresConfig, PostgresStore, SchemaName};

use super::commands::PostgresCommands;
use super::health;
use crate::{Check, Connector, Failure, Finding, Observation, Purpose, Severity};

/// Stores on PostgreSQL.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub struct PostgresConnector {
    /// Where the events are: postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(
        long,
        global = true,
        env = "EVENTSTORE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    url: Option<String>,
    /// The database schema that holds the event store [default: from the URL or the environment, else public]
    #[arg(long, global = true, value_name = "NAME")]
    schema: Option<SchemaName>,
}

impl Connector for PostgresConnector {
    type Store = PostgresStore;
    type Commands = PostgresCommands;

    fn check(&self) -> Result<(), Failure> {
        self.config().map(drop)
    }

    async fn connect(&self, purpose: Purpose) -> Result<PostgresStore, Failure> {
        let config = match purpose {
            Purpose::WholeStore => self.config()?.bypassing_pooler(),
            Purpose::HardDelete { is_enabled: true } => self.config_with(&[(HARD_DELETES, "true")])?,
            _ => self.config()?,
        };
        Ok(PostgresStore::connect(config).await?)
    }

    fn patience(&self) -> Duration {
        self.config().map_or(PostgresConfig::DEFAULT_CONNECT_TIMEOUT, |config| {
            config.connect_timeout()
        })
    }

    async fn verify(&self, report: &mut (dyn FnMut(Observation) + Send)) -> Result<(), Failure> {
        let store = self.connect(Purpose::WholeStore).await?;
        report(Observation::Total(entries(&store).await));
        store
            .verify_each(|observation| match observation {
                eventstore_postgres::Observation::Found(finding) => report(Observation::Found(finding.into())),
                eventstore_postgres::Observation::LookedAt(entries) => report(Observation::LookedAt(entries)),
            })
            .await?;
        Ok(())
    }

    async fn health(&self) -> Vec<Check> {
        health::checks(self).await
    }
}

/// The setting without which no stream is deleted for good.
const HARD_DELETES: &str = "EVENTSTORE_HARD_DELETES";

impl PostgresConnector {
    /// The settings that the options, the URL and the environment give.
    pub(super) fn config(&self) -> Result<PostgresConfig, Failure> {
        self.config_with(&[])
    }

    /// As [`config`](Self::config), with values for variables that are not set.
    fn config_with(&self, defaults: &[(&str, &str)]) -> Result<PostgresConfig, Failure> {
        let url = postgres_url(self.url.as_deref())?;
        let default = |name: &str| {
            let found = defaults.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let config = PostgresConfig::from_variables(|name| match name {
            "EVENTSTORE_URL" => Ok(Some(url.to_owned())),
            name => variable(name).map(|value| value.or_else(|| default(name))),
        })?;
        Ok(match &self.schema {
            Some(schema) => config.with_schema(schema.clone()),
            None => config,
        })
    }
}

/// How many entries a check examines. Without the row of `$all` there is a finding, but no number.
async fn entries(store: &PostgresStore) -> u64 {
    let head = store.stream_info(&StreamSelector::All).await;
    let looks = if store.layout() == Layout::Original { 5 } else { 2 };
    head.map_or(0, |info| info.version.get()) * looks
}

fn variable(name: &str) -> Result<Option<String>, &'static str> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err("its value is not UTF-8"),
    }
}

impl From<eventstore_postgres::Finding> for Finding {
    fn from(finding: eventstore_postgres::Finding) -> Self {
        Self {
            severity: match finding.severity {
                eventstore_postgres::Severity::Notice => Severity::Notice,
                eventstore_postgres::Severity::Corruption => Severity::Corruption,
            },
            kind: finding.kind.as_str(),
            location: finding.location,
        }
    }
}

fn postgres_url(url: Option<&str>) -> Result<&str, Failure> {
    match url.filter(|url| !url.is_empty()) {
        None => Err(usage("no event store is named: give --url, or set EVENTSTORE_URL")),
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => Ok(url),
        Some(_) => Err(usage("--url must begin with postgres:// or postgresql://")),
    }
}

fn usage(text: &str) -> Failure {
    Failure::Usage(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_of_the_url_is_that_of_postgresql() {
        assert_eq!(postgres_url(Some("postgres://h/d")).unwrap(), "postgres://h/d");
        assert_eq!(postgres_url(Some("postgresql://h/d")).unwrap(), "postgresql://h/d");
    }

    #[test]
    fn a_refused_url_is_not_repeated() {
        for url in [None, Some(""), Some("mysql://u:secret@h/d"), Some("u:secret@h")] {
            let message = postgres_url(url).unwrap_err().message().unwrap();
            assert!(message.contains("--url") && !message.contains("secret"), "{message}");
        }
    }
}
