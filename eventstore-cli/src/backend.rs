use std::env::{self, VarError};

use eventstore_postgres::{PostgresConfig, PostgresStore};

use crate::arguments::GlobalOptions;
use crate::failure::Failure;

/// The settings of the backend that the URL chooses.
pub(crate) fn config(options: &GlobalOptions) -> Result<PostgresConfig, Failure> {
    let url = postgres_url(options.url.as_deref())?;
    let config = PostgresConfig::from_variables(|name| match name {
        "EVENTSTORE_URL" => Ok(Some(url.to_owned())),
        name => variable(name),
    })?;
    Ok(match &options.schema {
        Some(schema) => config.with_schema(schema.clone()),
        None => config,
    })
}

fn variable(name: &str) -> Result<Option<String>, &'static str> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err("its value is not UTF-8"),
    }
}

/// The store that the URL names.
pub(crate) async fn connect(options: &GlobalOptions) -> Result<PostgresStore, Failure> {
    open(config(options)?).await
}

/// As [`connect`], past a pooler, for work on the whole store.
pub(crate) async fn connect_directly(options: &GlobalOptions) -> Result<PostgresStore, Failure> {
    open(config(options)?.directly()).await
}

/// The store with these settings.
pub(crate) async fn open(config: PostgresConfig) -> Result<PostgresStore, Failure> {
    Ok(PostgresStore::connect(config).await?)
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
    fn the_scheme_of_the_url_chooses_the_backend() {
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
