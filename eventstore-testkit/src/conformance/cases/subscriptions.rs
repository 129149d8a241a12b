/// Every case of subscriptions and what needs them, for a macro: those that need nothing but the role of their group,
/// then those that need more.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases_of_subscriptions {
    ([$($then:tt)+] $selection:tt) => {
        $($then)+! { $selection
            subscriptions: subscription_store {
                creates_a_subscription_with_its_checkpoint,
                finds_an_existing_subscription_unchanged,
                creates_one_subscription_for_concurrent_callers,
                keeps_subscriptions_of_different_streams_and_names_apart,
                stores_a_later_checkpoint,
                never_moves_a_checkpoint_backwards,
                accepts_the_same_checkpoint_again,
                keeps_the_highest_of_concurrent_checkpoints,
                answers_each_of_many_checkpoints_that_are_stored_at_once,
                tells_that_a_subscription_is_gone,
                [deletes] {
                    keeps_the_checkpoint_of_a_subscription_that_never_ran,
                    keeps_a_checkpoint_over_a_soft_delete,
                }
                [links deletes] {
                    starts_a_checkpoint_over_whatever_creates_its_stream_again,
                }
                [close_store] {
                    stores_checkpoints_of_its_leases_while_it_closes,
                }
                [reopen] {
                    keeps_subscriptions_when_it_is_reopened,
                }
            }
            subscriptions: locks {
                refuses_a_second_holder_on_the_same_node,
                refuses_a_second_holder_on_another_node,
                keeps_the_holder_after_a_refusal,
                gives_a_lease_to_one_of_several,
                gives_each_of_many_leases_to_one,
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
                    watches_a_stream_that_is_created_under_the_lease,
                    watches_no_other_stream_than_that_of_its_checkpoint,
                }
                [links deletes] {
                    tells_the_holder_that_a_link_created_its_stream_again,
                }
                [deletes parking] {
                    tells_the_holder_that_parking_created_its_stream_again,
                }
                [cut_leases] {
                    tells_the_holder_that_a_lease_is_lost,
                    tells_every_holder_that_its_lease_is_lost,
                    gives_a_lost_lease_anew,
                }
                [reopen] {
                    gives_the_leases_of_a_process_that_has_ended,
                }
            }
            subscriptions: fencing {
                gives_each_lease_a_higher_epoch,
                gives_a_lease_with_its_checkpoint,
                refuses_the_checkpoint_of_an_earlier_holder,
                [deletes] {
                    keeps_a_late_checkpoint_from_a_stream_that_was_created_again,
                }
                [administration] {
                    keeps_a_set_checkpoint_from_a_late_one,
                    tells_the_holder_that_its_checkpoint_was_set,
                    gives_the_id_of_a_deleted_subscription_to_no_other,
                }
                [parking] {
                    parks_nothing_for_an_earlier_holder,
                }
                [projections] {
                    begins_no_step_for_an_earlier_holder,
                    commits_no_step_beside_another_lease,
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
                keeps_one_number_for_who_does_not_listen,
                tells_of_sets_to_every_stream,
                hands_over_nothing_but_what_is_read,
                [links] {
                    tells_of_links_to_a_stream,
                }
                [deletes] {
                    tells_of_a_soft_delete,
                }
                [close_store] {
                    tells_listeners_that_it_is_closed,
                }
                [cut_notifications] {
                    tells_of_appends_while_the_connection_was_cut,
                    tells_of_appends_after_the_connection_was_cut,
                }
                [forge_hint] {
                    keeps_the_highest_number_for_who_does_not_listen,
                    tells_of_appends_after_a_hint_that_was_too_high,
                }
            }
            subscriptions: subscription {
                refuses_a_subscription_whose_dead_letters_can_have_no_name,
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
                delivers_what_its_own_process_appends_as_it_is_read,
                delivers_in_order_what_two_processes_append_at_once,
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
                accepts_acknowledgements_of_what_was_acknowledged_when_it_was_taken,
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
                    hears_of_what_is_appended_to_a_stream_that_was_created_anew,
                    goes_over_from_a_stream_that_it_waited_for,
                    begins_anew_after_a_stream_that_it_waited_for,
                }
                [administration] {
                    ends_when_it_is_deleted,
                    ends_a_wait_once_it_has_got_there,
                    tells_a_wait_that_takes_too_long_how_far_it_is,
                    refuses_a_wait_for_a_missing_subscription,
                    ends_a_wait_for_an_event_that_does_not_pass_its_filter,
                }
                [administration parking] {
                    ends_a_wait_for_an_event_that_it_parks,
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
                [forge_hint] {
                    delivers_what_is_appended_after_a_hint_that_was_too_high,
                    goes_on_through_a_flood_of_hints_that_are_too_high,
                }
                [cut_leases] {
                    delivers_again_after_the_lease_was_cut,
                    skips_nothing_when_the_lease_moves,
                }
                [close_store] {
                    ends_when_its_store_is_closed,
                    refuses_calls_once_its_store_is_closed,
                }
                [administration parking close_store] {
                    parks_what_was_refused_while_its_store_is_closed,
                }
                [parking] {
                    parks_an_event_and_what_follows_it,
                    delivers_a_partition_again_once_nothing_of_it_is_parked,
                    delivers_no_parked_event_again,
                }
                [parking deletes] {
                    ends_where_its_dead_letters_are_soft_deleted,
                }
            }
            subscriptions: subscription_status {
                returns_what_a_holder_reports,
                keeps_the_latest_report,
                lists_statuses_in_the_order_of_their_subscriptions,
                refuses_the_report_of_an_earlier_holder,
                keeps_the_status_of_a_holder_that_has_gone,
                keeps_any_text,
                keeps_no_status_of_a_missing_subscription,
                tells_what_a_subscription_delivers,
                tells_why_a_handler_failed,
                delivers_one_at_a_time_after_an_unclean_end,
                keeps_suspecting_what_was_not_delivered_before_the_end,
                gives_up_an_event_that_ends_its_process,
                delivers_as_ever_after_an_end_in_good_order,
                [administration] {
                    deletes_a_status_with_its_subscription,
                    refuses_a_report_once_the_checkpoint_was_set,
                }
                [close_store] {
                    refuses_calls_once_it_is_closed,
                }
                [reopen] {
                    keeps_statuses_when_it_is_reopened,
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
                sets_a_checkpoint_beyond_the_end_only_if_told_to,
                tells_how_far_a_subscription_is_behind,
                does_not_set_the_checkpoint_of_a_held_subscription,
                sets_the_checkpoint_of_a_held_subscription_if_told_to,
                sets_no_checkpoint_of_a_missing_subscription,
                [deletes] {
                    lists_no_checkpoint_of_a_stream_that_was_created_anew,
                    sets_a_checkpoint_of_a_stream_that_was_created_anew,
                }
                [parking] {
                    deletes_parked_events_with_their_subscription,
                }
                [close_store] {
                    refuses_calls_once_it_is_closed,
                }
                [reopen] {
                    gives_no_id_again_when_it_is_reopened,
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
                tells_drained_partitions_in_the_order_of_their_bytes,
                goes_on_after_a_parked_event_that_is_gone,
                shows_parked_events_and_their_checkpoint_together,
                stores_a_dropped_parking_as_a_whole_or_not_at_all,
                parks_nothing_behind_a_later_checkpoint,
                parks_nothing_of_a_missing_subscription,
                unparks_an_event_once,
                tells_what_is_parked_beyond_the_checkpoint,
                keeps_parked_events_of_subscriptions_apart,
                parks_followers_or_finds_their_partition_drained,
                [deletes] {
                    forgets_parked_events_that_were_deleted_for_good,
                    stores_no_checkpoint_of_a_refused_parking,
                }
                [close_store] {
                    refuses_calls_once_it_is_closed,
                }
                [reopen] {
                    keeps_parked_events_when_it_is_reopened,
                }
            }
            projections: projection {
                moves_the_checkpoint_with_the_step,
                moves_no_checkpoint_with_a_dropped_step,
                begins_no_step_elsewhere,
                commits_a_step_once,
                begins_no_step_of_a_missing_subscription,
                begins_no_step_backwards,
                [close_store] {
                    refuses_steps_once_it_is_closed,
                }
                [reopen] {
                    keeps_committed_steps_when_it_is_reopened,
                }
                [effects] {
                    commits_effects_with_the_checkpoint,
                    undoes_the_effects_of_a_dropped_step,
                    keeps_the_effects_of_the_one_who_commits,
                }
            }
            statistics: statistics {
                tells_what_a_store_takes_on_disk,
                never_counts_down,
                [close_store] {
                    refuses_to_tell_statistics_once_it_is_closed,
                }
            }
            groups: groups {
                creates_a_group_once_for_members_that_enter_at_once,
                finds_an_existing_group,
                refuses_other_settings_and_changes_nothing,
                keeps_groups_apart,
                refuses_a_group_of_a_single_stream,
                refuses_a_name_without_room_for_its_partitions,
                begins_where_it_is_told,
                begins_at_the_checkpoint_of_the_subscription_that_it_replaces,
                creates_as_many_partitions_as_a_group_can_have,
                gives_the_lowest_free_partitions,
                tells_what_a_member_holds,
                counts_members_and_what_they_hold,
                gives_each_partition_to_one_of_many_that_claim_at_once,
                gives_a_released_partition_to_the_next,
                gives_the_partitions_of_a_member_that_has_left,
                releases_nothing_that_another_member_holds,
                gives_nothing_to_strangers,
                ends_a_membership_that_is_not_renewed,
                lets_no_member_in_while_a_single_holder_runs_it,
                ends_the_memberships_when_a_single_holder_takes_it,
                goes_on_where_a_single_holder_got,
                refuses_the_checkpoint_of_a_former_holder,
                refuses_the_status_of_a_former_holder,
                lists_groups_in_order,
                lists_who_holds_the_partitions_of_a_group,
                is_at_the_lowest_checkpoint_of_its_partitions,
                changes_the_policy_and_keeps_the_partitions,
                makes_another_number_of_partitions,
                makes_new_partitions_for_another_ordering_key,
                makes_new_partitions_where_a_single_holder_got,
                does_not_change_a_group_with_a_member,
                does_not_change_what_is_no_group,
                [administration] {
                    is_shown_among_subscriptions_at_the_lowest_checkpoint,
                    lists_what_is_held_among_subscriptions,
                    sets_the_checkpoint_of_every_partition,
                    changes_no_group_with_a_member,
                    sets_the_checkpoint_of_a_group_with_members_if_told_to,
                    deletes_a_group_with_its_partitions,
                    deletes_a_group_with_members_if_told_to,
                    sets_the_checkpoint_of_one_partition,
                    sets_a_partition_to_before_its_group_began,
                    sets_the_checkpoint_of_a_held_partition_if_told_to,
                    deletes_no_single_partition,
                }
                [parking] {
                    parks_nothing_for_a_former_holder,
                    makes_no_new_partitions_while_events_are_parked,
                }
                [administration parking] {
                    deletes_the_parked_events_of_its_partitions,
                }
                [projections] {
                    begins_no_step_for_a_former_holder,
                }
                [close_store] {
                    refuses_calls_once_it_is_closed,
                }
                [reopen] {
                    keeps_groups_when_it_is_reopened,
                }
            }
            groups: group_runs {
                handles_each_event_once_while_members_come_and_go,
                hands_over_within_a_second_what_a_member_gives_back,
                hands_over_within_five_seconds_what_a_dead_member_held,
                keeps_the_order_of_each_category,
                keeps_the_order_of_each_correlation_id,
                keeps_the_order_of_what_a_function_tells,
                waits_while_a_single_holder_runs_it,
                waits_once_a_single_holder_has_taken_it,
                [administration] {
                    handles_again_from_where_it_is_set_back,
                    ends_when_its_group_is_deleted,
                    advances_where_there_are_no_events,
                }
                [administration parking] {
                    parks_a_refused_event_in_its_partition_until_it_is_replayed,
                }
                [projections effects] {
                    makes_each_effect_once,
                }
            }
            catalog: projection_catalog {
                lists_nothing_at_first,
                lists_a_begun_build_on_every_node,
                lists_projections_by_name_and_builds_by_number,
                keeps_projections_apart,
                begins_one_build_at_a_time,
                begins_one_build_for_many_that_begin_at_once,
                cancels_what_is_building_for_a_later_version,
                keeps_the_latest_of_versions_that_begin_at_once,
                pauses_and_resumes_a_build,
                keeps_why_a_build_has_failed,
                keeps_a_failure_of_a_paused_build,
                keeps_any_text_of_a_failure,
                cancels_a_build,
                refuses_what_a_build_cannot_become,
                does_not_find_an_unknown_build,
                promotes_a_build_in_the_place_of_the_live_one,
                shows_one_live_build_at_any_time,
                promotes_a_build_for_one_of_many,
                makes_a_dropped_promotion_as_a_whole_or_not_at_all,
                forgets_a_retired_build,
                forgets_no_build_that_is_in_use,
                never_uses_a_number_again,
                [close_store] {
                    refuses_calls_once_it_is_closed,
                }
                [reopen] {
                    keeps_builds_when_it_is_reopened,
                }
            }
        }
    };
}
