/// Makes a test of each case of the conformance suite, in one module for each group.
///
/// The first argument is the path of an `async fn` that opens an empty store and gives back its
/// [`Harness`](crate::conformance::Harness). The tests need no runtime: each brings its own. A module can hold one
/// invocation; put several into modules of their own.
///
/// - `conformance!(open)` is the suite of a backend that plays every [`Role`](crate::conformance::Role).
/// - `conformance!(open; streams, deletes)` is that of these roles: what also needs another one is no test.
/// - `conformance!(open; streams; except put_empty_stream)`, or without roles, ignores the cases that need this ability of
///   the [`Harness`](crate::conformance::Harness). The test runner shows them, with the reason.
///
/// ```
/// use eventstore_testkit::MemoryStore;
/// use eventstore_testkit::conformance::{Parts, Setup};
///
/// async fn open() -> Setup<MemoryStore> {
///     Setup::new(MemoryStore::new(), |store| Parts::default().streams(store.clone()))
///         .another_node(async |store| Parts::default().streams(store.another_node()))
/// }
///
/// eventstore_testkit::conformance!(open; streams; except put_empty_stream);
/// ```
#[macro_export]
macro_rules! conformance {
    ($open:path $(; except $($ability:ident),+ $(,)?)?) => {
        $crate::conformance! {
            $open;
            streams, links, deletes, snapshots, subscriptions, administration, parking, projections
            $(; except $($ability),+)?
        }
    };
    ($open:path; $($role:ident),+ $(,)? $(; except $($ability:ident),+ $(,)?)?) => {
        #[cfg(test)]
        fn open_for_conformance() -> $crate::conformance::Opening {
            Box::pin(async {
                let harness: Box<dyn $crate::conformance::Harness> = Box::new($open().await);
                harness
            })
        }

        $crate::conformance_selection! {
            roles (no no no no no no no no) [$($role)+] abilities (yes yes yes yes) [$($($ability)+)?]
        }
    };
}

