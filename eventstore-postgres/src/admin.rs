use eventstore_core::Result;

use crate::config::PostgresConfig;
use crate::key_vault::create_key_vault;
use crate::schema::{
    self, Creation, LayoutMigration, LayoutProgress, Migration, Removal, create_database, drop_database, has_database,
};
use crate::values::{DataType, EventIndex, IndexState, Layout};

/// Makes, migrates, empties and removes an event store, and the database around it.
///
/// ```no_run
/// # async fn example() -> eventstore_core::Result<()> {
/// use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
///
/// let config = PostgresConfig::from_url("postgres://localhost/bank")?;
/// let admin = PostgresAdmin::new(config.clone());
/// admin.create_database().await?;
/// admin.initialize(Layout::Compact, DataType::Bytea).await?;
/// let store = PostgresStore::connect(config).await?;
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresAdmin {
    config: PostgresConfig,
}

impl PostgresAdmin {
    /// Administers the store of this schema.
    pub fn new(config: PostgresConfig) -> Self {
        Self { config }
    }

    /// Whether the configured database exists.
    ///
    /// # Errors
    ///
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied) if the user may not connect to it
    /// - [`Error::Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn has_database(&self) -> Result<bool> {
        has_database(&self.config).await
    }

    /// Creates the configured database with the encoding UTF-8, unless it exists.
    ///
    /// It connects to the database `postgres` on the same server as the configured user.
    ///
    /// If the future is dropped, the database may be created.
    ///
    /// # Errors
    ///
    /// [`AccessDenied`](eventstore_core::Error::AccessDenied) if the user may not create databases, otherwise
    /// [`Unavailable`](eventstore_core::Error::Unavailable) or [`Storage`](eventstore_core::Error::Storage).
    pub async fn create_database(&self) -> Result<Creation> {
        create_database(&self.config).await
    }

    /// Creates the schema, if needed, and the event store's tables in it, unless they exist.
    ///
    /// If a store already exists, including one that the Elixir EventStore made, only this library's own tables are added.
    /// Concurrent calls wait for each other; everything is created, or nothing.
    ///
    /// If the future is dropped, everything is created, or nothing.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`](eventstore_core::Error::NotInitialized) if the database does not exist, or the schema holds something else
    /// - [`Error::InvalidInput`](eventstore_core::Error::InvalidInput) naming `layout` or `data_type` if the schema holds a store of another kind, or if payloads
    ///   are to be JSON and the encoding of the database is not UTF-8
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied) or [`Error::Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn initialize(&self, layout: Layout, data_type: DataType) -> Result<Creation> {
        schema::initialize(&self.config, layout, data_type).await
    }

    /// Migrates the tables of the event store to the version that this library works on; returns the steps that were carried
    /// out.
    ///
    /// Each step is its own transaction, so the store can be used between steps, also by the Elixir EventStore. Its
    /// migrations and these wait for each other. Indexes that replace others are built beforehand, while the store is in use.
    /// An index that was built when a migration was cut off is built again by the next migration.
    ///
    /// Stop processes with an earlier version of this library before the migration, or soon afterwards: they are refused when
    /// they reconnect, and their statements that name what has changed may fail. Steps that an earlier migration left out are
    /// carried out as well. A store of the Elixir EventStore is taken over in place, from version 0.17.0 of its tables on.
    ///
    /// If the future is dropped, completed steps remain, and the step under way is taken as a whole or not at all.
    /// Another call continues.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of a version that this library cannot migrate
    /// - [`Error::InvalidInput`](eventstore_core::Error::InvalidInput) naming `schema` if another application's view depends on a column that changes
    /// - [`Error::Storage`](eventstore_core::Error::Storage) naming the keys that are stored more than once where a unique index must be built
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied) unless the user owns the tables
    /// - [`Error::Aborted`](eventstore_core::Error::Aborted) if a table stays in use for long: completed steps remain, and the rest can be retried
    /// - [`Error::Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn migrate(&self) -> Result<Vec<Migration>> {
        schema::migrate(&self.config).await
    }

    /// Returns the migration history of the event store's tables in version order: completed and pending steps.
    ///
    /// # Errors
    ///
    /// The errors of [`migrate`](Self::migrate); nothing is changed.
    pub async fn migrations(&self) -> Result<Vec<Migration>> {
        schema::migrations(&self.config).await
    }

    /// Removes everything from the event store: events, streams, subscriptions, snapshots and builds of projections. The numbers of events start
    /// at 1 again; those of builds go on.
    ///
    /// Nothing that uses the store should run meanwhile, because it would mistake old numbers for new ones.
    ///
    /// If the future is dropped, everything is removed, or nothing.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of another version
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) unless the user may empty the tables
    /// - [`Aborted`](eventstore_core::Error::Aborted) if the tables stay in use for long, and
    ///   [`Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn reset(&self) -> Result<()> {
        schema::reset_store(&self.config).await
    }

    /// Removes the event store's tables and all their contents from the configured schema, then the schema itself if it is
    /// empty and not `public`.
    ///
    /// Tables of other applications remain, and so does the database. Concurrent calls wait for each other.
    ///
    /// If the future is dropped, all tables are removed, or none.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if the schema holds something else
    /// - [`InvalidInput`](eventstore_core::Error::InvalidInput) naming `schema` if objects of another application depend on
    ///   the tables
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) unless the user owns the tables
    /// - [`Aborted`](eventstore_core::Error::Aborted) if the tables stay in use for long, and
    ///   [`Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn drop(&self) -> Result<Removal> {
        schema::drop_store(&self.config).await
    }

    /// Removes the configured database if no tables are left in it; [drop](Self::drop) the event store first.
    ///
    /// If the future is dropped, the database may be removed.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`](eventstore_core::Error::InvalidInput) naming `database` if it holds tables
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied) unless the user owns it
    /// - [`Error::Storage`](eventstore_core::Error::Storage) while others are connected to it, and [`Error::Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn drop_database(&self) -> Result<Removal> {
        drop_database(&self.config).await
    }

    /// Creates the tables for the keys of subjects in the schema of a store, unless they exist.
    ///
    /// The tables are not part of the layout: a store works without them, except for the operations of [`KeyVault`](eventstore_core::backend::KeyVault). A party
    /// that can read the tables, or a copy of the database, has only the wrapped keys, and needs the key of the application
    /// to use them.
    ///
    /// If the future is dropped, all tables are created, or none.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) or [`Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn create_key_vault(&self) -> Result<()> {
        create_key_vault(&self.config).await
    }

    /// Creates an index that a store need not have, unless it exists.
    ///
    /// Stores that connect afterwards use the index on correlation ids in reads of all streams, which scan everything without it.
    /// [`EventTracing`](eventstore_core::EventTracing) uses both indexes at once, and finds nothing without them. An index costs an entry
    /// for each event that has such an id. Appends, reads and everything else go on during the creation, which takes
    /// several passes over the events and waits for transactions under way; no timeout ends it. Remains of an earlier
    /// creation that was cut off are replaced. Concurrent calls wait for each other.
    ///
    /// If the future is dropped, the server may finish the creation or leave an index behind that is not valid. Another
    /// call creates it.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) unless the user owns the tables
    /// - [`Unavailable`](eventstore_core::Error::Unavailable) and failures of the storage
    pub async fn create_index(&self, index: EventIndex) -> Result<Creation> {
        schema::create_index(&self.config, index).await
    }

    /// Returns whether there is this index, and whether it can be used.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store
    /// - [`Unavailable`](eventstore_core::Error::Unavailable) and failures of the storage
    pub async fn index_state(&self, index: EventIndex) -> Result<IndexState> {
        schema::index_state(&self.config, index).await
    }

    /// Drops this index, if there is one; everything else goes on meanwhile.
    ///
    /// Connected stores behave as if the index on correlation ids existed until they reconnect: their reads by correlation id scan
    /// everything.
    ///
    /// If the future is dropped, the server may drop the index, or leave it behind as not valid.
    ///
    /// # Errors
    ///
    /// The errors of [`create_index`](Self::create_index).
    pub async fn drop_index(&self, index: EventIndex) -> Result<Removal> {
        schema::drop_index(&self.config, index).await
    }

    /// Moves a store from the layout `original` to the layout `compact`, in place.
    ///
    /// Positions with their gaps, versions, ids, links, deleted streams, snapshots, subscriptions with their checkpoints and
    /// parked events stay as they are.
    ///
    /// The move is offline: `streams`, `events` and `stream_events` are locked from the beginning to the end. Callers that
    /// append, link or delete wait, or fail when their time is up; reads go on. Stop everything that uses the store, also
    /// through the Elixir EventStore, before the move, and reconnect it afterwards. Tables that are not at the supported
    /// version are [migrated](Self::migrate) first.
    ///
    /// Events and links are copied in batches and the copies are verified. Then one transaction replaces the original tables,
    /// which are kept beside the copies until [`drop_original_tables`](Self::drop_original_tables). Until that transaction,
    /// the store is untouched. A migration that was cut off at any moment can be started again and continues with what was
    /// copied, even if the store has been used meanwhile.
    ///
    /// If the future is dropped, the tables are replaced as a whole or not at all, and what was copied remains.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of a version that this library cannot migrate
    /// - [`Error::InvalidInput`](eventstore_core::Error::InvalidInput) naming `schema` if something of another application depends on the tables or would be lost
    ///   with them (a column, a trigger, a policy, a publication), or if tables of an earlier migration are still kept there
    /// - [`Error::Storage`](eventstore_core::Error::Storage) if the store is damaged: [verify](crate::PostgresStore::verify) says where
    /// - [`Error::AccessDenied`](eventstore_core::Error::AccessDenied) unless the user owns the tables
    /// - [`Error::Aborted`](eventstore_core::Error::Aborted) if a table stays in use for longer than ten seconds, and [`Error::Unavailable`](eventstore_core::Error::Unavailable): what was copied
    ///   remains, and the rest can be retried
    pub async fn migrate_to_compact(&self, observe: impl FnMut(LayoutProgress) + Send) -> Result<LayoutMigration> {
        schema::migrate_to_compact(&self.config, observe).await
    }

    /// Removes what an interrupted [`migrate_to_compact`](Self::migrate_to_compact) has copied; the store stays as it is.
    ///
    /// A later migration starts from the beginning. While a migration is running, this call waits for it.
    ///
    /// If the future is dropped, all copies are removed, or none.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of another version
    /// - [`InvalidInput`](eventstore_core::Error::InvalidInput) naming `layout` if the store has already been moved: there is
    ///   no way back
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) unless the user owns the tables
    /// - [`Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn abandon_migration_to_compact(&self) -> Result<Removal> {
        schema::abandon_migration_to_compact(&self.config).await
    }

    /// Removes the tables of the layout `original` that [`migrate_to_compact`](Self::migrate_to_compact) has kept.
    ///
    /// Nothing uses these tables. Until they are removed, they hold what was in the store before the migration, including
    /// streams that are hard-deleted afterwards. In a store of the layout `original`, nothing is removed.
    ///
    /// If the future is dropped, all of these tables are removed, or none.
    ///
    /// # Errors
    ///
    /// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of another version
    /// - [`InvalidInput`](eventstore_core::Error::InvalidInput) naming `schema` if something of another application depends
    ///   on the tables
    /// - [`AccessDenied`](eventstore_core::Error::AccessDenied) unless the user owns the tables
    /// - [`Unavailable`](eventstore_core::Error::Unavailable)
    pub async fn drop_original_tables(&self) -> Result<Removal> {
        schema::drop_original_tables(&self.config).await
    }
}
