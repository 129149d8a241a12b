mod command;
mod decide;
mod error;
mod executed;
mod loaded;
mod prepared;
mod repository;
mod retry_limits;
mod snapshot_mark;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use command::Command;
pub use decide::Decide;
pub use error::ExecuteError;
pub use executed::{Executed, ProducedEvent};
pub use loaded::Loaded;
pub use prepared::Prepared;
pub use repository::Repository;
pub use retry_limits::RetryLimits;

/// A state that is folded from the events of one stream, and on which decisions are based.
///
/// ```
/// use eventstore_serde::Aggregate;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// enum AccountEvent {
///     Deposited { cents: u64 },
///     Withdrawn { cents: u64 },
/// }
///
/// #[derive(Default, Serialize, Deserialize)]
/// struct Account {
///     cents: u64,
/// }
///
/// impl Aggregate for Account {
///     type Event = AccountEvent;
///     const SNAPSHOT_TYPE: &'static str = "Account.v1";
///
///     fn apply(&mut self, event: &AccountEvent) {
///         match event {
///             AccountEvent::Deposited { cents } => self.cents += cents,
///             AccountEvent::Withdrawn { cents } => self.cents -= cents,
///         }
///     }
/// }
/// ```
pub trait Aggregate: Default + Serialize + DeserializeOwned + Send + Sync {
    /// The events of the aggregate: an enum of the kind that [`EventCodec`](crate::EventCodec) encodes.
    type Event: Serialize + DeserializeOwned + Send + Sync;

    /// The type of the aggregate's snapshots. Change it when the shape of the state changes; old snapshots are then
    /// ignored.
    const SNAPSHOT_TYPE: &'static str;

    /// Applies an event to the state. This cannot fail: the event is already stored.
    fn apply(&mut self, event: &Self::Event);

    /// Applies an event whose content can never be read again, because the key of its subject was deleted.
    fn apply_erased(&mut self) {}
}
