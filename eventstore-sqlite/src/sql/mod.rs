//! The statements, one in each file.
//!
//! A limit that is a parameter alone would make SQLite plan the statement again for each execution; so it is a sum, as in `LIMIT ?1 + 0`.

pub(crate) const BEGIN_EXCLUSIVE: &str = include_str!("begin_exclusive.sql");
pub(crate) const CHECKPOINT_LOG: &str = include_str!("checkpoint_log.sql");
pub(crate) const CHECK_FILE: &str = include_str!("check_file.sql");
pub(crate) const COMPACT_FILE: &str = include_str!("compact_file.sql");
pub(crate) const COPY_FILE: &str = include_str!("copy_file.sql");
pub(crate) const COMMIT: &str = include_str!("commit.sql");
pub(crate) const CREATE: &str = include_str!("create.sql");
pub(crate) const CREATE_SUBSCRIPTION_STATUSES: &str = include_str!("create_subscription_statuses.sql");
pub(crate) const DROP_SUBSCRIPTION_STATUSES: &str = include_str!("drop_subscription_statuses.sql");
pub(crate) const HAS_STATUSES: &str = include_str!("has_statuses.sql");
pub(crate) const CREATE_GROUPS: &str = include_str!("create_groups.sql");
pub(crate) const HAS_GROUPS: &str = include_str!("has_groups.sql");
pub(crate) const CREATE_PROJECTIONS: &str = include_str!("create_projections.sql");
pub(crate) const HAS_PROJECTIONS: &str = include_str!("has_projections.sql");
pub(crate) const REPORT_STATUS: &str = include_str!("report_status.sql");
pub(crate) const LIST_STATUSES: &str = include_str!("list_statuses.sql");
pub(crate) const DELETE_STATUS: &str = include_str!("delete_status.sql");
pub(crate) const CREATE_ALL: &str = include_str!("create_all.sql");
pub(crate) const CREATE_CAUSATION_INDEX: &str = include_str!("create_causation_index.sql");
pub(crate) const DATA_VERSION: &str = include_str!("data_version.sql");
pub(crate) const DROP_CAUSATION_INDEX: &str = include_str!("drop_causation_index.sql");
pub(crate) const DROP_TABLES: &str = include_str!("drop_tables.sql");
pub(crate) const ENCODING: &str = include_str!("encoding.sql");
pub(crate) const FIND_VERSION: &str = include_str!("find_version.sql");
pub(crate) const GIVE_UP_LOG: &str = include_str!("give_up_log.sql");
pub(crate) const HAS_CAUSATION_INDEX: &str = include_str!("has_causation_index.sql");
pub(crate) const HAS_OTHER_TABLES: &str = include_str!("has_other_tables.sql");
pub(crate) const HAS_STORE: &str = include_str!("has_store.sql");
pub(crate) const JOURNAL_MODE: &str = include_str!("journal_mode.sql");
pub(crate) const LIBRARY_VERSION: &str = include_str!("library_version.sql");
pub(crate) const MARK_STEP: &str = include_str!("mark_step.sql");
pub(crate) const RECORD_VERSION: &str = include_str!("record_version.sql");
pub(crate) const RELEASE_STEP: &str = include_str!("release_step.sql");
pub(crate) const RESET: &str = include_str!("reset.sql");
pub(crate) const TRUNCATE_LOG: &str = include_str!("truncate_log.sql");
pub(crate) const WAIT_BRIEFLY: &str = include_str!("wait_briefly.sql");

pub(crate) const FIND_HEAD: &str = include_str!("find_head.sql");
pub(crate) const FIND_STREAMS: &str = include_str!("find_streams.sql");
pub(crate) const FIND_STORED: &str = include_str!("find_stored.sql");
pub(crate) const WRITE_STREAM: &str = include_str!("write_stream.sql");
pub(crate) const INSERT_EVENT: &str = include_str!("insert_event.sql");

pub(crate) const FIND_SOURCE: &str = include_str!("find_source.sql");
pub(crate) const INSERT_LINK: &str = include_str!("insert_link.sql");
pub(crate) const MARK_DELETED: &str = include_str!("mark_deleted.sql");
pub(crate) const FIND_STREAM: &str = include_str!("find_stream.sql");
pub(crate) const DELETE_PARKED_EVENTS_OF_STREAM: &str = include_str!("delete_parked_events_of_stream.sql");
pub(crate) const DELETE_LINKS_TO_STREAM: &str = include_str!("delete_links_to_stream.sql");
pub(crate) const DELETE_LINKS_IN_STREAM: &str = include_str!("delete_links_in_stream.sql");
pub(crate) const DELETE_EVENTS: &str = include_str!("delete_events.sql");
pub(crate) const DELETE_SNAPSHOT_OF_STREAM: &str = include_str!("delete_snapshot_of_stream.sql");
pub(crate) const DELETE_STREAM: &str = include_str!("delete_stream.sql");

