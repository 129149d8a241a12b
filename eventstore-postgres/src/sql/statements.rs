use std::sync::Arc;

use sqlx::AssertSqlSafe;

use crate::sql::scripts::{DISTRUST_INDEXES, FIND_DUPLICATES};
use crate::sql::text::SCHEMA;
use crate::sql::{Preparation, Sql};
use crate::values::{DataType, Layout, SchemaName};

/// The tables of the compact layout that are kept as copies, under a longer name, until they replace the original ones.
const COPIED: [&str; 2] = ["events", "links"];

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
        append: include_str!("compact/append.sql"), include_str!("original/append.sql");
        append_group: include_str!("compact/append_group.sql"), include_str!("original/append_group.sql");
        append_group_carefully:
            include_str!("compact/append_group_carefully.sql"), include_str!("original/append_group_carefully.sql");
        soft_delete: include_str!("compact/soft_delete.sql"), include_str!("original/soft_delete.sql");
        find_event: include_str!("compact/find_event.sql"), include_str!("original/find_event.sql");
        read_payloads:
            include_str!("compact/read_payloads.sql"), include_str!("original/read_payloads.sql");
        find_events: include_str!("compact/find_events.sql"), include_str!("original/find_events.sql");
        link: include_str!("compact/link.sql"), include_str!("original/link.sql");
        find_links: include_str!("compact/find_links.sql"), include_str!("original/find_links.sql");
        hard_delete_events:
            include_str!("compact/hard_delete_events.sql"), include_str!("original/hard_delete_events.sql");
        hard_delete: include_str!("compact/hard_delete.sql"), include_str!("original/hard_delete.sql");
        read_all_forward:
            include_str!("compact/read_all_forward.sql"), include_str!("original/read_all_forward.sql");
        read_all_backward:
            include_str!("compact/read_all_backward.sql"), include_str!("original/read_all_backward.sql");
        read_stream_forward:
            include_str!("compact/read_stream_forward.sql"), include_str!("original/read_stream_forward.sql");
        read_stream_backward:
            include_str!("compact/read_stream_backward.sql"), include_str!("original/read_stream_backward.sql");
        filter_all_forward:
            include_str!("compact/filter_all_forward.sql"), include_str!("original/filter_all_forward.sql");
        filter_all_backward:
            include_str!("compact/filter_all_backward.sql"), include_str!("original/filter_all_backward.sql");
        filter_stream_forward:
            include_str!("compact/filter_stream_forward.sql"), include_str!("original/filter_stream_forward.sql");
        filter_stream_backward:
            include_str!("compact/filter_stream_backward.sql"), include_str!("original/filter_stream_backward.sql");
        correlated_all_forward:
            include_str!("compact/correlated_all_forward.sql"), include_str!("original/correlated_all_forward.sql");
        correlated_all_backward:
            include_str!("compact/correlated_all_backward.sql"), include_str!("original/correlated_all_backward.sql");
        caused_all: include_str!("compact/caused_all.sql"), include_str!("original/caused_all.sql");
        streams_by_name: include_str!("compact/streams_by_name.sql"), include_str!("original/streams_by_name.sql");
        time_all: include_str!("compact/time_all.sql"), include_str!("original/time_all.sql");
        time_stream: include_str!("compact/time_stream.sql"), include_str!("original/time_stream.sql");
        read_snapshot: include_str!("compact/read_snapshot.sql"), include_str!("original/read_snapshot.sql");
        list_snapshots:
            include_str!("compact/list_snapshots.sql"), include_str!("original/list_snapshots.sql");
        record_snapshot:
            include_str!("compact/record_snapshot.sql"), include_str!("original/record_snapshot.sql");
        renew_membership:
            include_str!("compact/renew_membership.sql"), include_str!("original/renew_membership.sql");
        import: include_str!("compact/import.sql"), include_str!("original/import.sql");
        verify_all: include_str!("compact/verify_all.sql"), include_str!("original/verify_all.sql");
        verify_head: include_str!("compact/verify_head.sql"), include_str!("original/verify_head.sql");
        verify_streams: include_str!("compact/verify_streams.sql"), include_str!("original/verify_streams.sql");
        verify_placements:
            include_str!("compact/verify_placements.sql"), include_str!("original/verify_placements.sql");
    }
    original {
        verify_unplaced: include_str!("original/verify_unplaced.sql");
    }
    shared {
        check_payloads: include_str!("shared/check_payloads.sql");
        lock_streams: include_str!("shared/lock_streams.sql");
        undelete: include_str!("shared/undelete.sql");
        lock_for_hard_delete: include_str!("shared/lock_for_hard_delete.sql");
        forbid_hard_deletes: include_str!("shared/forbid_hard_deletes.sql");
        find_states: include_str!("shared/find_states.sql");
        stream_info: include_str!("shared/stream_info.sql");
        list_streams_ascending: include_str!("shared/list_streams_ascending.sql");
        list_streams_descending: include_str!("shared/list_streams_descending.sql");
        newest_streams: include_str!("shared/newest_streams.sql");
        delete_snapshot: include_str!("shared/delete_snapshot.sql");
        create_subscription: include_str!("shared/create_subscription.sql");
        find_subscription: include_str!("shared/find_subscription.sql");
        has_group: include_str!("shared/has_group.sql");
        save_checkpoint: include_str!("shared/save_checkpoint.sql");
        save_checkpoint_without_additions: include_str!("shared/save_checkpoint_without_additions.sql");
        save_checkpoints: include_str!("shared/save_checkpoints.sql");
        save_checkpoints_without_additions: include_str!("shared/save_checkpoints_without_additions.sql");
        begin_step_without_additions: include_str!("shared/begin_step_without_additions.sql");
        acquire_leases: include_str!("shared/acquire_leases.sql");
        acquire_leases_with_groups: include_str!("shared/acquire_leases_with_groups.sql");
        acquire_leases_without_additions: include_str!("shared/acquire_leases_without_additions.sql");
        watch_streams: include_str!("shared/watch_streams.sql");
        set_checkpoint_without_additions: include_str!("shared/set_checkpoint_without_additions.sql");
        bind_subscription: include_str!("shared/bind_subscription.sql");
        check_leases: include_str!("shared/check_leases.sql");
        check_leases_without_additions: include_str!("shared/check_leases_without_additions.sql");
        delete_subscription_stream: include_str!("shared/delete_subscription_stream.sql");
        unlock_subscriptions: include_str!("shared/unlock_subscriptions.sql");
        unlock_others: include_str!("shared/unlock_others.sql");
        list_subscriptions: include_str!("shared/list_subscriptions.sql");
        list_subscriptions_without_additions:
            include_str!("shared/list_subscriptions_without_additions.sql");
        list_subscriptions_with_groups: include_str!("shared/list_subscriptions_with_groups.sql");
        lock_subscription: include_str!("shared/lock_subscription.sql");
        try_lock_for_change: include_str!("shared/try_lock_for_change.sql");
        delete_subscription: include_str!("shared/delete_subscription.sql");
        delete_parked_events: include_str!("shared/delete_parked_events.sql");
        report_status: include_str!("shared/report_status.sql");
        list_statuses: include_str!("shared/list_statuses.sql");
        delete_status: include_str!("shared/delete_status.sql");
        set_checkpoint: include_str!("shared/set_checkpoint.sql");
        lock_checkpoint: include_str!("shared/lock_checkpoint.sql");
        find_drained: include_str!("shared/find_drained.sql");
        park: include_str!("shared/park.sql");
        parked_partitions: include_str!("shared/parked_partitions.sql");
        parked_beyond_checkpoint: include_str!("shared/parked_beyond_checkpoint.sql");
        count_parked: include_str!("shared/count_parked.sql");
        list_parked: include_str!("shared/list_parked.sql");
        unpark: include_str!("shared/unpark.sql");
        begin_step: include_str!("shared/begin_step.sql");
        share_lock: include_str!("shared/share_lock.sql");
        lock_base: include_str!("shared/lock_base.sql");
        find_group: include_str!("shared/find_group.sql");
        forget_partitions: include_str!("shared/forget_partitions.sql");
        create_group: include_str!("shared/create_group.sql");
        create_partitions: include_str!("shared/create_partitions.sql");
        remove_ended_members: include_str!("shared/remove_ended_members.sql");
        delete_members: include_str!("shared/delete_members.sql");
        begin_memberships: include_str!("shared/begin_memberships.sql");
        add_member: include_str!("shared/add_member.sql");
        claim_partitions: include_str!("shared/claim_partitions.sql");
        held_partitions: include_str!("shared/held_partitions.sql");
        release_partitions: include_str!("shared/release_partitions.sql");
        leave_group: include_str!("shared/leave_group.sql");
        list_groups: include_str!("shared/list_groups.sql");
        lock_group_of_partition: include_str!("shared/lock_group_of_partition.sql");
        has_members: include_str!("shared/has_members.sql");
        set_checkpoint_of_partitions: include_str!("shared/set_checkpoint_of_partitions.sql");
        free_partition: include_str!("shared/free_partition.sql");
        delete_statuses_of_partitions: include_str!("shared/delete_statuses_of_partitions.sql");
        delete_partitions: include_str!("shared/delete_partitions.sql");
        delete_group: include_str!("shared/delete_group.sql");
        lock_partitions: include_str!("shared/lock_partitions.sql");
        has_parked_in_partitions: include_str!("shared/has_parked_in_partitions.sql");
        change_group: include_str!("shared/change_group.sql");
        create_projection: include_str!("shared/create_projection.sql");
        lock_projection: include_str!("shared/lock_projection.sql");
        list_builds: include_str!("shared/list_builds.sql");
        record_last_build: include_str!("shared/record_last_build.sql");
        write_build: include_str!("shared/write_build.sql");
        delete_build: include_str!("shared/delete_build.sql");
        find_keys: include_str!("shared/find_keys.sql");
        add_key: include_str!("shared/add_key.sql");
        forget_subject: include_str!("shared/forget_subject.sql");
        list_forgotten: include_str!("shared/list_forgotten.sql");
        health: include_str!("shared/health.sql");
        statistics: include_str!("shared/statistics.sql");
        verify_times: include_str!("shared/verify_times.sql");
        verify_names: include_str!("shared/verify_names.sql");
        trust_indexes: include_str!("shared/trust_indexes.sql");
        distrust_indexes: DISTRUST_INDEXES;
        find_duplicates: FIND_DUPLICATES;
        verify_sequences: include_str!("shared/verify_sequences.sql");
        verify_subscriptions: include_str!("shared/verify_subscriptions.sql");
        verify_subscriptions_without_additions:
            include_str!("shared/verify_subscriptions_without_additions.sql");
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
    use crate::sql::scripts::*;
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
        let admin = PostgresAdmin::new(config);
        admin.initialize(layout, data_type).await.unwrap();
        admin.create_key_vault().await.unwrap();
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        let by_store = Statements::new(&schema, layout, data_type, Preparation::Lasting).all();
        let once = [
            INSPECT,
            LAYOUT,
            LOCK_SCHEMA,
            CREATE_SCHEMA,
            FIND_INDEX,
            FIND_ADDITIONS,
            FIND_STATUSES,
            FIND_GROUPS,
            LOCK_INDEX,
            DROP_CORRELATION_INDEX,
            DROP_CAUSATION_INDEX,
            match layout {
                Layout::Compact => CREATE_CORRELATION_INDEX_COMPACT,
                Layout::Original => CREATE_CORRELATION_INDEX_ORIGINAL,
            },
            match layout {
                Layout::Compact => CREATE_CAUSATION_INDEX_COMPACT,
                Layout::Original => CREATE_CAUSATION_INDEX_ORIGINAL,
            },
        ];
        let once = once.map(|template| ("once", Statements::once(template, &schema)));
        let by_store = by_store.into_iter().map(|(name, sql)| (name, sql.text()));
        for (name, text) in by_store.chain(once) {
            let prepared = connection.prepare(text.into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
        }
        let again = admin.initialize(layout, data_type).await.unwrap();
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
