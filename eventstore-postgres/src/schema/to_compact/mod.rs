mod abandon;
mod copier;
mod kept;
mod migrate;
mod progress;
#[cfg(test)]
mod tests;

pub use abandon::abandon_migration_to_compact;
pub use kept::drop_original_tables;
pub use migrate::migrate_to_compact;
pub use progress::{LayoutMigration, LayoutProgress, LayoutStage};