pub(crate) const FIND_KEYS: &str = include_str!("find_keys.sql");
pub(crate) const ADD_KEY: &str = include_str!("add_key.sql");
pub(crate) const DELETE_KEYS: &str = include_str!("delete_keys.sql");
pub(crate) const RECORD_FORGOTTEN: &str = include_str!("record_forgotten.sql");
pub(crate) const LIST_FORGOTTEN: &str = include_str!("list_forgotten.sql");
pub(crate) const OVERWRITE_DELETED: &str = include_str!("overwrite_deleted.sql");
pub(crate) const KEEP_DELETED: &str = include_str!("keep_deleted.sql");

pub(crate) const FIND_LEASE: &str = include_str!("find_lease.sql");
pub(crate) const GIVE_LEASES: &str = include_str!("give_leases.sql");
pub(crate) const RENEW_LEASES: &str = include_str!("renew_leases.sql");
pub(crate) const RELEASE_LEASES: &str = include_str!("release_leases.sql");
pub(crate) const FIND_EPOCHS: &str = include_str!("find_epochs.sql");
pub(crate) const FIND_SUBSCRIPTION: &str = include_str!("find_subscription.sql");
pub(crate) const CREATE_SUBSCRIPTIONS: &str = include_str!("create_subscriptions.sql");
pub(crate) const HAS_STREAM_OF: &str = include_str!("has_stream_of.sql");
pub(crate) const LIST_SUBSCRIPTIONS: &str = include_str!("list_subscriptions.sql");
pub(crate) const DELETE_SUBSCRIPTION: &str = include_str!("delete_subscription.sql");
pub(crate) const SET_CHECKPOINT: &str = include_str!("set_checkpoint.sql");

pub(crate) const FIND_GROUP: &str = include_str!("find_group.sql");
pub(crate) const CREATE_GROUP: &str = include_str!("create_group.sql");
pub(crate) const BEGIN_SHARING: &str = include_str!("begin_sharing.sql");
pub(crate) const RECORD_SHARING: &str = include_str!("record_sharing.sql");
pub(crate) const ADVANCE_PARTITIONS: &str = include_str!("advance_partitions.sql");
pub(crate) const FIND_PARTITIONS: &str = include_str!("find_partitions.sql");
pub(crate) const FORGET_PARTITIONS: &str = include_str!("forget_partitions.sql");
pub(crate) const FIND_NAME_IN_USE: &str = include_str!("find_name_in_use.sql");
pub(crate) const ADD_PARTITIONS: &str = include_str!("add_partitions.sql");
pub(crate) const ENTER_GROUP: &str = include_str!("enter_group.sql");
pub(crate) const DELETE_ENDED_MEMBERS: &str = include_str!("delete_ended_members.sql");
pub(crate) const DELETE_MEMBERS: &str = include_str!("delete_members.sql");
pub(crate) const FREE_PARTITIONS: &str = include_str!("free_partitions.sql");
pub(crate) const FREE_PARTITION: &str = include_str!("free_partition.sql");
pub(crate) const LOWER_GROUP: &str = include_str!("lower_group.sql");
pub(crate) const HAS_GROUP: &str = include_str!("has_group.sql");
pub(crate) const RENEW_MEMBERSHIP: &str = include_str!("renew_membership.sql");
pub(crate) const LIST_MEMBERS: &str = include_str!("list_members.sql");
pub(crate) const FIND_MEMBERSHIP: &str = include_str!("find_membership.sql");
pub(crate) const HAS_MEMBER: &str = include_str!("has_member.sql");
pub(crate) const CLAIM_PARTITIONS: &str = include_str!("claim_partitions.sql");
pub(crate) const FENCE_PARTITIONS: &str = include_str!("fence_partitions.sql");
pub(crate) const HELD_PARTITIONS: &str = include_str!("held_partitions.sql");
pub(crate) const RELEASE_PARTITIONS: &str = include_str!("release_partitions.sql");
pub(crate) const RELEASE_ALL_PARTITIONS: &str = include_str!("release_all_partitions.sql");
pub(crate) const LEAVE_GROUP: &str = include_str!("leave_group.sql");
pub(crate) const LIST_GROUPS: &str = include_str!("list_groups.sql");
pub(crate) const LIST_GROUP_MEMBERS: &str = include_str!("list_group_members.sql");
pub(crate) const LIST_GROUP_PARTITIONS: &str = include_str!("list_group_partitions.sql");
pub(crate) const LIST_SUBSCRIPTIONS_AND_GROUPS: &str = include_str!("list_subscriptions_and_groups.sql");
pub(crate) const CHANGE_GROUP: &str = include_str!("change_group.sql");
pub(crate) const FIND_SLOWEST_PARTITION: &str = include_str!("find_slowest_partition.sql");
pub(crate) const HAS_PARKED_IN_PARTITIONS: &str = include_str!("has_parked_in_partitions.sql");
pub(crate) const DELETE_PARTITION_STATUSES: &str = include_str!("delete_partition_statuses.sql");
pub(crate) const DELETE_PARTITION_PARKED_EVENTS: &str = include_str!("delete_partition_parked_events.sql");
pub(crate) const DELETE_PARTITION_SUBSCRIPTIONS: &str = include_str!("delete_partition_subscriptions.sql");
pub(crate) const DELETE_PARTITIONS: &str = include_str!("delete_partitions.sql");
pub(crate) const DELETE_GROUP: &str = include_str!("delete_group.sql");
pub(crate) const FIND_PART_IN_GROUP: &str = include_str!("find_part_in_group.sql");
pub(crate) const SET_PARTITION_CHECKPOINTS: &str = include_str!("set_partition_checkpoints.sql");
pub(crate) const FIND_PARTITIONS_AMONG: &str = include_str!("find_partitions_among.sql");
pub(crate) const TAKE_PLACE_OF_GROUPS: &str = include_str!("take_place_of_groups.sql");
pub(crate) const FENCE_GROUPS: &str = include_str!("fence_groups.sql");
pub(crate) const EXTEND_MEMBERSHIPS: &str = include_str!("extend_memberships.sql");

