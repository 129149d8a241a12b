//! What a store tells about itself.

use eventstore_backend::StoreLabel;

use crate::config::SqliteConfig;

/// The path tells the metrics of a store from those of other stores of the process.
pub(crate) fn label_of(config: &SqliteConfig) -> StoreLabel {
    StoreLabel::new("sqlite", "path", &config.path().to_string_lossy())
}
