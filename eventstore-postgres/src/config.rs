use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;
use std::time::Duration;

use eventstore_core::{Error, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};

use crate::SchemaName;

/// What every session is given. A server that cannot reach a client any more shall close its session within seconds: it
/// may hold the lock of a subscription.
const SESSION: [(&str, &str); 9] = [
    ("default_transaction_isolation", "read committed"),
    // Planning an append takes longer than carrying it out, and the server would plan each one that has few events.
    ("plan_cache_mode", "force_generic_plan"),
    // What is read by an index is in memory, or on a disk that need not seek: small tables are not read as a whole.
    ("random_page_cost", "1.1"),
    // Compiling one of our statements takes longer than carrying it out.
    ("jit", "off"),
    ("client_min_messages", "warning"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10s"),
];

/// Where the event store is, and how to connect to it.
///
/// ```
/// use eventstore_postgres::{PostgresConfig, SchemaName};
///
/// let config = PostgresConfig::from_url("postgres://app:secret@localhost/shop")?.with_schema(SchemaName::new("orders")?);
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), eventstore_core::Error>(())
/// ```
#[derive(Clone)]
pub struct PostgresConfig {
    options: PgConnectOptions,
    schema: SchemaName,
    pool_size: NonZeroUsize,
    connect_timeout: Duration,
    statement_timeout: Duration,
    lock_timeout: Duration,
    scan_window: NonZeroU32,
    hard_deletes: bool,
    shared_pool: Option<PgPool>,
}

impl PostgresConfig {
    /// How many connections the pool holds unless told otherwise.
    pub const DEFAULT_POOL_SIZE: NonZeroUsize = NonZeroUsize::new(10).unwrap();
    /// How long a connection may take to be made, or to become free, unless told otherwise.
    pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    /// How long a statement may take unless told otherwise.
    pub const DEFAULT_STATEMENT_TIMEOUT: Duration = Duration::from_secs(15);

    /// How long appends that share a transaction wait for a lock unless told otherwise.
    pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_millis(500);

    /// How many numbers a statement looks at unless told otherwise.
    pub const DEFAULT_SCAN_WINDOW: NonZeroU32 = NonZeroU32::new(20_000).unwrap();

