use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use eventstore_core::EventStore;
use eventstore_postgres::SchemaName;

use super::Backend;
use crate::Failure;
use crate::postgres::PostgresBackend;
use crate::sqlite::SqliteBackend;

/// Stores on PostgreSQL and on SQLite, as the scheme of the URL says.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub struct UrlConnector {
    /// Where the events are: postgres://USER:PASSWORD@HOST:PORT/DATABASE, or sqlite:PATH
    #[arg(
        long,
        global = true,
        env = "EVENTSTORE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    url: Option<String>,
    /// The database schema that holds the event store, on PostgreSQL [default: from the URL or the environment, else public]
    #[arg(long, global = true, value_name = "NAME")]
    schema: Option<SchemaName>,
    #[arg(skip)]
    opened: Mutex<Vec<Arc<dyn EventStore>>>,
}

impl UrlConnector {
    /// The backend that the scheme of the URL names.
    pub(super) fn backend(&self) -> Result<Box<dyn Backend>, Failure> {
        self.backend_with(self.schema.as_ref())
    }

    /// As [`backend`](Self::backend), in this schema.
    pub(super) fn backend_in(&self, schema: &str) -> Result<Box<dyn Backend>, Failure> {
        let schema: SchemaName = schema.parse().map_err(|error| usage(&format!("{schema}: {error}")))?;
        self.backend_with(Some(&schema))
    }

    fn backend_with(&self, schema: Option<&SchemaName>) -> Result<Box<dyn Backend>, Failure> {
        match self.url.as_deref().filter(|url| !url.is_empty()) {
            None => Err(usage("no event store is named: give --url, or set EVENTSTORE_URL")),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Box::new(PostgresBackend::new(url, schema)?))
            }
            Some(url) if url.starts_with("sqlite:") => match schema {
                None => Ok(Box::new(SqliteBackend::new(url)?)),
                Some(_) => Err(usage(
                    "only a store on PostgreSQL is in a schema: leave out --schema and --schemas",
                )),
            },
            Some(_) => Err(usage("--url must begin with postgres://, postgresql:// or sqlite:")),
        }
    }

    /// Remembers a store that is to be closed at the end.
    pub(super) fn opened(&self, store: &Arc<dyn EventStore>) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.push(Arc::clone(store));
    }

    /// The stores that are to be closed.
    pub(super) fn take_opened(&self) -> Vec<Arc<dyn EventStore>> {
        std::mem::take(&mut *self.opened.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn usage(text: &str) -> Failure {
    Failure::Usage(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: Option<&str>, schema: Option<&str>) -> Option<String> {
        let connector = UrlConnector {
            url: url.map(str::to_owned),
            schema: schema.map(|schema| schema.parse().unwrap()),
            opened: Mutex::default(),
        };
        connector.backend().err().and_then(|failure| failure.message())
    }

    #[test]
    fn the_scheme_of_the_url_names_the_backend() {
        for url in [
            "postgres://h/d",
            "postgresql://h/d",
            "sqlite:events.db",
            "sqlite:///events.db",
        ] {
            assert_eq!(refusal(Some(url), None), None, "{url}");
        }
        assert_eq!(refusal(Some("postgres://h/d"), Some("other")), None);
        assert!(
            refusal(Some("sqlite:events.db"), Some("other"))
                .unwrap()
                .contains("--schema")
        );
    }

    #[test]
    fn a_refused_url_is_not_repeated() {
        for url in [None, Some(""), Some("mysql://u:secret@h/d"), Some("u:secret@h")] {
            let message = refusal(url, None).unwrap();
            assert!(message.contains("--url") && !message.contains("secret"), "{message}");
        }
    }
}
