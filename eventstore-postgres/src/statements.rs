use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs, QueryScalar};
use sqlx::{AssertSqlSafe, FromRow, Postgres};

use crate::payload_size;
use crate::schema::{DataType, Layout, SchemaName};

pub(crate) const INSPECT: &str = include_str!("sql/shared/inspect.sql");
pub(crate) const LAYOUT: &str = include_str!("sql/shared/layout.sql");
pub(crate) const FIND_CORRELATION_INDEX: &str = include_str!("sql/shared/find_correlation_index.sql");
pub(crate) const LOCK_INDEX: &str = include_str!("sql/shared/lock_index.sql");
pub(crate) const DROP_CORRELATION_INDEX: &str = include_str!("sql/shared/drop_correlation_index.sql");
pub(crate) const CREATE_CORRELATION_INDEX_COMPACT: &str = include_str!("sql/compact/create_correlation_index.sql");
pub(crate) const CREATE_CORRELATION_INDEX_ORIGINAL: &str = include_str!("sql/original/create_correlation_index.sql");
pub(crate) const LOCK_SCHEMA: &str = include_str!("sql/shared/lock_schema.sql");
pub(crate) const CREATE_SCHEMA: &str = include_str!("sql/shared/create_schema.sql");
pub(crate) const CREATE_COMPACT: [&str; 5] = [
    include_str!("sql/compact/create.sql"),
    PROTECT_NAMES,
    PROTECT_EVENTS_COMPACT,
    CREATE_PARKED_EVENTS,
    CREATE_SUBSCRIPTION_STREAMS,
];
pub(crate) const CREATE_ORIGINAL: [&str; 9] = [
    include_str!("sql/original/create_tables.sql"),
    CREATE_PROTECTION,
    CREATE_NOTIFICATION,
    CREATE_NOTIFICATION_TRIGGER,
    CREATE_ADDITIONS,
    PROTECT_NAMES,
    CREATE_PARKED_EVENTS,
    CREATE_SUBSCRIPTION_STREAMS,
    ADD_LEASE_EPOCH,
];
pub(crate) const CREATE_KEY_VAULT: &str = include_str!("sql/shared/create_key_vault.sql");
pub(crate) const DROP_KEY_VAULT: &str = include_str!("sql/shared/drop_key_vault.sql");
pub(crate) const PROTECT_NAMES: &str = include_str!("sql/shared/protect_names.sql");
pub(crate) const FIND_DEPENDENT: &str = include_str!("sql/to_version_2/find_dependent.sql");
pub(crate) const ENCODING: &str = include_str!("sql/shared/encoding.sql");
pub(crate) const DISTRUST_INDEXES: &str = include_str!("sql/shared/distrust_indexes.sql");
pub(crate) const FIND_DUPLICATES: &str = include_str!("sql/shared/find_duplicates.sql");
pub(crate) const INDEX_BY_BYTES: [&str; 4] = [
    include_str!("sql/to_version_2/drop_stream_index.sql"),
    include_str!("sql/to_version_2/index_streams.sql"),
    include_str!("sql/to_version_2/drop_snapshot_index.sql"),
    include_str!("sql/to_version_2/index_snapshots.sql"),
];
pub(crate) const COMPARE_BY_BYTES: &str = include_str!("sql/to_version_2/collate.sql");
pub(crate) const TO_VERSION_2: [&str; 6] = [
    include_str!("sql/to_version_2/exchange_indexes.sql"),
    COMPARE_BY_BYTES,
    include_str!("sql/to_version_2/key_snapshots.sql"),
    PROTECT_NAMES,
    ADD_LEASE_EPOCH,
    include_str!("sql/to_version_2/record.sql"),
];
pub(crate) const PROTECT_EVENTS_COMPACT: &str = include_str!("sql/compact/protect_events.sql");
pub(crate) const CREATE_PROTECTION: &str = include_str!("sql/original/create_protection.sql");
pub(crate) const CREATE_NOTIFICATION: &str = include_str!("sql/original/create_notification.sql");
pub(crate) const CREATE_NOTIFICATION_TRIGGER: &str = include_str!("sql/original/create_notification_trigger.sql");
pub(crate) const CREATE_ADDITIONS: &str = include_str!("sql/original/create_additions.sql");
pub(crate) const DROP_RULES: &str = include_str!("sql/original/drop_rules.sql");
pub(crate) const ADD_DELETED_AT: &str = include_str!("sql/original/add_deleted_at.sql");
pub(crate) const FIND_MIGRATIONS: &str = include_str!("sql/original/find_migrations.sql");
pub(crate) const RECORD_MIGRATION: &str = include_str!("sql/original/record_migration.sql");
pub(crate) const LOCK_MIGRATIONS: &str = include_str!("sql/original/lock_migrations.sql");
pub(crate) const DROP_COMPACT: &str = include_str!("sql/compact/drop.sql");
pub(crate) const DROP_ORIGINAL: &str = include_str!("sql/original/drop.sql");
pub(crate) const RESET_COMPACT: &str = include_str!("sql/compact/reset.sql");
pub(crate) const RESET_ORIGINAL: &str = include_str!("sql/original/reset.sql");
pub(crate) const LOCK_ORIGINAL: &str = include_str!("sql/to_compact/lock.sql");
pub(crate) const FIND_OBSTACLES: &str = include_str!("sql/to_compact/find_obstacles.sql");
pub(crate) const CREATE_COPIES: &str = include_str!("sql/to_compact/create_tables.sql");
pub(crate) const DROP_COPIES: &str = include_str!("sql/to_compact/drop_copies.sql");
pub(crate) const SIZES: &str = include_str!("sql/to_compact/sizes.sql");
pub(crate) const DELETE_STALE_COPIES: [&str; 2] = [
    include_str!("sql/to_compact/delete_stale_links.sql"),
    include_str!("sql/to_compact/delete_stale_events.sql"),
];
pub(crate) const COPY_EVENTS: &str = include_str!("sql/to_compact/copy_events.sql");
pub(crate) const COPY_LINKS: &str = include_str!("sql/to_compact/copy_links.sql");
pub(crate) const INDEX_COPIES: [&str; 3] = [
    include_str!("sql/to_compact/index_streams.sql"),
    include_str!("sql/to_compact/index_event_ids.sql"),
    include_str!("sql/to_compact/index_links.sql"),
];
pub(crate) const INDEX_CORRELATION_IDS_OF_COPY: &str = include_str!("sql/to_compact/index_correlation_ids.sql");
pub(crate) const ANALYZE_COPIES: &str = include_str!("sql/to_compact/analyze.sql");
pub(crate) const COMPARE_COPIES: &str = include_str!("sql/to_compact/compare.sql");
pub(crate) const EXCHANGE_TABLES: [&str; 6] = [
    include_str!("sql/to_compact/drop_foreign_keys.sql"),
    include_str!("sql/to_compact/exchange_tables.sql"),
    COMPARE_BY_BYTES,
    PROTECT_NAMES,
    include_str!("sql/to_compact/take_rights.sql"),
    PROTECT_EVENTS_COMPACT,
];
pub(crate) const HAS_COPIES: &str = include_str!("sql/to_compact/has_copies.sql");
pub(crate) const HAS_KEPT: &str = include_str!("sql/to_compact/has_kept.sql");
pub(crate) const DROP_KEPT: &str = include_str!("sql/to_compact/drop_kept.sql");
pub(crate) const FIND_OWN_MIGRATIONS: &str = include_str!("sql/shared/find_own_migrations.sql");
pub(crate) const IS_SCHEMA_EMPTY: &str = include_str!("sql/shared/is_schema_empty.sql");
pub(crate) const DROP_SCHEMA: &str = include_str!("sql/shared/drop_schema.sql");
pub(crate) const FIND_FOREIGN_TABLES: &str = include_str!("sql/shared/find_foreign_tables.sql");
pub(crate) const SET_SCHEMA: &str = include_str!("sql/shared/set_schema.sql");
pub(crate) const SET_LOCK_TIMEOUT: &str = include_str!("sql/shared/set_lock_timeout.sql");
pub(crate) const CREATE_PARKED_EVENTS: &str = include_str!("sql/shared/create_parked_events.sql");
pub(crate) const CREATE_SUBSCRIPTION_STREAMS: &str = include_str!("sql/shared/create_subscription_streams.sql");
pub(crate) const HAS_SETTINGS: &str = include_str!("sql/shared/has_settings.sql");
pub(crate) const SESSION_ID: &str = include_str!("sql/shared/session_id.sql");
pub(crate) const FIND_SESSION: &str = include_str!("sql/shared/find_session.sql");
pub(crate) const ADD_LEASE_EPOCH: &str = include_str!("sql/shared/add_lease_epoch.sql");
pub(crate) const COUNT_LOCKS: &str = include_str!("sql/shared/count_locks.sql");
pub(crate) const LIMIT_IDLE_SESSION: &str = include_str!("sql/shared/limit_idle_session.sql");
pub(crate) const IDENTITY: &str = include_str!("sql/shared/identity.sql");
pub(crate) const LIMIT_IDLE_TRANSACTION: &str = include_str!("sql/shared/limit_idle_transaction.sql");
pub(crate) const TIMELINE: &str = include_str!("sql/shared/timeline.sql");
pub(crate) const FIND_ADDITIONS: &str = include_str!("sql/shared/find_additions.sql");
pub(crate) const ORIGINAL_VERSION: &str = include_str!("sql/original/version.sql");

