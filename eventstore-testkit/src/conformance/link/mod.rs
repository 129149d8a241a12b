//! Linking: references to stored events in other streams.

mod closing;
mod concurrency;
mod events;
mod expected_version;
mod reading;
mod refusals;
mod reopening;

pub use closing::*;
pub use concurrency::*;
pub use events::*;
pub use expected_version::*;
pub use reading::*;
pub use refusals::*;
pub use reopening::*;

use eventstore_core::EventId;

use super::Backend;
use super::sample::{ids_in, stream_of};

/// The ids of this many events of a new stream `source`.
async fn source_events(store: &dyn Backend, count: usize) -> Vec<EventId> {
    let source = stream_of(store, "source", count).await;
    ids_in(store, source).await
}
