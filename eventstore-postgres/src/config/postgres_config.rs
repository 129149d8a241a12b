mod connection;
mod event_types;
mod libpq;
mod passwords;
mod setting;
mod text;

use std::fmt;
use std::iter;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::PageRequest;
use eventstore_core::{Error, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};

pub use passwords::{Login, PasswordSource};

use self::connection::NUL;
use self::event_types::EventTypes;
use self::libpq::refuse_several;
use crate::error::Limit;
use crate::sql::Preparation;
use crate::{DataType, SchemaName};

/// How much longer than the server, which cancels a statement in time, the answer may take.
const GRACE: Duration = Duration::from_secs(1);

/// More connections than any server has.
const LARGEST_POOL: usize = 10_000;

/// A statement that examines more runs for minutes.
const LARGEST_SCAN_WINDOW: u32 = 10_000_000;

/// The longest name of an application that the server keeps, in bytes.
const LONGEST_NAME: usize = 63;

/// The longest time that the server takes for a setting.
const LONGEST_TIMEOUT: Duration = Duration::from_millis(2_147_483_647);

/// How many bytes of payloads a page may be set to hold.
const PAGE_BYTES: RangeInclusive<u64> = 64 << 10..=1 << 30;

/// What every statement is carried out with.
const STATEMENTS: [(&str, &str); 4] = [
    // Planning an append takes longer than carrying it out, and the server would plan each one that has few events.
    ("plan_cache_mode", "force_generic_plan"),
    // What is read by an index is in memory, or on a disk that need not seek: small tables are not read as a whole.
    ("random_page_cost", "1.1"),
    // Compiling one of our statements takes longer than carrying it out.
    ("jit", "off"),
    ("client_min_messages", "warning"),
];

