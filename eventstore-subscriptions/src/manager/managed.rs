use async_trait::async_trait;
use eventstore_core::backend::ProjectionStore;
use eventstore_core::{BoxError, BuildNumber, EventFilter, ProjectionName};

use crate::{Delivery, Group, Projector};

/// A projection that a [`ProjectionManager`](crate::ProjectionManager) builds, keeps up to date and replaces.
///
/// The data of each build is apart from that of every other one, for example in tables whose names end with the number of the build. Readers ask
/// for the live build ([`live_build`](crate::live_build)).
#[async_trait]
pub trait ManagedProjection<S: ProjectionStore>: Send + Sync + 'static {
    /// Makes the data of a build.
    type Projector: Projector<S::Transaction>;

    /// Returns the name, which no other projection of the store has.
    fn name(&self) -> ProjectionName;

    /// Returns the version of the projection. Raise it whenever the projector would make other data: a new build then begins by itself.
    fn version(&self) -> u32;

    /// Returns which events are projected; default all.
    fn filter(&self) -> EventFilter {
        EventFilter::default()
    }

    /// Returns how builds are divided among processes and transactions; default not at all. Raise the version if this changes: a group refuses members
    /// that ask for something else, and the build fails.
    ///
    /// Projectors of different partitions run at the same time, and must not wait for each other's rows.
    fn partitions(&self) -> Option<Group> {
        None
    }

    /// Creates what the projector needs for a build, such as its tables.
    ///
    /// Every process that runs the manager calls it whenever it starts the build, perhaps at the same time as others, so it must succeed if everything
    /// exists already. If it fails, it is called once more before the build fails: on PostgreSQL, two `CREATE TABLE IF NOT EXISTS` at the same time may
    /// refuse each other.
    ///
    /// # Errors
    ///
    /// Any error; after the second one in a row, the build fails, and this is called again when it is resumed.
    async fn prepare(&self, store: &S, build: BuildNumber) -> Result<(), BoxError>;

    /// Creates the projector of a build, or of one of its partitions.
    fn projector(&self, build: BuildNumber) -> Self::Projector;

    /// Removes the data of a retired build once the retention has passed. The build may be of another version. Several processes may call it at the same
    /// time, and again after it has succeeded.
    ///
    /// # Errors
    ///
    /// Any error; it is logged, and this is called again about every second.
    async fn discard(&self, store: &S, build: BuildNumber) -> Result<(), BoxError>;

    /// Whether [`make_effect`](Self::make_effect) is to be called; default not.
    fn has_effects(&self) -> bool {
        false
    }

    /// Makes the effects of an event outside the storage, such as an email: at least once for each event that is appended after the projection
    /// was first run, whichever builds there are. A rebuild repeats no effect.
    ///
    /// # Errors
    ///
    /// Any error; the event is tried again as the default [`RetryPolicy`](crate::RetryPolicy) says.
    async fn make_effect(&self, event: &Delivery) -> Result<(), BoxError> {
        let _ = event;
        Ok(())
    }
}
