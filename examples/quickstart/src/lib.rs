//! Opens the store that the examples work on, which is of the backend that its URL names.

mod store_url;

pub use store_url::StoreUrl;

use std::sync::Arc;

use eventstore_core::{EventStore, Result};

/// Opens the store that `EVENTSTORE_URL` names, or one in a new file, and says which. What is missing is created.
///
/// # Errors
///
/// The errors of [`StoreUrl::find`] and [`StoreUrl::open`].
pub async fn open() -> Result<Arc<dyn EventStore>> {
    StoreUrl::find()?.open().await
}