/// Every case, for a macro: those that need nothing but the role of their group, then those that need more.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ([$($then:tt)+] $selection:tt) => {
        $($then)+! { $selection
            streams: append {
                gives_consecutive_versions_and_positions,
                receipts_name_versions_and_positions,
                positions_are_contiguous_over_many_streams,
                is_seen_as_a_whole_or_not_at_all,
                lets_one_of_several_writers_at_the_same_version_win,
                lets_one_of_several_writers_at_version_0_win,
                lets_one_of_several_creators_win,
                lets_all_any_version_writers_to_a_missing_stream_succeed,
                lets_all_any_version_writers_to_an_existing_stream_succeed,
                lets_all_writers_that_expect_a_stream_succeed,
                lets_one_of_several_writers_of_the_same_event_win,
                keeps_positions_contiguous_under_concurrent_writers,
                refuses_an_id_that_stands_in_the_same_stream,
                refuses_an_id_that_stands_in_another_stream,
                creates_no_stream_for_a_duplicate,
                writes_nothing_beside_a_duplicate,
                writes_nothing_of_a_large_append_that_ends_with_a_duplicate,
                complains_about_the_version_before_the_duplicate,
                frees_the_ids_of_a_refused_append,
                any_version_creates_a_missing_stream,
                any_version_appends_to_a_stream_with_events,
                no_stream_creates_a_missing_stream,
                no_stream_refuses_a_stream_with_events,
                stream_exists_refuses_a_missing_stream,
                stream_exists_appends_to_a_stream_with_events,
                version_0_creates_a_missing_stream,
                version_0_refuses_a_stream_with_events,
                appends_at_the_exact_version,
                rejects_a_stale_expected_version,
                rejects_an_expected_version_ahead_of_the_stream,
                rejects_an_expected_version_of_a_missing_stream,
                keeps_the_callers_event_id,
                keeps_causation_and_correlation_ids,
                keeps_absent_fields_absent,
                keeps_the_fields_of_each_event_apart,
                keeps_the_callers_time_to_the_microsecond,
                gives_the_time_of_the_append_when_none_is_given,
                keeps_payloads,
                keeps_payloads_that_were_read_byte_for_byte,
                keeps_unicode_payloads_and_types,
                keeps_or_refuses_what_is_no_json,
                accepts_an_empty_event_type,
                accepts_any_stream_name,
                tells_stream_names_apart_by_case,
                accepts_the_longest_stream_name,
                appends_1_event_at_once,
                appends_999_events_at_once,
                appends_1000_events_at_once,
                appends_1001_events_at_once,
                appends_10000_events_at_once,
                gives_a_new_stream_the_time_of_the_append_at_an_exact_version,
                gives_a_new_stream_the_time_of_the_append_at_any_version,
                gives_a_new_stream_the_time_of_a_large_append,
                leaves_an_existing_stream_its_time_at_an_exact_version,
                leaves_an_existing_stream_its_time_at_any_version,
                prefers_the_time_of_the_append_to_those_of_its_events,
                gives_a_new_stream_the_present_time_when_none_is_given,
                answers_a_repeated_append_with_its_receipt,
                answers_a_repeated_append_after_the_stream_moved_on,
                answers_a_repeated_large_append,
                answers_the_repetition_of_an_ordinary_append,
                appends_new_events_of_an_idempotent_append,
                refuses_new_events_of_an_idempotent_append,
                answers_concurrent_attempts_to_create_with_one_receipt,
                answers_concurrent_attempts_to_extend_with_one_receipt,
                refuses_an_append_that_was_stored_in_part,
                refuses_an_append_that_begins_with_a_new_event,
                refuses_an_append_that_overlaps_another_one,
                refuses_stored_events_in_another_order,
                refuses_stored_events_that_are_not_adjacent,
                refuses_events_that_stand_in_another_stream,
                [links] {
                    refuses_stored_events_with_a_link_between_them,
                    refuses_events_that_are_linked_into_the_stream,
                }
                [deletes] {
                    refuses_to_repeat_an_append_to_a_soft_deleted_stream,
                }
                [put_empty_stream] {
                    any_version_appends_to_an_empty_stream,
                    no_stream_is_met_by_an_empty_stream,
                    stream_exists_is_met_by_an_empty_stream,
                    version_0_is_met_by_an_empty_stream,
                    rejects_an_expected_version_of_an_empty_stream,
                }
            }
            streams: append_set {
                appends_to_several_streams,
                positions_of_a_set_are_contiguous,
                appends_a_set_of_one,
                appends_a_large_set,
                is_seen_as_a_whole_or_not_at_all,
                gives_each_append_its_own_time,
                lets_sets_in_different_orders_all_succeed,
                lets_one_of_several_sets_at_the_same_versions_win,
                lets_one_of_several_creating_sets_win,
                lets_all_any_version_sets_to_missing_streams_succeed,
                answers_a_repeated_set_with_its_receipts,
                writes_only_what_is_new_in_a_set,
                refuses_a_set_with_a_repeated_append_and_a_refused_one,
                answers_concurrent_attempts_of_a_set_with_the_same_receipts,
                writes_nothing_of_a_set_with_a_wrong_version,
                writes_nothing_of_a_set_with_a_stream_that_exists,
                writes_nothing_of_a_set_with_a_missing_stream,
                writes_nothing_of_a_set_with_a_duplicate,
                reports_the_first_refused_append_of_a_set,
                keeps_or_refuses_what_is_no_json,
                [deletes] {
                    writes_nothing_of_a_set_with_a_soft_deleted_stream,
                }
            }
            streams: read {
                never_shows_a_gap_in_all_streams_while_others_append,
                knows_the_version_of_a_stream,
                knows_the_version_of_all_streams,
                knows_no_missing_stream,
                keeps_the_time_of_creation,
                reads_forward_in_pages_of_any_size,
                reads_backward_in_pages_of_any_size,
                reads_more_than_a_default_page,
                gives_a_missing_stream_as_the_first_item,
                includes_events_appended_while_reading_forward,
                leaves_out_events_appended_while_reading_backward,
                reads_all_streams_in_commit_order,
                numbers_events_of_a_stream_by_their_version,
                reads_only_the_events_of_the_stream,
                shows_an_acknowledged_append_to_every_node,
                tells_truly_where_a_forward_page_ends,
                tells_truly_where_a_backward_page_ends,
                reads_an_empty_last_page_of_an_empty_store,
                does_not_find_a_missing_stream,
                starts_forward_with_the_first_event_at_0_and_1,
                includes_the_start_forward,
                reads_nothing_beyond_the_end,
                reads_backward_from_the_end,
                includes_the_start_backward,
                starts_backward_with_the_last_event_beyond_the_end,
                reads_nothing_backward_from_0,
                reads_no_more_than_the_limit,
                reads_nothing_with_a_limit_of_0,
                [put_empty_stream] {
                    knows_an_empty_stream_at_version_0,
                    reads_an_empty_last_page_of_an_empty_stream,
                }
            }
            streams: filter {
                includes_matching_events_appended_while_reading_forward,
                leaves_out_matching_events_appended_while_reading_backward,
                does_not_find_a_missing_stream_with_a_filter,
                gives_events_of_any_of_the_types,
                gives_nothing_for_no_types,
                gives_events_of_streams_whose_names_begin_so,
                gives_everything_for_the_empty_prefix,
                gives_events_of_a_category,
                gives_events_of_a_correlation_id,
                gives_only_events_that_meet_every_condition,
                gives_everything_without_conditions,
                leaves_out_just_the_events_that_do_not_match,
                gives_only_events_of_the_stream,
                takes_no_character_for_a_wildcard,
                takes_no_character_of_a_type_for_a_wildcard,
                tells_case_apart,
                compares_character_by_character,
                ends_a_category_before_the_first_hyphen,
                reads_matching_events_in_pages_of_any_size,
                starts_a_filtered_read_at_any_number,
                counts_only_matching_events,
                finds_few_events_among_many,
                tells_truly_where_a_filtered_forward_page_ends,
                tells_truly_where_a_filtered_backward_page_ends,
                reads_an_empty_last_page_of_an_empty_store_with_a_filter,
                finds_the_first_event_at_or_after_a_time,
                finds_the_first_of_events_at_the_same_time,
                finds_the_lowest_number_where_times_do_not_ascend,
                gives_the_next_number_for_a_time_after_every_event,
                gives_the_first_number_for_any_time_of_an_empty_store,
                gives_a_time_the_same_number_on_every_node,
                reads_from_a_time_on,
                reads_back_from_a_time,
                reads_matching_events_from_a_time_on,
                starts_where_it_was_told_last,
                finds_the_time_when_the_first_page_is_read,
                gives_a_missing_stream_as_the_first_item_from_a_time_on,
                finds_no_time_in_a_missing_stream,
                [links] {
                    looks_at_the_stream_that_a_linked_event_was_appended_to,
                    gives_linked_events_that_match,
                    gives_linked_events_once_in_all_streams,
                    finds_times_of_linked_events,
                }
                [deletes] {
                    refuses_a_soft_deleted_stream_with_a_filter,
                    gives_events_of_a_name_that_is_used_again,
                    passes_hard_deleted_events_in_search_of_a_time,
                    finds_no_time_in_a_soft_deleted_stream,
                }
                [links deletes] {
                    gives_events_of_soft_deleted_streams,
                    passes_the_holes_of_hard_deletes,
                    leaves_out_just_what_does_not_match_of_links_and_over_holes,
                    reads_matching_links_over_holes_in_pages_of_any_size,
                    starts_a_filtered_read_of_links_at_any_number,
                    counts_only_matching_events_over_holes,
                    tells_truly_where_a_filtered_forward_page_over_holes_ends,
                    tells_truly_where_a_filtered_backward_page_over_holes_ends,
                }
                [put_empty_stream] {
                    reads_an_empty_last_page_of_an_empty_stream_with_a_filter,
                    gives_the_first_number_for_any_time_of_an_empty_stream,
                }
            }
            streams: list {
                lists_streams_in_the_order_of_their_creation,
                sorts_by_name_byte_by_byte,
                sorts_by_version,
                sorts_by_time_of_creation,
                numbered_pages_are_disjoint_and_complete,
                pages_after_a_stream_are_disjoint_and_complete,
                a_page_after_a_stream_tells_all_totals,
                a_page_beyond_the_end_is_empty,
                lists_50_streams_a_page_unless_told_otherwise,
                goes_on_after_a_stream_while_others_are_created,
                finds_streams_whose_names_contain_the_text,
                finds_every_stream_with_the_empty_text,
                searches_with_case,
                takes_wildcards_literally,
                finds_nothing_with_a_text_that_no_name_can_hold,
                counts_what_a_search_finds,
                goes_through_the_pages_of_a_search,
                lists_only_all_streams_of_an_empty_store,
                lists_what_is_known_about_each_stream,
                lists_each_stream_with_an_id_of_its_own,
                [deletes] {
                    sorts_by_time_of_deletion,
                    goes_on_after_a_stream_that_is_gone,
                    lists_soft_deleted_streams_with_their_time,
                    lists_no_hard_deleted_streams,
                    pages_of_soft_deleted_streams_are_disjoint_and_complete,
                }
                [put_empty_stream] {
                    lists_an_empty_stream,
                }
                [links] {
                    lists_a_stream_of_links,
                }
            }
            links: link {
                lets_one_of_several_links_at_the_same_version_win,
                lets_one_of_several_links_at_version_0_win,
                lets_one_of_several_creating_links_win,
                lets_all_any_version_links_to_a_missing_target_succeed,
                lets_all_links_to_an_existing_target_succeed,
                lets_one_of_several_links_of_the_same_event_win,
                lets_links_and_appends_share_a_stream,
                lets_links_cross_each_other,
                tells_what_refused_a_link_at_one_moment,
                receipts_name_the_target_and_versions,
                keeps_the_order_of_the_call,
                leaves_all_streams_and_the_sources_as_they_are,
                links_an_event_into_many_streams,
                links_events_of_several_streams_at_once,
                links_of_linked_events_refer_to_the_events,
                keeps_links_and_own_events_in_one_stream,
                links_streams_into_each_other,
                links_2500_events_at_once,
                any_version_creates_a_missing_target,
                any_version_links_into_a_target_with_events,
                no_stream_creates_a_missing_target,
                no_stream_refuses_a_target_with_events,
                stream_exists_refuses_a_missing_target,
                stream_exists_links_into_a_target_with_events,
                version_0_creates_a_missing_target,
                version_0_refuses_a_target_with_events,
                links_at_the_exact_version,
                rejects_a_stale_expected_version,
                rejects_an_expected_version_ahead_of_the_target,
                rejects_an_expected_version_of_a_missing_target,
                reads_links_with_the_numbers_of_the_target,
                reads_links_in_any_range,
                reads_linked_events_once_in_all_streams,
                names_all_unknown_events_and_links_none,
                creates_no_target_for_unknown_events,
                refuses_to_link_an_event_twice,
                refuses_to_link_an_event_into_its_own_stream,
                refuses_an_event_that_stands_twice_in_a_link,
                complains_about_the_version_before_the_events,
                [deletes] {
                    refuses_a_soft_deleted_target,
                }
                [put_empty_stream] {
                    any_version_links_into_an_empty_target,
                    no_stream_is_met_by_an_empty_target,
                    stream_exists_is_met_by_an_empty_target,
                    version_0_is_met_by_an_empty_target,
                    rejects_an_expected_version_of_an_empty_target,
                }
            }
            deletes: delete {
                soft_deletes_a_stream_that_meets_the_expectation,
                hard_deletes_a_stream_that_meets_the_expectation,
                rejects_a_wrong_expected_version,
                no_stream_refuses_a_stream_with_events,
                does_not_find_a_missing_stream,
                never_deletes_all_streams,
                rejects_an_expected_version_of_a_missing_stream,
                refuses_a_second_soft_delete,
                checks_the_version_of_a_soft_deleted_stream,
                removes_a_hard_deleted_stream,
                leaves_a_gap_in_all_streams,
                goes_on_with_positions_after_a_hard_delete,
                hard_deletes_just_the_one_stream,
                frees_the_name_of_a_hard_deleted_stream,
                takes_a_hard_deleted_stream_for_a_missing_one,
                checks_the_new_version_of_a_name_that_is_used_again,
                frees_the_ids_of_hard_deleted_events,
                appends_hard_deleted_events_anew,
                hard_deletes_a_soft_deleted_stream,
                does_not_find_a_hard_deleted_stream,
                hard_deletes_2500_events,
                ends_a_lazy_read_of_a_stream_that_is_hard_deleted,
                tells_truly_where_a_forward_page_over_gaps_ends,
                tells_truly_where_a_backward_page_over_gaps_ends,
                reads_over_gaps_in_pages_of_any_size,
                reads_an_empty_last_page_where_everything_is_gone,
                appends_before_a_soft_delete_or_not_at_all,
                soft_deletes_no_unseen_event,
                appends_before_or_after_a_hard_delete,
                appends_before_a_hard_delete_or_not_at_all,
                appends_after_a_hard_delete_or_not_at_all,
                hard_deletes_no_unseen_event,
                appends_sets_before_or_after_a_hard_delete,
                appends_sets_before_a_soft_delete_or_not_at_all,
                lets_one_of_several_soft_deletes_win,
                lets_one_of_several_hard_deletes_win,
                hard_deletes_what_is_soft_deleted_at_the_same_time,
                refuses_appends_to_a_soft_deleted_stream,
                refuses_sets_with_a_soft_deleted_stream,
                refuses_to_read_a_soft_deleted_stream,
                ends_a_lazy_read_of_a_stream_that_is_soft_deleted,
                keeps_soft_deleted_events_in_all_streams,
                keeps_the_ids_of_soft_deleted_events,
                soft_deletes_just_the_one_stream,
                brings_a_soft_deleted_stream_back_as_it_was,
                appends_to_an_undeleted_stream,
                leaves_a_stream_that_is_not_deleted,
                cannot_undelete_a_missing_stream,
                deletes_an_undeleted_stream_again,
                [links] {
                    links_into_a_hard_deleted_name,
                    removes_links_to_hard_deleted_events,
                    goes_on_after_vanished_links,
                    keeps_the_events_that_a_hard_deleted_stream_linked_to,
                    removes_just_the_own_events_of_a_hard_deleted_stream,
                    links_again_into_a_hard_deleted_stream_of_links,
                    does_not_find_hard_deleted_events_to_link,
                    removes_links_in_soft_deleted_streams,
                    keeps_everything_sound_whatever_happens_at_once,
                    links_before_a_hard_delete_of_the_events_or_not_at_all,
                    links_before_or_after_a_hard_delete_of_the_target,
                    links_before_a_soft_delete_of_the_target_or_not_at_all,
                    hard_deletes_linked_streams_at_the_same_time,
                    keeps_links_to_soft_deleted_events,
                    links_events_of_a_soft_deleted_stream,
                    takes_a_hard_deleted_target_of_links_for_a_missing_one,
                    checks_the_new_version_of_a_target_whose_name_is_used_again,
                    links_into_an_undeleted_stream,
                    tells_truly_where_a_forward_page_over_vanished_links_ends,
                    tells_truly_where_a_backward_page_over_vanished_links_ends,
                    reads_over_vanished_links_in_pages_of_any_size,
                    reads_an_empty_last_page_where_all_links_have_vanished,
                }
                [put_empty_stream] {
                    deletes_an_empty_stream,
                }
                [store_without_hard_deletes] {
                    refuses_a_hard_delete_where_it_is_not_enabled,
                    complains_about_the_version_before_disabled_hard_deletes,
                    enables_hard_deletes_for_each_store,
                }
            }
            snapshots: snapshot {
                knows_no_snapshot_of_a_new_source,
                reads_a_snapshot_back,
                keeps_payloads,
                keeps_or_refuses_what_is_no_json,
                records_any_version,
                keeps_snapshots_of_different_sources_apart,
                lists_snapshots_in_pages,
                replaces_an_older_snapshot,
                replaces_a_snapshot_of_the_same_version,
                replaces_a_newer_snapshot_if_told_to,
                keeps_a_newer_snapshot,
                keeps_the_newest_of_concurrent_snapshots,
                deletes_a_snapshot,
                deletes_no_snapshot_of_a_new_source,
                [deletes] {
                    keeps_the_snapshot_of_a_deleted_stream,
                }
            }
            subscriptions: subscription_store {
                creates_a_subscription_with_its_checkpoint,
                finds_an_existing_subscription_unchanged,
                creates_one_subscription_for_concurrent_callers,
                keeps_subscriptions_of_different_streams_and_names_apart,
                stores_a_later_checkpoint,
                never_moves_a_checkpoint_backwards,
                accepts_the_same_checkpoint_again,
                keeps_the_highest_of_concurrent_checkpoints,
                tells_that_a_subscription_is_gone,
            }
            subscriptions: locks {
                refuses_a_second_holder_on_the_same_node,
                refuses_a_second_holder_on_another_node,
                keeps_the_holder_after_a_refusal,
                gives_a_lease_to_one_of_several,
                leases_different_subscriptions_independently,
                gives_a_released_lease_to_the_next,
                gives_a_dropped_lease_to_the_next,
                keeps_other_leases_when_one_ends,
                [administration] {
                    tells_the_holder_that_its_subscription_is_deleted,
                }
                [deletes] {
                    starts_a_checkpoint_over_when_its_stream_is_created_anew,
                    tells_the_holder_that_its_stream_is_created_anew,
                }
                [cut_leases] {
                    tells_the_holder_that_a_lease_is_lost,
                    tells_every_holder_that_its_lease_is_lost,
                    gives_a_lost_lease_anew,
                }
            }
            subscriptions: notifier {
                tells_of_appends_to_a_stream,
                tells_of_appends_to_any_stream,
                tells_every_listener,
                tells_who_is_left_after_a_listener_ends,
                tells_of_streams_with_odd_names,
                keeps_other_streams_silent,
                tells_of_appends_of_another_node,
                tells_the_last_number_of_many_appends,
                tells_of_sets_to_every_stream,
                [links] {
                    tells_of_links_to_a_stream,
                }
                [deletes] {
                    tells_of_a_soft_delete,
                }
                [cut_notifications] {
                    tells_of_appends_while_the_connection_was_cut,
                    tells_of_appends_after_the_connection_was_cut,
                }
            }
            subscriptions: subscription {
                acknowledges_all_events_before_the_acknowledged_one,
                refuses_to_acknowledge_what_was_not_delivered,
                refuses_to_acknowledge_twice,
                acknowledges_a_batch,
                stores_what_was_acknowledged,
                delivers_a_stream_from_the_origin_and_goes_live,
                delivers_all_streams_from_the_origin_and_goes_live,
                delivers_what_another_node_appends,
                starts_from_the_current_end,
                starts_from_the_current_end_of_a_missing_stream,
                starts_after_a_given_event,
                starts_after_an_event_that_is_still_to_come,
                waits_for_a_missing_stream,
                delivers_batches_in_order_within_the_buffer_size,
                delivers_no_more_than_the_buffer_until_acknowledged,
                holds_back_what_a_slow_subscriber_has_no_room_for,
                delivers_each_event_once_while_others_append,
                is_caught_up_when_all_is_acknowledged,
                resumes_with_what_was_not_acknowledged,
                stores_the_checkpoint_when_it_stops,
                delivers_again_what_was_dropped_unacknowledged,
                goes_on_from_its_checkpoint_wherever_told_to_start,
                takes_over_when_the_holder_stops,
                takes_over_when_the_holder_is_dropped,
                shares_events_among_its_subscribers,
                holds_its_checkpoint_below_what_any_subscriber_has,
                refuses_more_subscribers_than_its_limit,
                refuses_a_subscriber_that_asks_for_something_else,
                gives_each_subscriber_as_much_as_its_buffer_holds,
                hands_on_what_a_dropped_subscriber_had,
                stores_its_checkpoint_when_its_last_subscriber_is_dropped,
                delivers_to_subscriptions_of_all_streams_and_of_one,
                keeps_a_partition_with_one_subscriber,
                keeps_the_order_of_partitions_among_subscribers_that_come_and_go,
                delivers_a_refused_event_again,
                goes_on_after_a_skipped_event,
                moves_its_checkpoint_over_what_is_not_selected,
                moves_its_checkpoint_where_nothing_is_selected,
                delivers_what_passes_its_filter,
                ends_alone_if_its_selector_panics,
                delivers_what_its_mapper_makes_of_events,
                tells_transient_subscribers_of_what_is_appended_from_now_on,
                delivers_no_batch_without_events,
                delivers_to_every_transient_subscriber_that_is_left,
                begins_a_transient_subscription_where_it_is_told_each_time,
                leaves_lasting_subscriptions_alone,
                refuses_to_park_without_a_place_for_it,
                [links] {
                    delivers_links_with_the_numbers_of_their_stream,
                    delivers_links_and_own_events_of_a_stream,
                    delivers_linked_events_once_to_subscribers_of_all_streams,
                }
                [deletes] {
                    skips_hard_deleted_events_in_all_streams,
                    moves_its_checkpoint_over_a_gap_at_the_end,
                    moves_its_checkpoint_where_everything_is_gone,
                    delivers_soft_deleted_events_in_all_streams,
                    ends_where_the_stream_is_soft_deleted,
                    ends_when_its_stream_is_soft_deleted,
                    tells_every_subscriber_why_it_ended,
                    begins_anew_with_a_stream_that_was_created_anew,
                    goes_over_to_a_stream_that_is_created_anew,
                }
                [administration] {
                    ends_when_it_is_deleted,
                }
                [links deletes] {
                    skips_vanished_links,
                }
                [deletes cut_notifications] {
                    goes_on_over_events_that_were_deleted_before_they_were_read,
                }
                [cut_notifications] {
                    catches_up_after_the_notifier_was_cut,
                }
                [cut_leases] {
                    delivers_again_after_the_lease_was_cut,
                    skips_nothing_when_the_lease_moves,
                }
                [parking] {
                    parks_an_event_and_what_follows_it,
                    delivers_a_partition_again_once_nothing_of_it_is_parked,
                    delivers_no_parked_event_again,
                }
            }
            administration: subscription_admin {
                lists_subscriptions_in_order,
                tells_who_holds_a_subscription,
                does_not_find_a_missing_subscription,
                deletes_a_subscription,
                deletes_no_missing_subscription,
                does_not_delete_a_held_subscription,
                deletes_a_held_subscription_if_told_to,
                sets_a_checkpoint_backwards_and_forwards,
                does_not_set_the_checkpoint_of_a_held_subscription,
                sets_the_checkpoint_of_a_held_subscription_if_told_to,
                sets_no_checkpoint_of_a_missing_subscription,
                [parking] {
                    deletes_parked_events_with_their_subscription,
                }
            }
            parking: parking {
                parks_an_event_with_its_checkpoint,
                links_parked_events_into_the_dead_letters,
                keeps_what_is_said_about_a_parked_event,
                lists_parked_events_in_pages,
                counts_parked_events,
                parks_an_event_once_with_the_latest_cause,
                parks_followers_while_their_partition_is_parked,
                parks_no_follower_of_a_drained_partition,
                parks_nothing_behind_a_later_checkpoint,
                parks_nothing_of_a_missing_subscription,
                unparks_an_event_once,
                tells_what_is_parked_beyond_the_checkpoint,
                keeps_parked_events_of_subscriptions_apart,
                parks_followers_or_finds_their_partition_drained,
                [deletes] {
                    forgets_parked_events_that_were_deleted_for_good,
                }
            }
            projections: projection {
                moves_the_checkpoint_with_the_step,
                moves_no_checkpoint_with_a_dropped_step,
                begins_no_step_elsewhere,
                commits_a_step_once,
                begins_no_step_of_a_missing_subscription,
                begins_no_step_backwards,
            }
        }
    };
}