/// What else every session is given. A server that cannot reach a client any more shall close its session within seconds:
/// it may hold the lock of a subscription.
const SESSION: [(&str, &str); 5] = [
    ("default_transaction_isolation", "read committed"),
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
    options: Arc<PgConnectOptions>,
    session_options: Option<Arc<PgConnectOptions>>,
    schema: SchemaName,
    data_type: Option<DataType>,
    pool_size: NonZeroUsize,
    connect_timeout: Duration,
    acquire_timeout: Duration,
    statement_timeout: Duration,
    lock_timeout: Duration,
    scan_window: NonZeroU32,
    page_bytes: NonZeroU64,
    poll_interval: Duration,
    hard_deletes: bool,
    event_types: Option<EventTypes>,
    transaction_pooling: bool,
    shared_pool: Option<PgPool>,
    password_source: Option<Arc<dyn PasswordSource>>,
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
    pub const DEFAULT_LOOK_INTERVAL: Duration = Duration::from_secs(10);

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

    fn new(options: PgConnectOptions) -> Self {
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
            poll_interval: Self::DEFAULT_LOOK_INTERVAL,
            hard_deletes: false,
            event_types: None,
            transaction_pooling: false,
            shared_pool: None,
            password_source: None,
        }
    }

    /// Uses the store in this schema; the default is `public`.
    #[must_use]
    pub fn with_schema(self, schema: SchemaName) -> Self {
        Self { schema, ..self }
    }

    /// Refuses a store whose payload columns have another type; by default any type is accepted.
    #[must_use]
    pub fn with_data_type(self, data_type: DataType) -> Self {
        Self {
            data_type: Some(data_type),
            ..self
        }
    }

    /// Sets the size of the store's own pool, at most 10,000 connections; two more are opened when subscriptions run.
    #[must_use]
    pub fn with_pool_size(self, connections: NonZeroUsize) -> Self {
        Self {
            pool_size: connections,
            ..self
        }
    }

    /// Sets the time limit for making a connection.
    #[must_use]
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        Self {
            connect_timeout: timeout,
            ..self
        }
    }

    /// Sets how long a call waits for a free connection in the pool.
    #[must_use]
    pub fn with_acquire_timeout(self, timeout: Duration) -> Self {
        Self {
            acquire_timeout: timeout,
            ..self
        }
    }

    /// Sets how long a statement may take before the server cancels it, in whole milliseconds.
    #[must_use]
    pub fn with_statement_timeout(self, timeout: Duration) -> Self {
        Self {
            statement_timeout: timeout,
            ..self
        }
    }

    /// Sets how long appends that share a transaction wait for a lock that another transaction holds, in whole
    /// milliseconds.
    ///
    /// After that, the append that needs the lock waits by itself, and the others go on. Choose a value below the
    /// server's `deadlock_timeout`, and above the time that the queued commits of other processes take.
    #[must_use]
    pub fn with_lock_timeout(self, timeout: Duration) -> Self {
        Self {
            lock_timeout: timeout,
            ..self
        }
    }

    /// Sets the scan window: how many event numbers, matching or not, one statement scans when it reads with a filter or
    /// searches for a time.
    ///
    /// A larger window costs fewer round trips; a smaller one keeps each statement, and its snapshot, shorter. At most
    /// 10,000,000.
    #[must_use]
    pub fn with_scan_window(self, numbers: NonZeroU32) -> Self {
        Self {
            scan_window: numbers,
            ..self
        }
    }

    /// Sets how many bytes of payloads a page holds at most, between 64 KiB and 1 GiB; a single event larger than this
    /// gets its own page.
    ///
    /// A read can ask for less. A continuing read keeps up to four pages in memory, a subscription two.
    #[must_use]
    pub fn with_page_bytes(self, bytes: NonZeroU64) -> Self {
        Self {
            page_bytes: bytes,
            ..self
        }
    }

    /// Allows this store to hard-delete streams; off by default.
    #[must_use]
    pub fn enable_hard_deletes(self) -> Self {
        self.with_hard_deletes(true)
    }

    /// Sets whether this store may hard-delete streams; off by default.
    #[must_use]
    pub fn with_hard_deletes(self, hard_deletes: bool) -> Self {
        Self { hard_deletes, ..self }
    }

    /// Asks this source for the password of each new connection, instead of using one from the URL or the environment.
    ///
    /// A store on a [pool of the application's](Self::from_pool) asks the source only for the connections that the store
    /// makes itself: those that listen and hold leases.
    #[must_use]
    pub fn with_password_source(self, source: impl PasswordSource + 'static) -> Self {
        Self {
            password_source: Some(Arc::new(source)),
            ..self
        }
    }

    /// Sets whether connections lead to a pooler that assigns a server connection to each transaction, as `PgBouncer`
    /// does in its mode `transaction`; off by default.
    ///
    /// If so, everything runs in transactions, and nothing is prepared for a later transaction. Work that needs its own
    /// session uses the [session URL](Self::with_session_url), which is then required.
    #[must_use]
    pub fn with_transaction_pooling(self, transaction_pooling: bool) -> Self {
        Self {
            transaction_pooling,
            ..self
        }
    }

    /// Returns the settings for the same store with every connection made through the session URL, bypassing the pooler
    /// if there is one.
    ///
    /// Use this for work on the whole store, which would otherwise keep others from the pooler's connections.
    #[must_use]
    pub fn bypassing_pooler(self) -> Self {
        match self.session_options.clone() {
            None => self,
            Some(options) => Self {
                options,
                transaction_pooling: false,
                shared_pool: None,
                ..self
            },
        }
    }

    /// Returns the schema that holds the store's tables.
    pub fn schema(&self) -> &SchemaName {
        &self.schema
    }

    pub(crate) fn hard_deletes(&self) -> bool {
        self.hard_deletes
    }

    pub(crate) fn preparation(&self) -> Preparation {
        if self.transaction_pooling {
            Preparation::Passing
        } else {
            Preparation::Lasting
        }
    }

    /// What transactions on connections of the pool are begun with, where sessions do not last.
    pub(crate) fn transaction_settings(&self) -> Option<Vec<(&'static str, String)>> {
        match (self.transaction_pooling, &self.shared_pool) {
            (false, _) => None,
            (true, Some(_)) => Some(Vec::new()),
            (true, None) => {
                let timeout = ("statement_timeout", self.statement_timeout.as_millis().to_string());
                let others = STATEMENTS.iter().map(|(name, value)| (*name, (*value).to_owned()));
                Some(iter::once(timeout).chain(others).collect())
            }
        }
    }

    /// Sets the interval at which one statement polls the streams that this process listens to, to find events that were
    /// not notified.
    ///
    /// While there is no connection for notifications, the streams are polled over the pool, at least every two seconds.
    #[must_use]
    pub fn with_poll_interval(self, interval: Duration) -> Self {
        Self {
            poll_interval: interval,
            ..self
        }
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

    /// How long an answer may take on a session of ours, whose statements the server ends in time.
    pub(crate) fn answer_limit(&self) -> Limit {
        Limit::of_server(self.statement_timeout + GRACE)
    }

    /// Whether the sessions of the pool are opened with settings of ours.
    pub(crate) fn sets_sessions(&self) -> bool {
        !self.transaction_pooling && self.shared_pool.is_none()
    }

    pub(crate) fn lock_timeout(&self) -> Duration {
        self.lock_timeout
    }

    pub(crate) fn database(&self) -> &str {
        self.options
            .get_database()
            .unwrap_or_else(|| self.options.get_username())
    }

    /// The same server with its maintenance database, bypassing the pooler.
    pub(crate) fn for_maintenance(&self) -> Self {
        let direct = self.clone().bypassing_pooler();
        Self {
            options: Arc::new(direct.options.as_ref().clone().database("postgres")),
            session_options: None,
            ..direct
        }
    }

    /// Without a limit to the time of statements, for work on whole tables.
    pub(crate) fn without_statement_timeout(&self) -> Self {
        self.clone().with_statement_timeout(Duration::ZERO)
    }

    /// What a connection for this purpose needs; `pg_stat_activity` shows the purpose.
    ///
    /// A pooler would refuse a session with settings of its own.
    pub(crate) fn connect_options(&self, purpose: &str) -> PgConnectOptions {
        if self.transaction_pooling {
            named(&self.options, purpose).extra_float_digits(None)
        } else {
            self.options_for_session(&self.options, purpose)
        }
    }

    /// What a connection needs that no one else may use between two of its statements.
    pub(crate) fn session_options(&self, purpose: &str) -> PgConnectOptions {
        let options = self.session_options.as_deref().unwrap_or(&self.options);
        self.options_for_session(options, purpose)
    }

    fn options_for_session(&self, options: &PgConnectOptions, purpose: &str) -> PgConnectOptions {
        named(options, purpose)
            .options([("statement_timeout", self.statement_timeout.as_millis())])
            .options(STATEMENTS)
            .options(SESSION)
    }

    /// What each new connection asks for its password.
    pub(crate) fn password_source(&self) -> Option<&dyn PasswordSource> {
        self.password_source.as_deref()
    }

    /// Whether sessions are opened elsewhere than the connections of the pool.
    pub(crate) fn has_session_url(&self) -> bool {
        self.session_options.is_some()
    }

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
    fn check_values(&self) -> Result<()> {
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

fn named(options: &PgConnectOptions, purpose: &str) -> PgConnectOptions {
    let application = options.get_application_name().unwrap_or("eventstore");
    let room = LONGEST_NAME.saturating_sub(purpose.len() + 1);
    let application = &application[..application.floor_char_boundary(room)];
    options.clone().application_name(&format!("{application} {purpose}"))
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

    #[test]
    fn the_purpose_of_a_connection_is_told_whatever_the_application_is_called() {
        let config = PostgresConfig::from_url(&format!("postgres://h/d?application_name={}", "ä".repeat(40))).unwrap();
        let options = config.connect_options("pool");
        let name = options.get_application_name().unwrap();
        assert!(name.len() <= LONGEST_NAME && name.ends_with("ä pool"), "{name}");
    }

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
