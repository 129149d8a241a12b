//! The statements that belong to no store: they find, make, change and remove its tables, or are about a connection.

pub(crate) const INSPECT: &str = include_str!("shared/inspect.sql");
pub(crate) const LAYOUT: &str = include_str!("shared/layout.sql");
pub(crate) const FIND_INDEX: &str = include_str!("shared/find_index.sql");
pub(crate) const LOCK_INDEX: &str = include_str!("shared/lock_index.sql");
pub(crate) const DROP_CORRELATION_INDEX: &str = include_str!("shared/drop_correlation_index.sql");
pub(crate) const CREATE_CORRELATION_INDEX_COMPACT: &str = include_str!("compact/create_correlation_index.sql");
pub(crate) const CREATE_CORRELATION_INDEX_ORIGINAL: &str = include_str!("original/create_correlation_index.sql");
pub(crate) const DROP_CAUSATION_INDEX: &str = include_str!("shared/drop_causation_index.sql");
pub(crate) const CREATE_CAUSATION_INDEX_COMPACT: &str = include_str!("compact/create_causation_index.sql");
pub(crate) const CREATE_CAUSATION_INDEX_ORIGINAL: &str = include_str!("original/create_causation_index.sql");
pub(crate) const LOCK_SCHEMA: &str = include_str!("shared/lock_schema.sql");
pub(crate) const CREATE_SCHEMA: &str = include_str!("shared/create_schema.sql");
pub(crate) const HAS_SCHEMA: &str = include_str!("shared/has_schema.sql");
pub(crate) const CREATE_COMPACT: [&str; 8] = [
    include_str!("compact/create.sql"),
    PROTECT_NAMES,
    PROTECT_EVENTS_COMPACT,
    CREATE_PARKED_EVENTS,
    CREATE_SUBSCRIPTION_STREAMS,
    CREATE_SUBSCRIPTION_STATUSES,
    CREATE_GROUPS,
    CREATE_PROJECTIONS,
];
pub(crate) const CREATE_ORIGINAL: [&str; 12] = [
    include_str!("original/create_tables.sql"),
    CREATE_PROTECTION,
    CREATE_NOTIFICATION,
    CREATE_NOTIFICATION_TRIGGER,
    CREATE_ADDITIONS,
    PROTECT_NAMES,
    CREATE_PARKED_EVENTS,
    CREATE_SUBSCRIPTION_STREAMS,
    CREATE_SUBSCRIPTION_STATUSES,
    CREATE_GROUPS,
    CREATE_PROJECTIONS,
    ADD_LEASE_EPOCH,
];
pub(crate) const CREATE_KEY_VAULT: &str = include_str!("shared/create_key_vault.sql");
pub(crate) const DROP_KEY_VAULT: &str = include_str!("shared/drop_key_vault.sql");
pub(crate) const PROTECT_NAMES: &str = include_str!("shared/protect_names.sql");
pub(crate) const FIND_DEPENDENT: &str = include_str!("to_version_2/find_dependent.sql");
pub(crate) const ENCODING: &str = include_str!("shared/encoding.sql");
pub(crate) const DISTRUST_INDEXES: &str = include_str!("shared/distrust_indexes.sql");
pub(crate) const FIND_DUPLICATES: &str = include_str!("shared/find_duplicates.sql");
pub(crate) const INDEX_BY_BYTES: [&str; 4] = [
    include_str!("to_version_2/drop_stream_index.sql"),
    include_str!("to_version_2/index_streams.sql"),
    include_str!("to_version_2/drop_snapshot_index.sql"),
    include_str!("to_version_2/index_snapshots.sql"),
];
pub(crate) const COMPARE_BY_BYTES: &str = include_str!("to_version_2/collate.sql");
pub(crate) const TO_VERSION_2: [&str; 12] = [
    include_str!("to_version_2/exchange_indexes.sql"),
    COMPARE_BY_BYTES,
    include_str!("to_version_2/key_snapshots.sql"),
    PROTECT_NAMES,
    ADD_LEASE_EPOCH,
    CREATE_SUBSCRIPTION_STATUSES,
    TAKE_RIGHTS_OF_STATUSES,
    CREATE_GROUPS,
    TAKE_RIGHTS_OF_GROUPS,
    CREATE_PROJECTIONS,
    TAKE_RIGHTS_OF_PROJECTIONS,
    include_str!("to_version_2/record.sql"),
];
pub(crate) const PROTECT_EVENTS_COMPACT: &str = include_str!("compact/protect_events.sql");
pub(crate) const CREATE_PROTECTION: &str = include_str!("original/create_protection.sql");
pub(crate) const CREATE_NOTIFICATION: &str = include_str!("original/create_notification.sql");
pub(crate) const CREATE_NOTIFICATION_TRIGGER: &str = include_str!("original/create_notification_trigger.sql");
pub(crate) const CREATE_ADDITIONS: &str = include_str!("original/create_additions.sql");
pub(crate) const DROP_RULES: &str = include_str!("original/drop_rules.sql");
pub(crate) const ADD_DELETED_AT: &str = include_str!("original/add_deleted_at.sql");
pub(crate) const FIND_MIGRATIONS: &str = include_str!("original/find_migrations.sql");
pub(crate) const RECORD_MIGRATION: &str = include_str!("original/record_migration.sql");
pub(crate) const LOCK_MIGRATIONS: &str = include_str!("original/lock_migrations.sql");
pub(crate) const DROP_COMPACT: &str = include_str!("compact/drop.sql");
pub(crate) const DROP_ORIGINAL: &str = include_str!("original/drop.sql");
pub(crate) const RESET_COMPACT: &str = include_str!("compact/reset.sql");
pub(crate) const RESET_ORIGINAL: &str = include_str!("original/reset.sql");
pub(crate) const LOCK_ORIGINAL: &str = include_str!("to_compact/lock.sql");
pub(crate) const FIND_OBSTACLES: &str = include_str!("to_compact/find_obstacles.sql");
pub(crate) const CREATE_COPIES: &str = include_str!("to_compact/create_tables.sql");
pub(crate) const DROP_COPIES: &str = include_str!("to_compact/drop_copies.sql");
pub(crate) const SIZES: &str = include_str!("to_compact/sizes.sql");
pub(crate) const DELETE_STALE_COPIES: [&str; 2] = [
    include_str!("to_compact/delete_stale_links.sql"),
    include_str!("to_compact/delete_stale_events.sql"),
];
pub(crate) const COPY_EVENTS: &str = include_str!("to_compact/copy_events.sql");
pub(crate) const COPY_LINKS: &str = include_str!("to_compact/copy_links.sql");
pub(crate) const INDEX_COPIES: [&str; 3] = [
    include_str!("to_compact/index_streams.sql"),
    include_str!("to_compact/index_event_ids.sql"),
    include_str!("to_compact/index_links.sql"),
];
pub(crate) const INDEX_CORRELATION_IDS_OF_COPY: &str = include_str!("to_compact/index_correlation_ids.sql");
pub(crate) const INDEX_CAUSATION_IDS_OF_COPY: &str = include_str!("to_compact/index_causation_ids.sql");
pub(crate) const ANALYZE_COPIES: &str = include_str!("to_compact/analyze.sql");
pub(crate) const COMPARE_COPIES: &str = include_str!("to_compact/compare.sql");
pub(crate) const EXCHANGE_TABLES: [&str; 6] = [
    include_str!("to_compact/drop_foreign_keys.sql"),
    include_str!("to_compact/exchange_tables.sql"),
    COMPARE_BY_BYTES,
    PROTECT_NAMES,
    include_str!("to_compact/take_rights.sql"),
    PROTECT_EVENTS_COMPACT,
];
pub(crate) const HAS_COPIES: &str = include_str!("to_compact/has_copies.sql");
pub(crate) const HAS_KEPT: &str = include_str!("to_compact/has_kept.sql");
pub(crate) const DROP_KEPT: &str = include_str!("to_compact/drop_kept.sql");
pub(crate) const FIND_OWN_MIGRATIONS: &str = include_str!("shared/find_own_migrations.sql");
pub(crate) const IS_SCHEMA_EMPTY: &str = include_str!("shared/is_schema_empty.sql");
pub(crate) const DROP_SCHEMA: &str = include_str!("shared/drop_schema.sql");
pub(crate) const FIND_FOREIGN_TABLES: &str = include_str!("shared/find_foreign_tables.sql");
pub(crate) const SET_SCHEMA: &str = include_str!("shared/set_schema.sql");
pub(crate) const SET_LOCK_TIMEOUT: &str = include_str!("shared/set_lock_timeout.sql");
pub(crate) const CREATE_PARKED_EVENTS: &str = include_str!("shared/create_parked_events.sql");
pub(crate) const CREATE_SUBSCRIPTION_STREAMS: &str = include_str!("shared/create_subscription_streams.sql");
pub(crate) const CREATE_SUBSCRIPTION_STATUSES: &str = include_str!("shared/create_subscription_statuses.sql");
pub(crate) const TAKE_RIGHTS_OF_STATUSES: &str = include_str!("shared/take_rights_of_statuses.sql");
pub(crate) const ADD_STATUSES: [&str; 2] = [CREATE_SUBSCRIPTION_STATUSES, TAKE_RIGHTS_OF_STATUSES];
pub(crate) const HAS_STATUSES: &str = include_str!("shared/has_statuses.sql");
pub(crate) const FIND_STATUSES: &str = include_str!("shared/find_statuses.sql");
pub(crate) const CREATE_GROUPS: &str = include_str!("shared/create_groups.sql");
pub(crate) const TAKE_RIGHTS_OF_GROUPS: &str = include_str!("shared/take_rights_of_groups.sql");
pub(crate) const ADD_GROUPS: [&str; 2] = [CREATE_GROUPS, TAKE_RIGHTS_OF_GROUPS];
pub(crate) const HAS_GROUPS: &str = include_str!("shared/has_groups.sql");
pub(crate) const FIND_GROUPS: &str = include_str!("shared/find_groups.sql");
pub(crate) const CREATE_PROJECTIONS: &str = include_str!("shared/create_projections.sql");
pub(crate) const TAKE_RIGHTS_OF_PROJECTIONS: &str = include_str!("shared/take_rights_of_projections.sql");
pub(crate) const ADD_PROJECTIONS: [&str; 2] = [CREATE_PROJECTIONS, TAKE_RIGHTS_OF_PROJECTIONS];
pub(crate) const HAS_PROJECTIONS: &str = include_str!("shared/has_projections.sql");
pub(crate) const FIND_PROJECTIONS: &str = include_str!("shared/find_projections.sql");
pub(crate) const HAS_SETTINGS: &str = include_str!("shared/has_settings.sql");
pub(crate) const SESSION_ID: &str = include_str!("shared/session_id.sql");
pub(crate) const FIND_SESSION: &str = include_str!("shared/find_session.sql");
pub(crate) const ADD_LEASE_EPOCH: &str = include_str!("shared/add_lease_epoch.sql");
pub(crate) const COUNT_LOCKS: &str = include_str!("shared/count_locks.sql");
pub(crate) const LIMIT_IDLE_SESSION: &str = include_str!("shared/limit_idle_session.sql");
pub(crate) const IDENTITY: &str = include_str!("shared/identity.sql");
pub(crate) const LIMIT_IDLE_TRANSACTION: &str = include_str!("shared/limit_idle_transaction.sql");
pub(crate) const TIMELINE: &str = include_str!("shared/timeline.sql");
pub(crate) const FIND_ADDITIONS: &str = include_str!("shared/find_additions.sql");
pub(crate) const ORIGINAL_VERSION: &str = include_str!("original/version.sql");
