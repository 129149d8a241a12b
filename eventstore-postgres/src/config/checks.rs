use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{Error, Result};
use sqlx::postgres::PgConnectOptions;

use super::PostgresConfig;
use super::connection::NUL;
use super::libpq::refuse_several;

/// More connections than any server has.
const LARGEST_POOL: usize = 10_000;

/// A statement that examines more runs for minutes.
const LARGEST_SCAN_WINDOW: u32 = 10_000_000;

/// The longest time that the server takes for a setting.
const LONGEST_TIMEOUT: Duration = Duration::from_millis(2_147_483_647);

/// How many bytes of payloads a page may be set to hold.
const PAGE_BYTES: RangeInclusive<u64> = 64 << 10..=1 << 30;

impl PostgresConfig {
    /// Refuses to send to a pooler what needs a session of its own.
    pub(crate) fn require_session_url(&self) -> Result<()> {
        if self.transaction_pooling && self.session_options.is_none() {
            let reason = "with `transaction_pooling` it is required: a URL that bypasses the pooler";
            return Err(Error::invalid_input("session_url", reason));
        }
        Ok(())
    }

    /// Refuses settings that do not go together, or that no server would take.
    pub(crate) fn check(&self) -> Result<()> {
        self.require_session_url()?;
        self.check_values()
    }

    /// Refuses each value that no server, or no process, would take.
    pub(super) fn check_values(&self) -> Result<()> {
        let times = [
            ("connect_timeout", self.connect_timeout),
            ("acquire_timeout", self.acquire_timeout),
            ("statement_timeout", self.statement_timeout),
            ("lock_timeout", self.lock_timeout),
            ("poll_interval", self.poll_interval),
        ];
        if let Some((name, _)) = times.into_iter().find(|(_, time)| !is_usable(*time)) {
            return Err(Error::invalid_input(name, "expected between a millisecond and 24 days"));
        }
        if self.pool_size.get() > LARGEST_POOL {
            return Err(beyond("pool_size", &LARGEST_POOL));
        }
        if self.scan_window.get() > LARGEST_SCAN_WINDOW {
            return Err(beyond("scan_window", &LARGEST_SCAN_WINDOW));
        }
        if !PAGE_BYTES.contains(&self.page_bytes.get()) {
            return Err(Error::invalid_input(
                "page_bytes",
                "expected between 64 KiB and 1 GiB, in bytes",
            ));
        }
        let options = self.session_options.iter().chain([&self.options]);
        options.into_iter().try_for_each(|options| check_texts(options))
    }

    /// Refuses to work with the connections of another store unless they are just as these settings say.
    pub(crate) fn refuse_other_connections(&self, pooled: &Self) -> Result<()> {
        let connections = |config: &Self| {
            (
                // All that they hold, which the driver has no other way to compare.
                format!("{:?}", config.options),
                format!("{:?}", config.session_options),
                (config.pool_size, config.transaction_pooling),
                (config.connect_timeout, config.acquire_timeout, config.statement_timeout),
            )
        };
        let is_same_pool = match (&self.shared_pool, &pooled.shared_pool) {
            (None, None) => true,
            // Handles of one pool share their options.
            (Some(one), Some(other)) => Arc::ptr_eq(&one.connect_options(), &other.connect_options()),
            _ => false,
        };
        let is_same_source = match (&self.password_source, &pooled.password_source) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        if is_same_pool && is_same_source && connections(self) == connections(pooled) {
            return Ok(());
        }
        Err(Error::invalid_input(
            "pool",
            "the connections of the other store have other settings: server, database, user, password source, size or times",
        ))
    }
}

fn beyond(setting: &'static str, largest: &impl fmt::Display) -> Error {
    Error::invalid_input(setting, &format!("expected between 1 and {largest}"))
}

/// Refuses texts that cannot be sent.
fn check_texts(options: &PgConnectOptions) -> Result<()> {
    refuse_several("host", options.get_host())?;
    let texts = [
        ("host", Some(options.get_host())),
        ("user", Some(options.get_username())),
        ("database", options.get_database()),
        ("application_name", options.get_application_name()),
        ("options", options.get_options()),
    ];
    match texts
        .into_iter()
        .find(|(_, text)| text.is_some_and(|text| text.contains('\0')))
    {
        Some((name, _)) => Err(Error::invalid_input(name, NUL)),
        None => Ok(()),
    }
}

fn is_usable(timeout: Duration) -> bool {
    (Duration::from_millis(1)..=LONGEST_TIMEOUT).contains(&timeout)
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU32, NonZeroUsize};

    use super::*;

    #[test]
    fn a_store_at_an_address_of_version_6_is_named_and_compared() {
        let config = || PostgresConfig::from_url("postgres://u@[::1]:7/d").unwrap();
        assert_eq!(config().server(), "[::1]:7");
        assert!(config().refuse_other_connections(&config()).is_ok());
        let other = PostgresConfig::from_url("postgres://u:other@[::1]:7/d").unwrap();
        assert!(config().refuse_other_connections(&other).is_err());
    }

    #[test]
    fn what_is_set_by_calls_is_checked_as_well() {
        let config = |options: PgConnectOptions| PostgresConfig::from_options(options);
        let options = PgConnectOptions::new_without_pgpass;
        for (config, name) in [
            (config(options().application_name("\0x")), "application_name"),
            (config(options().username("u\0")), "user"),
            (config(options().database("\0")), "database"),
            (config(options().host("h1,h2")), "host"),
            (config(options()).with_pool_size(NonZeroUsize::MAX), "pool_size"),
            (config(options()).with_scan_window(NonZeroU32::MAX), "scan_window"),
            (config(options()).with_poll_interval(Duration::MAX), "poll_interval"),
            (config(options()).with_poll_interval(Duration::ZERO), "poll_interval"),
        ] {
            let error = config.check().unwrap_err();
            assert!(
                matches!(error, Error::InvalidInput { argument, .. } if argument == name),
                "{name}: {error:?}"
            );
        }
    }
}
