use std::sync::Arc;

use super::Written;
use crate::connection::SessionContext;
use crate::sql::{Sql, Statements};
use crate::values::Layout;

/// The subscriptions of one store, as the owner of their locks has to know them.
pub(super) struct LeaseTable {
    /// The quoted name, which distinguishes the stores of a database.
    pub(super) name: Arc<str>,
    pub(super) statements: Arc<Statements>,
    pub(super) has_additions: bool,
    /// Whether this role can read who shares which subscription.
    has_groups: bool,
    /// `None` if no other library shares the store.
    pub(super) written: Option<Arc<Written>>,
}

impl LeaseTable {
    pub(super) fn new(context: &SessionContext) -> Self {
        let has_additions = context.tables.has_additions;
        let is_shared = context.tables.layout == Layout::Original;
        Self {
            name: format!("{}.subscriptions", context.config.schema().quoted()).into(),
            statements: Arc::clone(&context.statements),
            has_additions,
            has_groups: context.tables.groups.can_read,
            written: is_shared.then(|| Arc::new(Written::new(has_additions))),
        }
    }

    pub(super) fn acquire(&self) -> &Sql {
        if self.has_groups {
            &self.statements.acquire_leases_with_groups
        } else if self.has_additions {
            &self.statements.acquire_leases
        } else {
            &self.statements.acquire_leases_without_additions
        }
    }

    pub(super) fn check(&self) -> &Sql {
        if self.has_additions {
            &self.statements.check_leases
        } else {
            &self.statements.check_leases_without_additions
        }
    }
}