/// Finds out which roles and abilities there are to be, and makes the tests.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_selection {
    (roles ($_:tt $l:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt) [streams $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles (yes $l $d $n $u $a $p $j) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $_:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt) [links $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s yes $d $n $u $a $p $j) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $_:tt $n:tt $u:tt $a:tt $p:tt $j:tt) [deletes $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l yes $n $u $a $p $j) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $d:tt $_:tt $u:tt $a:tt $p:tt $j:tt) [snapshots $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $d yes $u $a $p $j) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $d:tt $n:tt $_:tt $a:tt $p:tt $j:tt) [subscriptions $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $d $n yes $a $p $j) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $d:tt $n:tt $u:tt $_:tt $p:tt $j:tt) [administration $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $d $n $u yes $p $j) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $d:tt $n:tt $u:tt $a:tt $_:tt $j:tt) [parking $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $d $n $u $a yes $j) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $d:tt $n:tt $u:tt $a:tt $p:tt $_:tt) [projections $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $d $n $u $a $p yes) [$($more)*] $($rest)* }
    };
    (roles $_:tt [$unknown:ident $($more:ident)*] $($rest:tt)*) => {
        compile_error!(concat!(
            "there is no role `", stringify!($unknown),
            "`: there are streams, links, deletes, snapshots, subscriptions, administration, parking and projections"
        ));
    };
    (roles $roles:tt [] abilities ($_:tt $w:tt $n:tt $l:tt) [put_empty_stream $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities (no $w $n $l) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $_:tt $n:tt $l:tt) [store_without_hard_deletes $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e no $n $l) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $w:tt $_:tt $l:tt) [cut_notifications $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e $w no $l) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $w:tt $n:tt $_:tt) [cut_leases $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e $w $n no) [$($more)*] }
    };
    (roles $roles:tt [] abilities $_:tt [$unknown:ident $($more:ident)*]) => {
        compile_error!(concat!(
            "there is no ability `", stringify!($unknown),
            "`: there are put_empty_stream, store_without_hard_deletes, cut_notifications and cut_leases"
        ));
    };
    (roles $roles:tt [] abilities $abilities:tt []) => {
        $crate::conformance_cases! { [$crate::conformance_groups] ($roles $abilities) }
    };
}

