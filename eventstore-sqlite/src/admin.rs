use std::path::Path;

use eventstore_core::Result;

use crate::config::SqliteConfig;
use crate::schema::{self, Creation, Removal};

/// Makes, migrates, empties, copies, checks and removes the file of an event store.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use eventstore_sqlite::{SqliteAdmin, SqliteConfig};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let file = folder.path().join("bank.db");
/// let admin = SqliteAdmin::new(SqliteConfig::new(file)?);
/// admin.initialize().await?;
/// assert!(admin.check_file().await?.is_empty());
/// # Ok::<_, eventstore_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct SqliteAdmin {
    config: SqliteConfig,
}

impl SqliteAdmin {
    /// Administers the store in this file.
    pub fn new(config: SqliteConfig) -> Self {
        Self { config }
    }

    /// Whether the file exists and holds an event store, of whatever version.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`](eventstore_core::Error::NotInitialized) if the file is no database of SQLite
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied) or [`Error::Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn has_store(&self) -> Result<bool> {
        schema::has_store(&self.config).await
    }

    /// Creates the file, if it is missing, and the event store's tables in it, unless they exist.
    ///
    /// Tables of other applications in the same file remain. Concurrent calls, also of other processes, wait for each other.
    ///
    /// If the future is dropped, all tables are created, or none.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`](eventstore_core::Error::NotInitialized) if the folder does not exist, the file is no database of SQLite,
    ///   its texts are not UTF-8, or it holds a store of another version
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied), [`Error::Unavailable`](eventstore_core::Error::Unavailable) or
    ///   [`Error::TimedOut`](eventstore_core::Error::TimedOut)
    /// - [`Error::OutcomeUnknown`](eventstore_core::Error::OutcomeUnknown) if the commit failed: call it again
    pub async fn initialize(&self) -> Result<Creation> {
        schema::create(&self.config).await
    }

    /// Migrates the tables of the event store to the version that this library works on, and adds the tables of what holders report, of
    /// groups and of managed projections.
    ///
    /// There is one version so far. A store without those tables works; its holders report nothing, no one enters a group, and no build of a
    /// projection begins. Stores that were opened before use the tables once they are opened again.
    ///
    /// If the future is dropped, the tables are added, or not.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of a version that this
    ///   library does not know
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied), [`Error::Unavailable`](eventstore_core::Error::Unavailable) or
    ///   [`Error::TimedOut`](eventstore_core::Error::TimedOut)
    /// - [`Error::OutcomeUnknown`](eventstore_core::Error::OutcomeUnknown) if the commit failed: call it again
    pub async fn migrate(&self) -> Result<()> {
        schema::migrate(&self.config).await
    }

    /// Returns whether [`migrate`](Self::migrate) would change nothing.
    ///
    /// # Errors
    ///
    /// The errors of [`migrate`](Self::migrate).
    pub async fn is_migrated(&self) -> Result<bool> {
        schema::is_migrated(&self.config).await
    }

    /// Creates the index by which [`EventTracing`](eventstore_core::EventTracing) finds what an event caused, unless it exists.
    ///
    /// Connected stores use it from then on; earlier versions of this library keep it up to date as well. It costs an entry for each
    /// event that has a causation id. Reads go on during the creation, which takes a pass over the events; changes wait for its end, or
    /// fail when their time is up.
    ///
    /// If the future is dropped, the index is created, or not.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of another version
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied), [`Unavailable`](eventstore_core::Error::Unavailable) or
    ///   [`TimedOut`](eventstore_core::Error::TimedOut)
    /// - [`OutcomeUnknown`](eventstore_core::Error::OutcomeUnknown) if the commit failed: call it again
    pub async fn create_causation_index(&self) -> Result<Creation> {
        schema::create_causation_index(&self.config).await
    }

    /// Whether there is an index on causation ids.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of another version
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) or [`Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn has_causation_index(&self) -> Result<bool> {
        schema::has_causation_index(&self.config).await
    }

    /// Drops the index on causation ids, if there is one.
    ///
    /// If the future is dropped, the index is dropped, or not.
    ///
    /// # Errors
    ///
    /// The errors of [`create_causation_index`](Self::create_causation_index).
    pub async fn drop_causation_index(&self) -> Result<Removal> {
        schema::drop_causation_index(&self.config).await
    }

    /// Removes everything from the event store: events, streams, subscriptions, snapshots and builds of projections. The numbers of events start
    /// at 1 again; those of builds go on.
    ///
    /// The keys of subjects remain, and so do the tables of other applications. Holders of subscriptions lose them. Nothing that uses the
    /// store should run meanwhile, because it would mistake old numbers for new ones. The file is made smaller if nothing else uses it.
    ///
    /// If the future is dropped, everything is removed, or nothing.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of another version
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied), [`Unavailable`](eventstore_core::Error::Unavailable) or
    ///   [`TimedOut`](eventstore_core::Error::TimedOut)
    /// - [`OutcomeUnknown`](eventstore_core::Error::OutcomeUnknown) if the commit failed: call it again
    pub async fn reset(&self) -> Result<()> {
        schema::reset(&self.config).await
    }

    /// Removes the event store: its file or, if the file also has other tables, such as those of projections, only the store's tables.
    ///
    /// If the future is dropped, the store may or may not be removed.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if the file holds no event store
    /// - [`Unavailable`](eventstore_core::Error::Unavailable) while a store has the file open, in any process
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) if the file cannot be removed
    pub async fn drop(&self) -> Result<Removal> {
        schema::drop_store(&self.config).await
    }

    /// Copies the store as it is at one moment to a new file, which is there as a whole or not at all, and survives a power cut.
    ///
    /// Everything else goes on meanwhile, appends included; the write-ahead log grows until the copy is complete. The copy has no free
    /// pages, so it may be smaller than the file.
    ///
    /// If the future is dropped, there is no copy.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store
    /// - [`InvalidInput`](eventstore_core::Error::InvalidInput) naming `to` if that file exists, its folder does not, or its path is not
    ///   UTF-8
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) if the copy cannot be written
    /// - [`Unavailable`](eventstore_core::Error::Unavailable) if there is no room for the copy
    pub async fn backup(&self, to: impl AsRef<Path> + Send) -> Result<()> {
        schema::backup(&self.config, to.as_ref()).await
    }

    /// Reads the whole file, and returns what is damaged in it, in SQLite's words; an empty list means that it is sound.
    ///
    /// The command `eventstore verify` also checks the events in it.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no such file, or it is no database of SQLite
    /// - [`Storage`](eventstore_core::Error::Storage) if the file is damaged so that it cannot be checked
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) or [`Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn check_file(&self) -> Result<Vec<String>> {
        schema::check_file(&self.config).await
    }
}
