use std::sync::Arc;

use eventstore_core::Result;

use crate::admin::SqliteAdmin;
use crate::append::GroupCommit;
use crate::config::SqliteConfig;
use crate::connection::Database;
use crate::notify::Hub;
use crate::schema::open_store;
use crate::subscriptions::Leases;

/// An event store in one SQLite file; cheap to clone.
///
/// Concurrent appends share transactions, and each append has its own outcome. Appends belong to the runtime on which the store was
/// opened: if the caller of an append goes away, the append is not cut off in the middle. Other calls may be made on any runtime, while the
/// one that opened the store goes on. Any number of processes of one machine may open the file.
#[derive(Clone)]
pub struct SqliteStore {
    pub(super) inner: Arc<Inner>,
}

/// What the handles of a store share.
pub(super) struct Inner {
    pub(super) appends: GroupCommit,
    pub(super) leases: Leases,
    pub(super) hub: Arc<Hub>,
    pub(super) database: Arc<Database>,
}

impl SqliteStore {
    /// Opens the store at this URL or path, and creates the file and the tables if they are missing.
    ///
    /// [`SqliteConfig::from_url`] describes the URL. The store `:memory:` ends with its last handle.
    ///
    /// ```no_run
    /// # async fn example() -> eventstore_core::Result<()> {
    /// let store = eventstore_sqlite::SqliteStore::open("bank.db").await?;
    /// # let _ = store;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If the future is dropped, what it has created remains.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`](eventstore_core::Error::NotInitialized) if the folder of the file does not exist, or the file holds
    ///   something else
    /// - the errors of [`SqliteConfig::from_url`], [`SqliteAdmin::initialize`] and [`connect`](Self::connect)
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_with(SqliteConfig::from_url(url)?).await
    }

    /// Opens the store with these settings, and creates the file and the tables if they are missing.
    ///
    /// If the future is dropped, what it has created remains.
    ///
    /// # Errors
    ///
    /// The errors of [`SqliteAdmin::initialize`] and [`connect`](Self::connect).
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn open_with(config: SqliteConfig) -> Result<Self> {
        SqliteAdmin::new(config.clone()).initialize().await?;
        Self::connect(config).await
    }

    /// Opens a store that exists.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`](eventstore_core::Error::NotInitialized) if there is no such file, if it holds no event store or one that
    ///   this version cannot work on, if the program has too old a SQLite, or if the file cannot have a write-ahead log
    /// - [`Error::InvalidInput`](eventstore_core::Error::InvalidInput) naming `busy_timeout` if no connection can wait for so long or so
    ///   short a time
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied), [`Error::Unavailable`](eventstore_core::Error::Unavailable) or
    ///   [`Error::TimedOut`](eventstore_core::Error::TimedOut)
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn connect(config: SqliteConfig) -> Result<Self> {
        let database = Arc::new(open_store(config).await?);
        let hub = Arc::new(Hub::new(Arc::clone(&database)));
        Ok(Self {
            inner: Arc::new(Inner {
                appends: GroupCommit::new(Arc::clone(&database), Arc::clone(&hub)),
                leases: Leases::new(Arc::clone(&database)),
                hub,
                database,
            }),
        })
    }

    pub(crate) fn database(&self) -> &Arc<Database> {
        &self.inner.database
    }
}
