//! The check of a whole store over its traits.

mod finding;
mod places;
mod verifier;

pub use finding::{Finding, Observation, Severity};

use eventstore_core::EventStore;
use eventstore_core::Result;

use self::verifier::Verifier;

/// Checks a whole store by reading it, as any backend can be: positions and versions without holes that nothing explains, each
/// event in its stream as in `$all`, links to events that exist, checkpoints, and parked events.
///
/// It sees only what the store gives, so that a backend's own check may find more. Events that are appended meanwhile do no
/// harm, hard deletions may be taken for damage. It keeps some 60 bytes for each event.
///
/// # Errors
///
/// [`Unavailable`](eventstore_core::Error::Unavailable) and failures of the storage, unless only some events cannot be read,
/// which is a finding.
pub async fn verify<B: EventStore + ?Sized>(store: &B, report: impl FnMut(Observation)) -> Result<()> {
    Verifier::new(store, report).run().await
}
