mod catalog;
mod streams;
mod subscriptions;

use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::backend::{
    EventImporter, Notifier, PayloadFormat, PayloadStorage, SubscriptionLocks, SubscriptionStore,
};
use eventstore_core::{
    Closable, EventLinker, EventLookup, EventReader, EventTracing, EventWriter, GroupStore, ParkedEventStore,
    ProjectionCatalog, Result, SnapshotStore, StatisticsSource, StreamDeleter, StreamDirectory, SubscriptionAdmin,
    SubscriptionStatusStore,
};

use super::{AnyProjectionStore, MissingRole, Role};

/// A backend composed of separate stores, each of which plays some roles; a call of any other role fails with
/// [`MissingRole`].
///
/// ```
/// use eventstore_testkit::MemoryStore;
/// use eventstore_testkit::conformance::Parts;
///
/// let streams_only = Parts::default().streams(MemoryStore::new());
/// # let _ = streams_only;
/// ```
#[derive(Clone, Default)]
pub struct Parts {
    streams: Option<Arc<dyn Streams>>,
    links: Option<Arc<dyn EventLinker>>,
    lookup: Option<Arc<dyn EventLookup>>,
    tracing: Option<Arc<dyn EventTracing>>,
    imports: Option<Arc<dyn EventImporter>>,
    deletes: Option<Arc<dyn StreamDeleter>>,
    snapshots: Option<Arc<dyn SnapshotStore>>,
    subscriptions: Option<Arc<dyn Subscriptions>>,
    administration: Option<Arc<dyn SubscriptionAdmin>>,
    parking: Option<Arc<dyn ParkedEventStore>>,
    projections: Option<Arc<dyn AnyProjectionStore>>,
    closing: Option<Arc<dyn Closable>>,
    statistics: Option<Arc<dyn StatisticsSource>>,
    groups: Option<Arc<dyn GroupStore>>,
    catalog: Option<Arc<dyn ProjectionCatalog>>,
}

impl Parts {
    /// Plays [`Role::Streams`].
    #[must_use]
    pub fn streams(self, store: impl EventWriter + EventReader + StreamDirectory + 'static) -> Self {
        let streams: Option<Arc<dyn Streams>> = Some(Arc::new(store));
        Self { streams, ..self }
    }

    /// Plays [`Role::Links`].
    #[must_use]
    pub fn links(self, store: impl EventLinker + 'static) -> Self {
        let links: Option<Arc<dyn EventLinker>> = Some(Arc::new(store));
        Self { links, ..self }
    }

    /// Plays [`Role::Lookup`].
    #[must_use]
    pub fn lookup(self, store: impl EventLookup + 'static) -> Self {
        let lookup: Option<Arc<dyn EventLookup>> = Some(Arc::new(store));
        Self { lookup, ..self }
    }

    /// Plays [`Role::Tracing`].
    #[must_use]
    pub fn tracing(self, store: impl EventTracing + 'static) -> Self {
        let tracing: Option<Arc<dyn EventTracing>> = Some(Arc::new(store));
        Self { tracing, ..self }
    }

    /// Plays [`Role::Imports`].
    #[must_use]
    pub fn imports(self, store: impl EventImporter + 'static) -> Self {
        let imports: Option<Arc<dyn EventImporter>> = Some(Arc::new(store));
        Self { imports, ..self }
    }

    /// Plays [`Role::Deletes`].
    #[must_use]
    pub fn deletes(self, store: impl StreamDeleter + 'static) -> Self {
        let deletes: Option<Arc<dyn StreamDeleter>> = Some(Arc::new(store));
        Self { deletes, ..self }
    }

    /// Plays [`Role::Snapshots`].
    #[must_use]
    pub fn snapshots(self, store: impl SnapshotStore + 'static) -> Self {
        let snapshots: Option<Arc<dyn SnapshotStore>> = Some(Arc::new(store));
        Self { snapshots, ..self }
    }

