use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use eventstore_core::{Error, EventType, Result};

use crate::config::PostgresConfig;
use crate::values::DataType;

/// A setting that can be given as text, in a URL or in the environment.
pub(super) struct Setting {
    /// Its name in a URL.
    pub(super) name: &'static str,
    /// Its name in the environment.
    pub(super) variable: &'static str,
    apply: fn(PostgresConfig, &str) -> Result<PostgresConfig, String>,
}

pub(super) const SETTINGS: [Setting; 14] = [
    Setting {
        name: "schema",
        variable: "EVENTSTORE_SCHEMA",
        apply: |config, text| Ok(config.with_schema(read(text)?)),
    },
    Setting {
        name: "data_type",
        variable: "EVENTSTORE_DATA_TYPE",
        apply: |config, text| Ok(config.with_data_type(data_type(text)?)),
    },
    Setting {
        name: "pool_size",
        variable: "EVENTSTORE_POOL_SIZE",
        apply: |config, text| Ok(config.with_pool_size(read(text)?)),
    },
    Setting {
        name: "connect_timeout",
        variable: "EVENTSTORE_CONNECT_TIMEOUT",
        apply: |config, text| Ok(config.with_connect_timeout(seconds_or_duration(text)?)),
    },
    Setting {
        name: "acquire_timeout",
        variable: "EVENTSTORE_ACQUIRE_TIMEOUT",
        apply: |config, text| Ok(config.with_acquire_timeout(duration(text)?)),
    },
    Setting {
        name: "statement_timeout",
        variable: "EVENTSTORE_STATEMENT_TIMEOUT",
        apply: |config, text| Ok(config.with_statement_timeout(duration(text)?)),
    },
    Setting {
        name: "lock_timeout",
        variable: "EVENTSTORE_LOCK_TIMEOUT",
        apply: |config, text| Ok(config.with_lock_timeout(duration(text)?)),
    },
    Setting {
        name: "scan_window",
        variable: "EVENTSTORE_SCAN_WINDOW",
        apply: |config, text| Ok(config.with_scan_window(read(text)?)),
    },
    Setting {
        name: "page_bytes",
        variable: "EVENTSTORE_PAGE_BYTES",
        apply: |config, text| Ok(config.with_page_bytes(read(text)?)),
    },
    Setting {
        name: "poll_interval",
        variable: "EVENTSTORE_POLL_INTERVAL",
        apply: |config, text| Ok(config.with_poll_interval(duration(text)?)),
    },
    Setting {
        name: "hard_deletes",
        variable: "EVENTSTORE_HARD_DELETES",
        apply: |config, text| Ok(config.with_hard_deletes(read(text)?)),
    },
    Setting {
        name: "event_types",
        variable: "EVENTSTORE_EVENT_TYPES",
        apply: |config, text| Ok(config.with_event_types(event_types(text)?)),
    },
    Setting {
        name: "transaction_pooling",
        variable: "EVENTSTORE_TRANSACTION_POOLING",
        apply: |config, text| Ok(config.with_transaction_pooling(read(text)?)),
    },
    Setting {
        name: "session_url",
        variable: "EVENTSTORE_SESSION_URL",
        apply: |config, text| config.with_session_url(text).map_err(|error| reason(&error)),
    },
];

impl Setting {
    /// The setting of this name in a URL.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    pub(super) fn apply(&self, config: PostgresConfig, text: &str) -> Result<PostgresConfig> {
        (self.apply)(config, text).map_err(|reason| Error::invalid_input(self.name, &reason))
    }
}

fn read<T: FromStr>(text: &str) -> Result<T, String>
where
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn event_types(text: &str) -> Result<Vec<EventType>, String> {
    text.split(',').map(|name| read(name.trim())).collect()
}

fn data_type(text: &str) -> Result<DataType, String> {
    DataType::named(text).ok_or_else(|| "expected `bytea` or `jsonb`".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write a time like `500ms` or `15s`"))
}

/// Also as libpq writes it, in whole seconds.
fn seconds_or_duration(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => duration(text),
    }
}

/// Why a value was refused, without the name of the argument.
fn reason(error: &Error) -> String {
    match error {
        Error::InvalidInput { reason, .. } => reason.clone(),
        error => error.to_string(),
    }
}