/// The placeholder in every file of `src/sql` for the quoted name of the schema.
const SCHEMA: &str = "{schema}";

/// The tables of the compact layout that are kept as copies, under a longer name, until they replace the original ones.
const COPIED: [&str; 2] = ["events", "links"];

/// The placeholder for the channel on which appends notify, as a literal.
const CHANNEL: &str = "{channel}";

/// The placeholder for the type of the columns that hold payloads.
const PAYLOAD: &str = "{payload}";

/// A process that stops in a transaction keeps no one waiting for longer than a lease lasts (ADR 40).
const IDLE_LIMIT: &str = "idle_in_transaction_session_timeout = '3s'";

/// How long the server keeps what it made of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// As long as the connection: each time but the first is one round trip.
    Lasting,
    /// Until the next statement, since the next one may go to another connection of the server's.
    Passing,
}

/// SQL text for one schema, cheap to hand out.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: Arc<str>,
    preparation: Preparation,
}

impl Sql {
    fn new(template: &str, schema: &SchemaName, data_type: DataType, preparation: Preparation) -> Self {
        let typed = payload_size::expand(&template.replace(PAYLOAD, data_type.as_str()), data_type);
        // The name of the schema is never expanded, whatever it contains.
        let parts = typed.split(CHANNEL).map(|part| part.replace(SCHEMA, &schema.quoted()));
        Self {
            text: parts.collect::<Vec<_>>().join(&schema.channel_literal()).into(),
            preparation,
        }
    }