pub(crate) const FIND_LAST_BUILD: &str = include_str!("find_last_build.sql");
pub(crate) const LIST_BUILDS: &str = include_str!("list_builds.sql");
pub(crate) const RECORD_LAST_BUILD: &str = include_str!("record_last_build.sql");
pub(crate) const WRITE_BUILD: &str = include_str!("write_build.sql");
pub(crate) const DELETE_BUILD: &str = include_str!("delete_build.sql");

pub(crate) const FIND_CHECKPOINT: &str = include_str!("find_checkpoint.sql");
pub(crate) const MOVE_CHECKPOINT: &str = include_str!("move_checkpoint.sql");
pub(crate) const SAVE_CHECKPOINTS: &str = include_str!("save_checkpoints.sql");

pub(crate) const PARK: &str = include_str!("park.sql");
pub(crate) const FIND_DRAINED: &str = include_str!("find_drained.sql");
pub(crate) const PARKED_PARTITIONS: &str = include_str!("parked_partitions.sql");
pub(crate) const PARKED_BEYOND_CHECKPOINT: &str = include_str!("parked_beyond_checkpoint.sql");
pub(crate) const COUNT_PARKED: &str = include_str!("count_parked.sql");
pub(crate) const LIST_PARKED: &str = include_str!("list_parked.sql");
pub(crate) const UNPARK: &str = include_str!("unpark.sql");
pub(crate) const DELETE_PARKED_EVENTS: &str = include_str!("delete_parked_events.sql");

pub(crate) const READ_ALL_FORWARD: &str = include_str!("read_all_forward.sql");
pub(crate) const READ_ALL_BACKWARD: &str = include_str!("read_all_backward.sql");
pub(crate) const READ_CORRELATED_FORWARD: &str = include_str!("read_correlated_forward.sql");
pub(crate) const READ_CORRELATED_BACKWARD: &str = include_str!("read_correlated_backward.sql");
pub(crate) const READ_CAUSED: &str = include_str!("read_caused.sql");
pub(crate) const READ_STREAM_FORWARD: &str = include_str!("read_stream_forward.sql");
pub(crate) const READ_STREAM_BACKWARD: &str = include_str!("read_stream_backward.sql");
pub(crate) const FIND_EVENT: &str = include_str!("find_event.sql");
pub(crate) const FIND_PLACES: &str = include_str!("find_places.sql");
pub(crate) const FIND_VERSION_OF: &str = include_str!("find_version_of.sql");
pub(crate) const TIME_ALL: &str = include_str!("time_all.sql");
pub(crate) const TIME_STREAM: &str = include_str!("time_stream.sql");
pub(crate) const STREAM_INFO: &str = include_str!("stream_info.sql");
pub(crate) const LIST_STREAMS_ASCENDING: &str = include_str!("list_streams_ascending.sql");
pub(crate) const LIST_STREAMS_DESCENDING: &str = include_str!("list_streams_descending.sql");
pub(crate) const STREAMS_BY_NAME: &str = include_str!("streams_by_name.sql");
pub(crate) const NEWEST_STREAMS: &str = include_str!("newest_streams.sql");
pub(crate) const READ_SNAPSHOT: &str = include_str!("read_snapshot.sql");
pub(crate) const LIST_SNAPSHOTS: &str = include_str!("list_snapshots.sql");
pub(crate) const RECORD_SNAPSHOT: &str = include_str!("record_snapshot.sql");
pub(crate) const FIND_SNAPSHOT_VERSION: &str = include_str!("find_snapshot_version.sql");
pub(crate) const DELETE_SNAPSHOT: &str = include_str!("delete_snapshot.sql");

#[cfg(test)]
mod tests {
    use super::*;

    /// Two statements instead of one with a parameter for the order, which SQLite would sort for (ADR 52).
    #[test]
    fn what_reads_backward_differs_in_the_order_only() {
        for (forward, backward) in [
            (READ_ALL_FORWARD, READ_ALL_BACKWARD),
            (READ_CORRELATED_FORWARD, READ_CORRELATED_BACKWARD),
            (READ_STREAM_FORWARD, READ_STREAM_BACKWARD),
        ] {
            assert!(backward.contains(" DESC\n"));
            assert_eq!(backward.replace(" DESC\n", "\n"), forward);
        }
    }
}
