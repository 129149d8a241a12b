use std::env::{self, VarError};

use eventstore_postgres::{PostgresConfig, SchemaName};

use crate::Failure;

/// The setting without which no stream is deleted for good.
const HARD_DELETES: &str = "EVENTSTORE_HARD_DELETES";

/// What the command line says about where a store is; the URL and the environment say the rest.
pub(super) struct Settings {
    pub(super) url: String,
    pub(super) schema: Option<SchemaName>,
}

impl Settings {
    pub(super) fn config(&self) -> Result<PostgresConfig, Failure> {
        self.config_with(&[])
    }

    /// As [`config`](Self::config), with hard deletes enabled unless the settings say otherwise.
    pub(super) fn config_with_hard_deletes(&self) -> Result<PostgresConfig, Failure> {
        self.config_with(&[(HARD_DELETES, "true")])
    }

    /// As [`config`](Self::config), with values for variables that are not set.
    fn config_with(&self, defaults: &[(&str, &str)]) -> Result<PostgresConfig, Failure> {
        let default = |name: &str| {
            let found = defaults.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let config = PostgresConfig::from_variables(|name| match name {
            "EVENTSTORE_URL" => Ok(Some(self.url.clone())),
            name => variable(name).map(|value| value.or_else(|| default(name))),
        })?;
        Ok(match &self.schema {
            Some(schema) => config.with_schema(schema.clone()),
            None => config,
        })
    }
}

fn variable(name: &str) -> Result<Option<String>, &'static str> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err("its value is not UTF-8"),
    }
}