    /// Begins a transaction with settings of its own, whose names and values are constants and numbers of this library's.
    pub(crate) fn begin(settings: &[(&'static str, String)]) -> Self {
        let settings = settings
            .iter()
            .map(|(name, value)| format!("; SET LOCAL {name} = '{value}'"));
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL {IDLE_LIMIT}");
        Self {
            text: (begin + &settings.collect::<String>()).into(),
            preparation: Preparation::Passing,
        }
    }

    pub(crate) fn query<'q>(&self) -> Query<'q, Postgres, PgArguments> {
        sqlx::query(self.text()).persistent(self.is_persistent())
    }

    pub(crate) fn query_as<'q, T>(&self) -> QueryAs<'q, Postgres, T, PgArguments>
    where
        T: for<'r> FromRow<'r, PgRow>,
    {
        sqlx::query_as(self.text()).persistent(self.is_persistent())
    }

    pub(crate) fn query_scalar<'q, T>(&self) -> QueryScalar<'q, Postgres, T, PgArguments>
    where
        (T,): for<'r> FromRow<'r, PgRow>,
    {
        sqlx::query_scalar(self.text()).persistent(self.is_persistent())
    }

    fn is_persistent(&self) -> bool {
        self.preparation == Preparation::Lasting
    }

    /// The text as sqlx takes it: nothing but the name of a type of ours and the validated and quoted schema was ever
    /// put into it.
    pub(crate) fn text(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.text))
    }
}

macro_rules! statements {
    (
        by_layout { $($name:ident: $compact:expr, $original:expr;)* }
        original { $($only:ident: $template:expr;)* }
        shared { $($shared:ident: $both:expr;)* }
    ) => {
        /// The statements of one store; of those of one layout only, there are none in the other.
        #[derive(Debug)]
        pub(crate) struct Statements {
            $(pub(crate) $name: Sql,)*
            $(pub(crate) $only: Option<Sql>,)*
            $(pub(crate) $shared: Sql,)*
        }

        impl Statements {
            fn of(layout: Layout, sql: impl Fn(&str) -> Sql) -> Self {
                Self {
                    $($name: match layout {
                        Layout::Compact => sql($compact),
                        Layout::Original => sql($original),
                    },)*
                    $($only: (layout == Layout::Original).then(|| sql($template)),)*
                    $($shared: sql($both),)*
                }
            }

            #[cfg(test)]
            fn all(&self) -> Vec<(&'static str, Sql)> {
                [
                    $((stringify!($name), Some(self.$name.clone())),)*
                    $((stringify!($only), self.$only.clone()),)*
                    $((stringify!($shared), Some(self.$shared.clone())),)*
                ]
                .into_iter()
                .filter_map(|(name, sql)| Some((name, sql?)))
                .collect()
            }
        }
    };
}

