mod additions;
mod change;
mod correlation_index;
mod database;
mod drop;
mod index_lock;
mod initialize;
mod inspect;
mod migrate;
mod migration;
mod open;
mod prepare;
mod to_compact;

pub(crate) use additions::find_additions;
pub(crate) use change::{call, change_schema, run_script};
pub(crate) use correlation_index::find_correlation_index;
pub use correlation_index::{CorrelationIndex, correlation_index, create_correlation_index, drop_correlation_index};
pub use database::{create_database, drop_database};
pub use drop::{Removal, drop_store, reset_store};
pub use initialize::{Creation, initialize};
pub(crate) use inspect::{Found, find_store, inspect, inspect_any_version, not_initialized};
pub(crate) use migrate::count_pending;
pub use migrate::{migrate, migrations};
pub use migration::{Migration, SchemaVersion};
pub(crate) use open::open_store;
pub use to_compact::{
    LayoutMigration, LayoutProgress, LayoutStage, abandon_migration_to_compact, drop_original_tables,
    migrate_to_compact,
};
