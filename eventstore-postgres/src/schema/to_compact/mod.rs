mod abandon;
mod copier;
mod kept;
mod migrate;
mod progress;
#[cfg(test)]
mod tests;

pub(crate) use abandon::abandon_migration_to_compact;
pub(crate) use kept::drop_original_tables;
pub(crate) use migrate::migrate_to_compact;
pub use progress::{LayoutMigration, LayoutProgress, LayoutStage};