statements! {
    by_layout {
        append: include_str!("sql/compact/append.sql"), include_str!("sql/original/append.sql");
        append_group: include_str!("sql/compact/append_group.sql"), include_str!("sql/original/append_group.sql");
        append_group_carefully:
            include_str!("sql/compact/append_group_carefully.sql"), include_str!("sql/original/append_group_carefully.sql");
        soft_delete: include_str!("sql/compact/soft_delete.sql"), include_str!("sql/original/soft_delete.sql");
        find_event: include_str!("sql/compact/find_event.sql"), include_str!("sql/original/find_event.sql");
        read_payloads:
            include_str!("sql/compact/read_payloads.sql"), include_str!("sql/original/read_payloads.sql");
        find_events: include_str!("sql/compact/find_events.sql"), include_str!("sql/original/find_events.sql");
        link: include_str!("sql/compact/link.sql"), include_str!("sql/original/link.sql");
        find_links: include_str!("sql/compact/find_links.sql"), include_str!("sql/original/find_links.sql");
        hard_delete_events:
            include_str!("sql/compact/hard_delete_events.sql"), include_str!("sql/original/hard_delete_events.sql");
        hard_delete: include_str!("sql/compact/hard_delete.sql"), include_str!("sql/original/hard_delete.sql");
        read_all_forward:
            include_str!("sql/compact/read_all_forward.sql"), include_str!("sql/original/read_all_forward.sql");
        read_all_backward:
            include_str!("sql/compact/read_all_backward.sql"), include_str!("sql/original/read_all_backward.sql");
        read_stream_forward:
            include_str!("sql/compact/read_stream_forward.sql"), include_str!("sql/original/read_stream_forward.sql");
        read_stream_backward:
            include_str!("sql/compact/read_stream_backward.sql"), include_str!("sql/original/read_stream_backward.sql");
        filter_all_forward:
            include_str!("sql/compact/filter_all_forward.sql"), include_str!("sql/original/filter_all_forward.sql");
        filter_all_backward:
            include_str!("sql/compact/filter_all_backward.sql"), include_str!("sql/original/filter_all_backward.sql");
        filter_stream_forward:
            include_str!("sql/compact/filter_stream_forward.sql"), include_str!("sql/original/filter_stream_forward.sql");
        filter_stream_backward:
            include_str!("sql/compact/filter_stream_backward.sql"), include_str!("sql/original/filter_stream_backward.sql");
        correlated_all_forward:
            include_str!("sql/compact/correlated_all_forward.sql"), include_str!("sql/original/correlated_all_forward.sql");
        correlated_all_backward:
            include_str!("sql/compact/correlated_all_backward.sql"), include_str!("sql/original/correlated_all_backward.sql");
        time_all: include_str!("sql/compact/time_all.sql"), include_str!("sql/original/time_all.sql");
        time_stream: include_str!("sql/compact/time_stream.sql"), include_str!("sql/original/time_stream.sql");
        read_snapshot: include_str!("sql/compact/read_snapshot.sql"), include_str!("sql/original/read_snapshot.sql");
        list_snapshots:
            include_str!("sql/compact/list_snapshots.sql"), include_str!("sql/original/list_snapshots.sql");
        record_snapshot:
            include_str!("sql/compact/record_snapshot.sql"), include_str!("sql/original/record_snapshot.sql");
        import: include_str!("sql/compact/import.sql"), include_str!("sql/original/import.sql");
        verify_all: include_str!("sql/compact/verify_all.sql"), include_str!("sql/original/verify_all.sql");
        verify_head: include_str!("sql/compact/verify_head.sql"), include_str!("sql/original/verify_head.sql");
        verify_streams: include_str!("sql/compact/verify_streams.sql"), include_str!("sql/original/verify_streams.sql");
        verify_placements:
            include_str!("sql/compact/verify_placements.sql"), include_str!("sql/original/verify_placements.sql");
    }
    original {
        verify_unplaced: include_str!("sql/original/verify_unplaced.sql");
    }
    shared {
        check_payloads: include_str!("sql/shared/check_payloads.sql");
        lock_streams: include_str!("sql/shared/lock_streams.sql");
        undelete: include_str!("sql/shared/undelete.sql");
        lock_for_hard_delete: include_str!("sql/shared/lock_for_hard_delete.sql");
        forbid_hard_deletes: include_str!("sql/shared/forbid_hard_deletes.sql");
        find_states: include_str!("sql/shared/find_states.sql");
        stream_info: include_str!("sql/shared/stream_info.sql");
        list_streams_ascending: include_str!("sql/shared/list_streams_ascending.sql");
        list_streams_descending: include_str!("sql/shared/list_streams_descending.sql");
        delete_snapshot: include_str!("sql/shared/delete_snapshot.sql");
        create_subscription: include_str!("sql/shared/create_subscription.sql");
        find_subscription: include_str!("sql/shared/find_subscription.sql");
        save_checkpoint: include_str!("sql/shared/save_checkpoint.sql");
        save_checkpoint_without_additions: include_str!("sql/shared/save_checkpoint_without_additions.sql");
        save_checkpoints: include_str!("sql/shared/save_checkpoints.sql");
        save_checkpoints_without_additions: include_str!("sql/shared/save_checkpoints_without_additions.sql");
        begin_step_without_additions: include_str!("sql/shared/begin_step_without_additions.sql");
        acquire_leases: include_str!("sql/shared/acquire_leases.sql");
        acquire_leases_without_additions: include_str!("sql/shared/acquire_leases_without_additions.sql");
        watch_streams: include_str!("sql/shared/watch_streams.sql");
        set_checkpoint_without_additions: include_str!("sql/shared/set_checkpoint_without_additions.sql");
        bind_subscription: include_str!("sql/shared/bind_subscription.sql");
        check_leases: include_str!("sql/shared/check_leases.sql");
        check_leases_without_additions: include_str!("sql/shared/check_leases_without_additions.sql");
        delete_subscription_stream: include_str!("sql/shared/delete_subscription_stream.sql");
        unlock_subscriptions: include_str!("sql/shared/unlock_subscriptions.sql");
        unlock_others: include_str!("sql/shared/unlock_others.sql");
        list_subscriptions: include_str!("sql/shared/list_subscriptions.sql");
        list_subscriptions_without_additions:
            include_str!("sql/shared/list_subscriptions_without_additions.sql");
        lock_subscription: include_str!("sql/shared/lock_subscription.sql");
        try_lock_for_change: include_str!("sql/shared/try_lock_for_change.sql");
        delete_subscription: include_str!("sql/shared/delete_subscription.sql");
        delete_parked_events: include_str!("sql/shared/delete_parked_events.sql");
        set_checkpoint: include_str!("sql/shared/set_checkpoint.sql");
        lock_checkpoint: include_str!("sql/shared/lock_checkpoint.sql");
        find_drained: include_str!("sql/shared/find_drained.sql");
        park: include_str!("sql/shared/park.sql");
        parked_partitions: include_str!("sql/shared/parked_partitions.sql");
        parked_beyond_checkpoint: include_str!("sql/shared/parked_beyond_checkpoint.sql");
        count_parked: include_str!("sql/shared/count_parked.sql");
        list_parked: include_str!("sql/shared/list_parked.sql");
        unpark: include_str!("sql/shared/unpark.sql");
        begin_step: include_str!("sql/shared/begin_step.sql");
        find_keys: include_str!("sql/shared/find_keys.sql");
        add_key: include_str!("sql/shared/add_key.sql");
        forget_subject: include_str!("sql/shared/forget_subject.sql");
        list_forgotten: include_str!("sql/shared/list_forgotten.sql");
        health: include_str!("sql/shared/health.sql");
        verify_times: include_str!("sql/shared/verify_times.sql");
        verify_names: include_str!("sql/shared/verify_names.sql");
        trust_indexes: include_str!("sql/shared/trust_indexes.sql");
        distrust_indexes: DISTRUST_INDEXES;
        find_duplicates: FIND_DUPLICATES;
        verify_sequences: include_str!("sql/shared/verify_sequences.sql");
        verify_subscriptions: include_str!("sql/shared/verify_subscriptions.sql");
        verify_subscriptions_without_additions:
            include_str!("sql/shared/verify_subscriptions_without_additions.sql");
    }
}

