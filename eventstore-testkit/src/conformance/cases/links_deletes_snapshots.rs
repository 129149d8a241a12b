/// Every case of links, deletions and snapshots, for a macro: those that need nothing but the role of their group,
/// then those that need more.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases_of_links_deletes_and_snapshots {
    ([$($then:tt)+] $selection:tt) => {
        $($then)+! { $selection
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
                [close_store] {
                    refuses_links_once_it_is_closed,
                }
                [reopen] {
                    keeps_links_when_it_is_reopened,
                }
            }
            lookup: lookup {
                finds_an_event_with_its_stream,
                finds_nothing_under_an_unknown_id,
                [links] {
                    names_every_stream_that_links_to_an_event,
                }
                [deletes] {
                    finds_an_event_of_a_soft_deleted_stream,
                }
                [links deletes] {
                    forgets_what_was_hard_deleted,
                }
            }
            tracing: trace {
                finds_what_an_event_caused,
                finds_the_events_of_a_conversation,
                finds_nothing_under_ids_that_no_event_has,
                finds_traced_events_by_and_by,
                finds_large_events_by_and_by,
                tells_how_to_create_an_index_that_is_missing,
                [deletes] {
                    finds_events_of_soft_deleted_streams_only,
                }
                [links] {
                    finds_a_linked_event_once,
                }
                [close_store] {
                    refuses_calls_once_it_is_closed,
                }
            }
            imports: import {
                stores_runs_in_their_order,
                keeps_the_times_of_events,
                changes_nothing_when_it_is_repeated,
                skips_what_is_stored,
                tells_of_ids_that_are_stored_elsewhere,
                tells_of_versions_that_would_change,
                [deletes] {
                    refuses_a_deleted_stream,
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
                [close_store] {
                    refuses_deletions_once_it_is_closed,
                }
                [reopen] {
                    keeps_deletions_when_it_is_reopened,
                    gives_no_number_again_when_it_is_reopened,
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
                goes_on_after_a_snapshot_that_is_gone,
                lists_no_snapshot_on_a_page_of_none,
                replaces_an_older_snapshot,
                replaces_a_snapshot_of_the_same_version,
                replaces_a_newer_snapshot_if_told_to,
                keeps_a_newer_snapshot,
                keeps_the_newest_of_concurrent_snapshots,
                deletes_a_snapshot,
                deletes_no_snapshot_of_a_new_source,
                [deletes] {
                    keeps_the_snapshot_of_a_soft_deleted_stream,
                    removes_the_snapshot_of_a_hard_deleted_stream,
                }
                [close_store] {
                    refuses_calls_once_it_is_closed,
                }
                [reopen] {
                    keeps_snapshots_when_it_is_reopened,
                }
            }
        }
    };
}
