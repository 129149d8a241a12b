/// Makes a test of each case of the conformance suite, in one module for each group.
///
/// The argument is the path of an `async fn` that opens an empty store and gives back its
/// [`Harness`](crate::conformance::Harness). The tests need no runtime: each brings its own. A module can hold one
/// invocation; put several into modules of their own.
///
/// ```
/// # use std::sync::Arc;
/// # use async_trait::async_trait;
/// # use eventstore_testkit::MemoryStore;
/// # use eventstore_testkit::conformance::{Backend, Harness};
/// # struct MyHarness(MemoryStore);
/// # #[async_trait]
/// # impl Harness for MyHarness {
/// #     fn store(&self) -> Arc<dyn Backend> { Arc::new(self.0.clone()) }
/// #     async fn another_node(&self) -> Arc<dyn Backend> { Arc::new(self.0.another_node()) }
/// #     async fn cut_notifications(&self) {}
/// #     async fn cut_leases(&self) {}
/// # }
/// async fn open() -> impl Harness {
///     MyHarness(MemoryStore::new())
/// }
///
/// eventstore_testkit::conformance!(open);
/// ```
#[macro_export]
macro_rules! conformance {
    ($open:path) => {
        $crate::conformance_tests! { $open;
            append {
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
                any_version_creates_a_missing_stream,
                any_version_appends_to_an_empty_stream,
                any_version_appends_to_a_stream_with_events,
                no_stream_creates_a_missing_stream,
                no_stream_is_met_by_an_empty_stream,
                no_stream_refuses_a_stream_with_events,
                stream_exists_refuses_a_missing_stream,
                stream_exists_is_met_by_an_empty_stream,
                stream_exists_appends_to_a_stream_with_events,
                version_0_creates_a_missing_stream,
                version_0_is_met_by_an_empty_stream,
                version_0_refuses_a_stream_with_events,
                appends_at_the_exact_version,
                rejects_a_stale_expected_version,
                rejects_an_expected_version_ahead_of_the_stream,
                rejects_an_expected_version_of_a_missing_stream,
                rejects_an_expected_version_of_an_empty_stream,
                keeps_the_callers_event_id,
                keeps_causation_and_correlation_ids,
                keeps_absent_fields_absent,
                keeps_the_fields_of_each_event_apart,
                keeps_the_callers_time_to_the_microsecond,
                gives_the_time_of_the_append_when_none_is_given,
                keeps_payloads_byte_for_byte,
                keeps_unicode_payloads_and_types,
                accepts_an_empty_event_type,
                accepts_any_stream_name,
                tells_stream_names_apart_by_case,
                accepts_the_longest_stream_name,
                appends_1_event_at_once,
                appends_999_events_at_once,
                appends_1000_events_at_once,
                appends_1001_events_at_once,
                appends_3000_events_at_once,
            }
            read {
                never_shows_a_gap_in_all_streams_while_others_append,
                knows_the_version_of_a_stream,
                knows_the_version_of_all_streams,
                knows_no_missing_stream,
                knows_an_empty_stream_at_version_0,
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
                reads_an_empty_last_page_of_an_empty_stream,
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
            }
            subscription_store {
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
            locks {
                refuses_a_second_holder_on_the_same_node,
                refuses_a_second_holder_on_another_node,
                keeps_the_holder_after_a_refusal,
                gives_a_lease_to_one_of_several,
                leases_different_subscriptions_independently,
                gives_a_released_lease_to_the_next,
                gives_a_dropped_lease_to_the_next,
                keeps_other_leases_when_one_ends,
                tells_the_holder_that_a_lease_is_lost,
                tells_every_holder_that_its_lease_is_lost,
                gives_a_lost_lease_anew,
            }
            notifier {
                tells_of_appends_to_a_stream,
                tells_of_appends_to_any_stream,
                tells_every_listener,
                tells_who_is_left_after_a_listener_ends,
                tells_of_streams_with_odd_names,
                keeps_other_streams_silent,
                tells_of_appends_of_another_node,
                tells_the_last_number_of_many_appends,
                tells_of_appends_while_the_connection_was_cut,
                tells_of_appends_after_the_connection_was_cut,
            }
            subscription {
                acknowledges_all_events_before_the_acknowledged_one,
                refuses_to_acknowledge_what_was_not_delivered,
                refuses_to_acknowledge_twice,
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
                catches_up_after_the_notifier_was_cut,
                delivers_again_after_the_lease_was_cut,
                skips_nothing_when_the_lease_moves,
                resumes_with_what_was_not_acknowledged,
                stores_the_checkpoint_when_it_stops,
                delivers_again_what_was_dropped_unacknowledged,
                goes_on_from_its_checkpoint_wherever_told_to_start,
                takes_over_when_the_holder_stops,
                takes_over_when_the_holder_is_dropped,
            }
        }
    };
}

/// Makes the tests of the listed cases.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($open:path; $($group:ident { $($case:ident,)* })*) => {
        #[cfg(test)]
        async fn open_for_conformance() -> impl $crate::conformance::Harness {
            $open().await
        }

        $(
            #[cfg(test)]
            mod $group {
                $(
                    #[test]
                    fn $case() {
                        $crate::conformance::run(
                            super::open_for_conformance,
                            $crate::conformance::$group::$case,
                        );
                    }
                )*
            }
        )*
    };
}