impl Statements {
    pub(crate) fn new(schema: &SchemaName, layout: Layout, data_type: DataType, preparation: Preparation) -> Self {
        Self::of(layout, |template| Sql::new(template, schema, data_type, preparation))
    }

    /// The statements of the compact layout on the copies that become its tables.
    pub(crate) fn on_copies(schema: &SchemaName, data_type: DataType) -> Self {
        Self::of(Layout::Compact, |template| {
            Sql::new(&name_copies(template), schema, data_type, Preparation::Lasting)
        })
    }

    /// A statement that is needed before there is a store, whatever its payloads are.
    pub(crate) fn once(template: &str, schema: &SchemaName) -> AssertSqlSafe<Arc<str>> {
        Self::creation(template, schema, DataType::default())
    }

    /// A statement that makes a store.
    pub(crate) fn creation(template: &str, schema: &SchemaName, data_type: DataType) -> AssertSqlSafe<Arc<str>> {
        Sql::new(template, schema, data_type, Preparation::Passing).text()
    }
}

/// The statement on the copies instead of the tables.
fn name_copies(template: &str) -> String {
    let name = |part: &str| {
        let table = part.strip_prefix('.').unwrap_or_default();
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        let is_copied = table.split(is_end).next().is_some_and(|name| COPIED.contains(&name));
        if is_copied {
            format!(".eventstore_compact_{table}")
        } else {
            part.to_owned()
        }
    };
    template.split(SCHEMA).map(name).collect::<Vec<_>>().join(SCHEMA)
}