    /// Plays [`Role::Subscriptions`].
    #[must_use]
    pub fn subscriptions(
        self,
        store: impl Notifier + SubscriptionStore + SubscriptionLocks + SubscriptionStatusStore + 'static,
    ) -> Self {
        let subscriptions: Option<Arc<dyn Subscriptions>> = Some(Arc::new(store));
        Self { subscriptions, ..self }
    }

    /// Plays [`Role::Administration`].
    #[must_use]
    pub fn administration(self, store: impl SubscriptionAdmin + 'static) -> Self {
        let administration: Option<Arc<dyn SubscriptionAdmin>> = Some(Arc::new(store));
        Self { administration, ..self }
    }

    /// Plays [`Role::Parking`].
    #[must_use]
    pub fn parking(self, store: impl ParkedEventStore + 'static) -> Self {
        let parking: Option<Arc<dyn ParkedEventStore>> = Some(Arc::new(store));
        Self { parking, ..self }
    }

    /// Plays [`Role::Projections`].
    #[must_use]
    pub fn projections(self, store: impl AnyProjectionStore + 'static) -> Self {
        let projections: Option<Arc<dyn AnyProjectionStore>> = Some(Arc::new(store));
        Self { projections, ..self }
    }

    /// Is closed by closing this store.
    #[must_use]
    pub fn closing(self, store: impl Closable + 'static) -> Self {
        let closing: Option<Arc<dyn Closable>> = Some(Arc::new(store));
        Self { closing, ..self }
    }

    /// Plays [`Role::Statistics`].
    #[must_use]
    pub fn statistics(self, store: impl StatisticsSource + 'static) -> Self {
        let statistics: Option<Arc<dyn StatisticsSource>> = Some(Arc::new(store));
        Self { statistics, ..self }
    }

    /// Plays [`Role::Groups`].
    #[must_use]
    pub fn groups(self, store: impl GroupStore + 'static) -> Self {
        let groups: Option<Arc<dyn GroupStore>> = Some(Arc::new(store));
        Self { groups, ..self }
    }

    /// Plays [`Role::Catalog`].
    #[must_use]
    pub fn catalog(self, store: impl ProjectionCatalog + 'static) -> Self {
        let catalog: Option<Arc<dyn ProjectionCatalog>> = Some(Arc::new(store));
        Self { catalog, ..self }
    }
}

/// Closes the store that [`Parts::closing`] names, if there is one.
#[async_trait]
impl Closable for Parts {
    async fn close(&self) {
        if let Some(store) = &self.closing {
            store.close().await;
        }
    }
}

/// Keeps the bytes of payloads. A backend that keeps JSON says so in its harness.
impl PayloadStorage for Parts {
    fn payload_format(&self) -> PayloadFormat {
        PayloadFormat::Bytes
    }
}

trait Streams: EventWriter + EventReader + StreamDirectory {}

impl<S: EventWriter + EventReader + StreamDirectory> Streams for S {}

trait Subscriptions: Notifier + SubscriptionStore + SubscriptionLocks + SubscriptionStatusStore {}

impl<S: Notifier + SubscriptionStore + SubscriptionLocks + SubscriptionStatusStore> Subscriptions for S {}

fn player<S: ?Sized>(part: Option<&Arc<S>>, role: Role) -> Result<&S> {
    part.map(|part| &**part).ok_or_else(|| MissingRole(role).into())
}

#[cfg(test)]
mod tests {
    use eventstore_core::{Error, StreamSelector};

    use super::*;
    use crate::MemoryStore;
    use crate::conformance::sample::{grow, stream};

    #[tokio::test]
    async fn a_call_of_a_missing_role_names_it() {
        let parts = Parts::default().streams(MemoryStore::new());
        grow(&parts, &stream("s"), 1).await;
        let Err(Error::Storage { source, .. }) = parts.undelete(&stream("s")).await else {
            panic!("the role `deletes` is not played");
        };
        assert_eq!(source.downcast_ref(), Some(&MissingRole(Role::Deletes)));
    }

    #[tokio::test]
    async fn a_listener_of_nobody_has_been_told_that_the_notifier_is_gone() {
        let parts = Parts::default().streams(MemoryStore::new());
        assert_eq!(parts.listen(&StreamSelector::All).hint().await, None);
    }
}