    /// Takes the server, database and user from a URL like `postgres://user:password@host:port/database`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `url`; the message never holds the URL.
    pub fn from_url(url: &str) -> Result<Self> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::invalid_input("url", "it must begin with `postgres://`"));
        }
        let options = PgConnectOptions::from_str(url).map_err(|error| Error::invalid_input("url", &error))?;
        // What stands before an `@` may be a password that was not percent-encoded.
        if options.get_database().is_some_and(|database| database.contains('@')) {
            return Err(Error::invalid_input("url", "the name of the database holds an `@`"));
        }
        Ok(Self::new(options))
    }

    /// Uses a pool of the application's, whose size, time to wait for a connection and session settings are its own.
    ///
    /// Beside it, two connections are opened when subscriptions run, with the same options.
    pub fn from_pool(pool: PgPool) -> Self {
        let options = pool.connect_options().as_ref().clone();
        Self {
            shared_pool: Some(pool),
            ..Self::new(options)
        }
    }

    fn new(options: PgConnectOptions) -> Self {
        Self {
            options: options.disable_statement_logging(),
            schema: SchemaName::default(),
            pool_size: Self::DEFAULT_POOL_SIZE,
            connect_timeout: Self::DEFAULT_CONNECT_TIMEOUT,
            statement_timeout: Self::DEFAULT_STATEMENT_TIMEOUT,
            lock_timeout: Self::DEFAULT_LOCK_TIMEOUT,
            scan_window: Self::DEFAULT_SCAN_WINDOW,
            hard_deletes: false,
            shared_pool: None,
        }
    }

    /// The store in this schema; default `public`.
    #[must_use]
    pub fn with_schema(self, schema: SchemaName) -> Self {
        Self { schema, ..self }
    }

    /// A pool of our own with this many connections; two more are opened when subscriptions run.
    #[must_use]
    pub fn with_pool_size(self, connections: NonZeroUsize) -> Self {
        Self {
            pool_size: connections,
            ..self
        }
    }

    /// How long a connection may take to be made, or to become free.
    #[must_use]
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        Self {
            connect_timeout: timeout,
            ..self
        }
    }

    /// How long a statement may take before the server cancels it, in whole milliseconds.
    #[must_use]
    pub fn with_statement_timeout(self, timeout: Duration) -> Self {
        Self {
            statement_timeout: timeout,
            ..self
        }
    }

    /// How long appends that share a transaction wait for a lock of somebody else's, in whole milliseconds; then the one that
    /// needs it waits by itself, and the others go on.
    ///
    /// Less than the `deadlock_timeout` of the server, and more than the commits take that other processes have in line.
    #[must_use]
    pub fn with_lock_timeout(self, timeout: Duration) -> Self {
        Self {
            lock_timeout: timeout,
            ..self
        }
    }

    /// How many event numbers one statement looks at, matching or not, when it reads with a filter or looks for a time.
    ///
    /// More of them cost fewer round trips; fewer keep each statement, and its snapshot, shorter.
    #[must_use]
    pub fn with_scan_window(self, numbers: NonZeroU32) -> Self {
        Self {
            scan_window: numbers,
            ..self
        }
    }

    /// Lets this store delete streams for good; default off.
    #[must_use]
    pub fn enable_hard_deletes(self) -> Self {
        Self {
            hard_deletes: true,
            ..self
        }
    }

    /// The schema that holds the store's tables.
    pub fn schema(&self) -> &SchemaName {
        &self.schema
    }

    pub(crate) fn hard_deletes(&self) -> bool {
        self.hard_deletes
    }

    pub(crate) fn scan_window(&self) -> NonZeroU32 {
        self.scan_window
    }

    pub(crate) fn pool_size(&self) -> NonZeroUsize {
        self.pool_size
    }

    pub(crate) fn shared_pool(&self) -> Option<&PgPool> {
        self.shared_pool.as_ref()
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    pub(crate) fn statement_timeout(&self) -> Duration {
        self.statement_timeout
    }

    pub(crate) fn lock_timeout(&self) -> Duration {
        self.lock_timeout
    }

    pub(crate) fn database(&self) -> &str {
        self.options
            .get_database()
            .unwrap_or_else(|| self.options.get_username())
    }

    /// The same server with its maintenance database.
    pub(crate) fn for_maintenance(&self) -> Self {
        Self {
            options: self.options.clone().database("postgres"),
            ..self.clone()
        }
    }

    /// What a connection for this purpose needs; the purpose stands in `pg_stat_activity`.
    pub(crate) fn connect_options(&self, purpose: &str) -> PgConnectOptions {
        let application = self.options.get_application_name().unwrap_or("eventstore");
        self.options
            .clone()
            .application_name(&format!("{application} {purpose}"))
            .options([("statement_timeout", self.statement_timeout.as_millis())])
            .options(SESSION)
    }

    /// Where the server is, without credentials.
    pub(crate) fn server(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }
}

impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("server", &self.server())
            .field("database", &self.database())
            .field("schema", &self.schema.as_str())
            .field("pool_size", &self.pool_size)
            .field("connect_timeout", &self.connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .field("scan_window", &self.scan_window)
            .field("hard_deletes", &self.hard_deletes)
            .field("shares_pool", &self.shared_pool.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_url_without_repeating_it() {
        for url in [
            "mysql://u:secret@h/d",
            "secret",
            "postgres://u:secret@h:port/d",
            "postgres://u:secret@[h/d",
            "postgres://u:1/secret@h/d",
        ] {
            let error = PostgresConfig::from_url(url).unwrap_err();
            assert!(matches!(error, Error::InvalidInput { argument: "url", .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }

    #[test]
    fn never_shows_the_password() {
        let config = PostgresConfig::from_url("postgres://u:secret@localhost/d").unwrap();
        assert!(!format!("{config:?}").contains("secret"));
    }
}