#[cfg(test)]
mod tests {
    use eventstore_testkit::TestDatabase;
    use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};

    use super::*;
    use crate::{Creation, DataType, PostgresAdmin, PostgresConfig};

    #[test]
    fn copies_stand_for_their_tables_and_for_no_other() {
        let template =
            "SELECT {schema}.events.id, link FROM {schema}.links, {schema}.eventstore_parked_events, {schema}.streams";
        assert_eq!(
            name_copies(template),
            "SELECT {schema}.eventstore_compact_events.id, link FROM {schema}.eventstore_compact_links, \
             {schema}.eventstore_parked_events, {schema}.streams"
        );
    }

    async fn prepare_all(layout: Layout, data_type: DataType) {
        let database = TestDatabase::create().await;
        let schema = SchemaName::new(r#"it's "quoted" {payload}"#).unwrap();
        let config = PostgresConfig::from_url(database.url())
            .unwrap()
            .with_schema(schema.clone());
        PostgresAdmin::new(config.clone())
            .initialize(layout, data_type)
            .await
            .unwrap();
        PostgresAdmin::new(config.clone()).create_key_vault().await.unwrap();
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        let by_store = Statements::new(&schema, layout, data_type, Preparation::Lasting).all();
        let once = [
            INSPECT,
            LAYOUT,
            LOCK_SCHEMA,
            CREATE_SCHEMA,
            FIND_CORRELATION_INDEX,
            FIND_ADDITIONS,
            LOCK_INDEX,
            DROP_CORRELATION_INDEX,
            match layout {
                Layout::Compact => CREATE_CORRELATION_INDEX_COMPACT,
                Layout::Original => CREATE_CORRELATION_INDEX_ORIGINAL,
            },
        ];
        let once = once.map(|template| ("once", Statements::once(template, &schema)));
        let by_store = by_store.into_iter().map(|(name, sql)| (name, sql.text()));
        for (name, text) in by_store.chain(once) {
            let prepared = connection.prepare(text.into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
        }
        let again = PostgresAdmin::new(config.clone())
            .initialize(layout, data_type)
            .await
            .unwrap();
        assert_eq!(again, Creation::AlreadyExisted);
    }

    #[tokio::test]
    async fn the_server_prepares_every_statement_of_the_compact_layout_with_bytea() {
        prepare_all(Layout::Compact, DataType::Bytea).await;
    }

    #[tokio::test]
    async fn the_server_prepares_every_statement_of_the_compact_layout_with_jsonb() {
        prepare_all(Layout::Compact, DataType::Jsonb).await;
    }

    #[tokio::test]
    async fn the_server_prepares_every_statement_of_the_original_layout_with_bytea() {
        prepare_all(Layout::Original, DataType::Bytea).await;
    }

    #[tokio::test]
    async fn the_server_prepares_every_statement_of_the_original_layout_with_jsonb() {
        prepare_all(Layout::Original, DataType::Jsonb).await;
    }
}
