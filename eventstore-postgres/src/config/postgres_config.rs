use std::collections::BTreeSet;
use std::fmt;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::EventType;
use eventstore_core::backend::PageRequest;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};

use super::PasswordSource;
use crate::values::{DataType, SchemaName};

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
    pub(super) options: Arc<PgConnectOptions>,
    pub(super) session_options: Option<Arc<PgConnectOptions>>,
    pub(super) schema: SchemaName,
    pub(super) data_type: Option<DataType>,
    pub(super) pool_size: NonZeroUsize,
    pub(super) connect_timeout: Duration,
    pub(super) acquire_timeout: Duration,
    pub(super) statement_timeout: Duration,
    pub(super) lock_timeout: Duration,
    pub(super) scan_window: NonZeroU32,
    pub(super) page_bytes: NonZeroU64,
    pub(super) poll_interval: Duration,
    pub(super) hard_deletes: bool,
    /// The types of the events that may be appended.
    pub(super) event_types: Option<Arc<BTreeSet<EventType>>>,
    pub(super) transaction_pooling: bool,
    pub(super) shared_pool: Option<PgPool>,
    pub(super) password_source: Option<Arc<dyn PasswordSource>>,
}

impl PostgresConfig {
    /// The number of connections in the pool, unless set otherwise.
    pub const DEFAULT_POOL_SIZE: NonZeroUsize = NonZeroUsize::new(10).unwrap();
    /// The time limit for making a connection, unless set otherwise.
    pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    /// How long a call waits for a free connection in the pool, unless set otherwise.
    pub const DEFAULT_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
    /// The time limit for a statement, unless set otherwise.
    pub const DEFAULT_STATEMENT_TIMEOUT: Duration = Duration::from_secs(15);

    /// How long appends that share a transaction wait for a lock, unless set otherwise.
    pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_millis(500);

    /// How many event numbers a statement scans, unless set otherwise.
    pub const DEFAULT_SCAN_WINDOW: NonZeroU32 = NonZeroU32::new(20_000).unwrap();

    /// How many bytes of payloads a page holds, unless set otherwise: 8 MiB.
    pub const DEFAULT_PAGE_BYTES: NonZeroU64 = PageRequest::DEFAULT_MAX_BYTES;

    /// How often the store polls for events that no notification announced, unless set otherwise.
    pub const DEFAULT_POLL_INTERVAL: Duration = Duration::from_secs(10);

    /// Connects with these driver options, for TLS, sockets and anything else that a URL cannot hold.
    pub fn from_options(options: PgConnectOptions) -> Self {
        Self::new(options.disable_statement_logging())
    }

    /// Uses a pool of the application's, which keeps its own size, acquire timeout and session settings.
    ///
    /// Only the isolation level is set: the store's transactions are read committed, whatever the session default is.
    ///
    /// When subscriptions run, two more connections are opened beside the pool, with the same options.
    pub fn from_pool(pool: PgPool) -> Self {
        let options = pool.connect_options().as_ref().clone();
        Self {
            shared_pool: Some(pool),
            password_source: None,
            ..Self::from_options(options)
        }
    }

    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options: Arc::new(options),
            session_options: None,
            schema: SchemaName::default(),
            data_type: None,
            pool_size: Self::DEFAULT_POOL_SIZE,
            connect_timeout: Self::DEFAULT_CONNECT_TIMEOUT,
            acquire_timeout: Self::DEFAULT_ACQUIRE_TIMEOUT,
            statement_timeout: Self::DEFAULT_STATEMENT_TIMEOUT,
            lock_timeout: Self::DEFAULT_LOCK_TIMEOUT,
            scan_window: Self::DEFAULT_SCAN_WINDOW,
            page_bytes: Self::DEFAULT_PAGE_BYTES,
            poll_interval: Self::DEFAULT_POLL_INTERVAL,
            hard_deletes: false,
            event_types: None,
            transaction_pooling: false,
            shared_pool: None,
            password_source: None,
        }
    }

    /// Returns the schema that holds the store's tables.
    pub fn schema(&self) -> &SchemaName {
        &self.schema
    }

    pub(crate) fn hard_deletes(&self) -> bool {
        self.hard_deletes
    }

    pub(crate) fn poll_interval(&self) -> Duration {
        self.poll_interval
    }

    pub(crate) fn scan_window(&self) -> NonZeroU32 {
        self.scan_window
    }

    pub(crate) fn page_bytes(&self) -> NonZeroU64 {
        self.page_bytes
    }

    pub(crate) fn pool_size(&self) -> NonZeroUsize {
        self.pool_size
    }

    pub(crate) fn shared_pool(&self) -> Option<&PgPool> {
        self.shared_pool.as_ref()
    }

    pub(crate) fn data_type(&self) -> Option<DataType> {
        self.data_type
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    /// Returns the time limit for making a connection.
    pub fn connect_timeout(&self) -> Duration {
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

    /// What each new connection asks for its password.
    pub(crate) fn password_source(&self) -> Option<&dyn PasswordSource> {
        self.password_source.as_deref()
    }

    /// Whether sessions are opened elsewhere than the connections of the pool.
    pub(crate) fn has_session_url(&self) -> bool {
        self.session_options.is_some()
    }

    /// Where the server is, without credentials.
    pub(crate) fn server(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None if self.options.get_host().contains(':') => {
                format!("[{}]:{}", self.options.get_host(), self.options.get_port())
            }
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
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .field("scan_window", &self.scan_window)
            .field("page_bytes", &self.page_bytes)
            .field("poll_interval", &self.poll_interval)
            .field("hard_deletes", &self.hard_deletes)
            .field("event_types", &self.event_types)
            .field("transaction_pooling", &self.transaction_pooling)
            .field("shares_pool", &self.shared_pool.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_the_password() {
        let config = PostgresConfig::from_url("postgres://u:secret@localhost/d").unwrap();
        assert!(!format!("{config:?}").contains("secret"));
    }
}