/// Makes a module of each group.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_groups {
    ($selection:tt $(
        $role:ident: $group:ident { $($case:ident,)* $([$($need:ident)+] { $($needing:ident,)* })* }
    )*) => {
        $(
            #[cfg(test)]
            mod $group {
                $crate::conformance_tests! { $selection [$role] $group { $($case)* } }
                $($crate::conformance_tests! { $selection [$role $($need)+] $group { $($needing)* } })*
            }
        )*
    };
}

/// Makes the tests of some cases of a group that need the same, roles before abilities: all of them, all of them ignored
/// for want of an ability, or none for want of a role.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    (@ $attribute:tt $group:ident { $($case:ident)* }) => {
        $($crate::conformance_test! { $attribute $group $case })*
    };
    (((yes $($roles:tt)*) $abilities:tt) [streams $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { ((yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt yes $($roles:tt)*) $abilities:tt) [links $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt yes $($roles:tt)*) $abilities:tt) [deletes $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $d:tt yes $($roles:tt)*) $abilities:tt) [snapshots $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $d yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $d:tt $n:tt yes $($roles:tt)*) $abilities:tt) [subscriptions $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $d $n yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $d:tt $n:tt $u:tt yes $($roles:tt)*) $abilities:tt) [administration $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $d $n $u yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $d:tt $n:tt $u:tt $a:tt yes $($roles:tt)*) $abilities:tt) [parking $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $d $n $u $a yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $d:tt $n:tt $u:tt $a:tt $p:tt yes) $abilities:tt) [projections $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $d $n $u $a $p yes) $abilities) [$($more)*] $($rest)* }
    };
    (($roles:tt (no $($abilities:tt)*)) [put_empty_stream] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `put_empty_stream`"]] $($rest)* }
    };
    (($roles:tt ($e:tt no $($abilities:tt)*)) [store_without_hard_deletes] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `store_without_hard_deletes`"]] $($rest)* }
    };
    (($roles:tt ($e:tt $w:tt no $l:tt)) [cut_notifications] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `cut_notifications`"]] $($rest)* }
    };
    (($roles:tt ($e:tt $w:tt $n:tt no)) [cut_leases] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `cut_leases`"]] $($rest)* }
    };
    ($selection:tt [streams $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [links $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [deletes $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [snapshots $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [subscriptions $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [administration $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [parking $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [projections $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [$($ability:ident)?] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [] $($rest)* }
    };
}

/// Makes the test of one case.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_test {
    ([$($attribute:tt)*] $group:ident $case:ident) => {
        #[test]
        $($attribute)*
        fn $case() {
            $crate::conformance::run(
                super::open_for_conformance,
                |harness| Box::pin($crate::conformance::$group::$case(harness)),
            );
        }
    };
}
