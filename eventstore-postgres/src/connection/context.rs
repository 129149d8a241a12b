use std::sync::Arc;

use eventstore_backend::StoreLabel;

use crate::config::PostgresConfig;
use crate::connection::Begin;
use crate::sql::Statements;
use crate::values::{DataType, Layout};

/// What a session has to know about its store: the settings, the tables, and the statements for both.
pub(crate) struct SessionContext {
    pub(crate) config: PostgresConfig,
    pub(crate) tables: Tables,
    pub(crate) statements: Arc<Statements>,
    pub(crate) label: StoreLabel,
    /// How a statement of ours has a transaction on a connection of a caller's that is in none.
    pub(super) begin_callers: Begin,
}

/// What the schema of a store holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables {
    pub(crate) layout: Layout,
    pub(crate) data_type: DataType,
    /// Whether the index on correlation ids can be used.
    pub(crate) has_correlation_index: bool,
    /// Whether the tables are there that are not shared with the other library.
    pub(crate) has_additions: bool,
    /// What can be done with the reports of holders.
    pub(crate) statuses: Statuses,
    /// What can be done with groups.
    pub(crate) groups: Rights,
    /// What can be done with the builds of managed projections.
    pub(crate) projections: Rights,
}

/// What this role can do with the table of what holders report: nothing if it is not there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Statuses {
    pub(crate) can_read: bool,
    pub(crate) can_write: bool,
}

/// What this role can do with tables that may be missing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rights {
    pub(crate) are_there: bool,
    pub(crate) can_read: bool,
    pub(crate) can_write: bool,
}

impl SessionContext {
    pub(crate) fn new(config: PostgresConfig, tables: Tables) -> Self {
        let Tables { layout, data_type, .. } = tables;
        let statements = Statements::new(config.schema(), layout, data_type, config.preparation());
        Self {
            statements: Arc::new(statements),
            label: StoreLabel::new("postgresql", "schema", config.schema().as_str()),
            begin_callers: Begin::for_callers(&config),
            tables,
            config,
        }
    }
}
