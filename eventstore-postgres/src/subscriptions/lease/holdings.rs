use std::collections::HashMap;
use std::sync::Arc;

use eventstore_core::SubscriptionId;
use eventstore_core::backend::{LeaseEpoch, LeaseLoss};

use super::{HeldLock, LeaseTable};

/// The leases that are held on one connection, by the names of their tables.
#[derive(Default)]
pub(super) struct Holdings(HashMap<Arc<str>, Leases>);

/// The leases of one store.
struct Leases {
    table: Arc<LeaseTable>,
    held: HashMap<SubscriptionId, Held>,
}

pub(super) struct Held {
    pub(super) holding: Arc<HeldLock>,
    pub(super) epoch: LeaseEpoch,
    /// The id of the stream that the checkpoint is about; `None` if it did not exist when the lock was taken.
    pub(super) stream: Option<i64>,
}

impl Holdings {
    /// Remembers a lease; returns the one with the same id that it replaces.
    pub(super) fn insert(&mut self, table: &Arc<LeaseTable>, id: SubscriptionId, held: Held) -> Option<Held> {
        let leases = self.0.entry(Arc::clone(&table.name));
        let leases = leases.or_insert_with(|| Leases {
            table: Arc::clone(table),
            held: HashMap::new(),
        });
        leases.held.insert(id, held)
    }

    pub(super) fn held(&mut self, table: &LeaseTable, id: SubscriptionId) -> Option<&mut Held> {
        self.0.get_mut(&table.name)?.held.get_mut(&id)
    }

    pub(super) fn all(&self, table: &LeaseTable) -> impl Iterator<Item = (SubscriptionId, &Held)> {
        let leases = self.0.get(&table.name).into_iter();
        leases.flat_map(|leases| leases.held.iter().map(|(id, held)| (*id, held)))
    }

    pub(super) fn ids(&self, table: &LeaseTable) -> impl Iterator<Item = SubscriptionId> {
        self.all(table).map(|(id, _)| id)
    }

    /// The tables of the stores that hold leases.
    pub(super) fn tables(&self) -> Vec<Arc<LeaseTable>> {
        self.0.values().map(|leases| Arc::clone(&leases.table)).collect()
    }

    pub(super) fn forget(&mut self, table: &LeaseTable, id: SubscriptionId) -> Option<Held> {
        let leases = self.0.get_mut(&table.name)?;
        let held = leases.held.remove(&id);
        if leases.held.is_empty() {
            self.0.remove(&table.name);
        }
        held
    }

    /// Tells all holders that their leases are in doubt.
    pub(super) fn lose_all(&mut self) {
        for held in self.0.drain().flat_map(|(_, leases)| leases.held.into_values()) {
            held.holding.lose(LeaseLoss::InDoubt);
        }
    }
}
