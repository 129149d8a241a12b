//! The suite can fail: backends with one broken rule each, and the case that is there to catch them.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod appends;
mod builds;
mod catalog_mutation;
mod counts;
mod filters;
mod group_mutation;
mod hand_over;
mod lookups;
mod memberships;
mod mutation;
mod parkings;
mod reads;
mod reopenings;
mod statuses;
mod streams;
mod subscriptions;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use eventstore_testkit::conformance::{
    Case, append, append_set, delete, fencing, filter, group_runs, groups, import, link, list, locks, lookup, notifier,
    parking, projection, projection_catalog, read, snapshot, statistics, subscription, subscription_admin,
    subscription_status, subscription_store, trace,
};
use futures_util::FutureExt;
use tokio::runtime::Builder;

use crate::appends::*;
use crate::builds::*;
use crate::counts::*;
use crate::filters::*;
use crate::hand_over::*;
use crate::lookups::*;
use crate::memberships::*;
use crate::mutation::{MutantHarness, Mutation};
use crate::parkings::*;
use crate::reads::*;
use crate::reopenings::*;
use crate::statuses::*;
use crate::streams::*;
use crate::subscriptions::*;

/// A broken rule, and the case that has to catch it.
struct Row {
    mutant: &'static str,
    case_name: &'static str,
    mutation: Arc<dyn Mutation>,
    case: Case,
}

macro_rules! rows {
    ($($mutation:expr => $group:ident::$case:ident,)*) => {
        vec![$(Row {
            mutant: stringify!($mutation),
            case_name: concat!(stringify!($group), "::", stringify!($case)),
            mutation: Arc::new($mutation),
            case: |harness| Box::pin($group::$case(harness)),
        },)*]
    };
}

#[expect(clippy::too_many_lines, reason = "a table of all mutants")]
fn rows() -> Vec<Row> {
    rows! {
        IgnoresTheExpectedVersion => append::rejects_a_stale_expected_version,
        TakesStreamExistsForAny => append::stream_exists_refuses_a_missing_stream,
        TakesNoStreamForAny => append::no_stream_refuses_a_stream_with_events,
        LosesTheLastOfManyEvents => append::appends_1001_events_at_once,
        ReversesTheEvents => append::keeps_the_fields_of_each_event_apart,
        MakesItsOwnIds => append::keeps_the_callers_event_id,
        SwapsCausationAndCorrelation => append::keeps_causation_and_correlation_ids,
        LosesTheMetadata => append::keeps_the_fields_of_each_event_apart,
        TrimsTheData => append::keeps_payloads,
        TakesWhatIsNoJson => append::keeps_or_refuses_what_is_no_json,
        TakesWhatIsNoJson => append_set::keeps_or_refuses_what_is_no_json,
        TakesWhatIsNoJson => snapshot::keeps_or_refuses_what_is_no_json,
        IgnoresTheTimeOfAnEvent => append::keeps_the_callers_time_to_the_microsecond,
        FoldsTheCaseOfStreamNames => append::tells_stream_names_apart_by_case,
        AppendsEventByEvent => append::is_seen_as_a_whole_or_not_at_all,
        ReplacesTheIdsOfDuplicates => append::refuses_an_id_that_stands_in_another_stream,
        LetsARefusedAppendBumpAllStreams => append::writes_nothing_beside_a_duplicate,
        CreatesTheStreamOfARefusedAppend => append::creates_no_stream_for_a_duplicate,
        LeavesAnOrphan::default() => append::frees_the_ids_of_a_refused_append,
        RefusesARepeatedAppend => append::answers_a_repeated_append_with_its_receipt,
        NeverComparesContents => append::refuses_another_content_if_it_is_compared,
        NamesOnlyTheStreamOfAnEvent => lookup::names_every_stream_that_links_to_an_event,
        HidesEventsOfDeletedStreams => lookup::finds_an_event_of_a_soft_deleted_stream,
        TakesTheConversationForTheCause => trace::finds_what_an_event_caused,
        TracesFromTheBeginning => trace::finds_traced_events_by_and_by,
        IgnoresTheBytesOfTraces => trace::finds_large_events_by_and_by,
        NeverHasAnIndex => trace::tells_how_to_create_an_index_that_is_missing,
        ForgetsTheTimesOfImports => import::keeps_the_times_of_events,
        ImportsRunByRun => import::refuses_a_deleted_stream,
        PassesOverConflictsOfImports => import::tells_of_ids_that_are_stored_elsewhere,
        TakesAPrefixForTheWholeAppend => append::refuses_an_append_that_was_stored_in_part,
        AppendsASetOneAfterTheOther => append_set::writes_nothing_of_a_set_with_a_wrong_version,
        MixesUpTheReceiptsOfASet => append_set::appends_to_several_streams,
        LeavesOutEverySeventhEvent => read::reads_all_streams_in_commit_order,
        TellsNoPositions => read::tells_the_positions_that_are_asked_for,
        TellsNoLinks => link::reads_links_with_the_numbers_of_the_target,
        StartsAfterTheStart => read::includes_the_start_forward,
        CallsAFullPageTheLast => read::reads_forward_in_pages_of_any_size,
        SaysItScannedToTheEnd => read::tells_truly_where_a_forward_page_ends,
        IgnoresTheLimit => read::reads_no_more_than_the_limit,
        IgnoresTheBytes => read::holds_no_more_bytes_on_a_page_than_were_asked_for,
        IgnoresTheBytes => read::holds_no_more_bytes_of_matching_events_on_a_page_than_were_asked_for,
        IgnoresTheBytes => read::holds_no_more_bytes_of_linked_events_on_a_page_than_were_asked_for,
        CallsAPageWithoutRoomTheLast => read::holds_no_more_bytes_on_a_page_than_were_asked_for,
        LeavesOutWhatIsLargerThanAPage => read::reads_the_same_events_in_pages_of_any_bytes,
        FindsAMissingStreamEmpty => read::does_not_find_a_missing_stream,
        IgnoresTheFilter => filter::gives_events_of_any_of_the_types,
        ForgetsAConditionOfSeveral => filter::gives_only_events_that_meet_every_condition,
        TakesNoTypesForAllTypes => filter::gives_nothing_for_no_types,
        FoldsTheCaseOfAFilter => filter::tells_case_apart,
        TakesWildcardsInAFilter => filter::takes_no_character_for_a_wildcard,
        TakesACategoryForAPrefix => filter::gives_events_of_a_category,
        LooksAtTheStreamThatIsRead => filter::looks_at_the_stream_that_a_linked_event_was_appended_to,
        HidesSoftDeletedEventsInAllStreams => filter::gives_events_of_soft_deleted_streams,
        NumbersFilteredEventsAnew => filter::leaves_out_just_the_events_that_do_not_match,
        CallsAPageWithoutEventsTheLast => filter::finds_few_events_among_many,
        SaysItScannedToTheEnd => filter::reads_matching_events_in_pages_of_any_size,
        GetsNowhereWithoutEvents => filter::tells_truly_where_a_filtered_forward_page_ends,
        TakesTimesForAscending => filter::finds_the_lowest_number_where_times_do_not_ascend,
        TakesTheLastOfEqualTimes => filter::finds_the_first_of_events_at_the_same_time,
        GivesTheEndForALaterTime => filter::gives_the_next_number_for_a_time_after_every_event,
        ReadsADeletedStream => delete::refuses_to_read_a_soft_deleted_stream,
        HidesSoftDeletedEventsInAllStreams => delete::keeps_soft_deleted_events_in_all_streams,
        ClosesTheGapsOfAllStreams => delete::leaves_a_gap_in_all_streams,
        NumbersLinksAsTheirEvents => link::reads_links_with_the_numbers_of_the_target,
        CountsOneVersionTooFew => read::knows_the_version_of_a_stream,
        LosesTheOrderOfLinks => link::keeps_the_order_of_the_call,
        IgnoresTheExpectedVersionOfLinks => link::rejects_a_stale_expected_version,
        LeavesUnknownEventsOut => link::names_all_unknown_events_and_links_none,
        PassesOverWhatIsLinkedAlready => link::refuses_to_link_an_event_twice,
        IgnoresTheExpectedVersionOfDeletions => delete::rejects_a_wrong_expected_version,
        HardDeletesWithoutPermission => delete::refuses_a_hard_delete_where_it_is_not_enabled,
        DeletesSoftlyInstead => delete::removes_a_hard_deleted_stream,
        DeletesWhatIsLinked => delete::keeps_the_events_that_a_hard_deleted_stream_linked_to,
        UndeletesWhatNeverWas => delete::cannot_undelete_a_missing_stream,
        TakesWildcardsInASearch => list::takes_wildcards_literally,
        BeginsEveryPageAtTheStart => list::pages_after_a_stream_are_disjoint_and_complete,
        CountsOnlyWhatIsLeft => list::a_page_after_a_stream_tells_all_totals,
        ForgetsSoftDeletedStreams => list::lists_soft_deleted_streams_with_their_time,
        TakesWildcardsInAPrefix => list::lists_the_streams_whose_names_begin_so,
        IncludesTheNameBeforeThePage => list::goes_on_after_a_name,
        ListsAllStreamsByName => list::lists_streams_by_name_without_all_streams,
        ListsTheOldestStreams => list::lists_the_newest_streams_first,
        BeginsAgainAfterAStreamThatIsGone => list::goes_on_after_a_stream_that_is_gone,
        BeginsAgainAfterASnapshotThatIsGone => snapshot::goes_on_after_a_snapshot_that_is_gone,
        LosesTheEventsWhereAScanGoesOn(1_000) => filter::finds_matches_wherever_a_scan_goes_on,
        LosesTheEventsWhereAScanGoesOn(1_024) => filter::finds_matches_wherever_a_scan_goes_on,
        LosesTheEventsWhereAScanGoesOn(2_048) => filter::ends_no_page_early_wherever_a_scan_goes_on,
        EndsAScanAfter(2_000) => filter::finds_matches_wherever_a_scan_goes_on,
        EndsAScanAfter(1_024) => filter::ends_no_page_early_wherever_a_scan_goes_on,
        KeepsNothing => append::keeps_what_was_acknowledged_when_it_is_reopened,
        KeepsNothing => append::knows_what_was_appended_when_it_is_reopened,
        KeepsNothing => link::keeps_links_when_it_is_reopened,
        KeepsNothing => delete::keeps_deletions_when_it_is_reopened,
        KeepsNothing => snapshot::keeps_snapshots_when_it_is_reopened,
        LosesTheLastCommitWhenItIsKilled::default() => append::keeps_what_was_acknowledged_when_it_is_reopened,
        LosesTheLastCommitWhenItIsKilled::default() => snapshot::keeps_snapshots_when_it_is_reopened,
        CountsFromWhatIsLeft::default() => delete::gives_no_number_again_when_it_is_reopened,
        CountsPositionsFromOneAgain::default() => append::goes_on_counting_when_it_is_reopened,
        AppendsHalfOfASetFirst => append::stores_a_dropped_set_as_a_whole_or_not_at_all,
        AppendsEventByEvent => append::stores_a_dropped_append_as_a_whole_or_not_at_all,
        StaysOpen => append::refuses_calls_once_it_is_closed,
        StaysOpen => notifier::tells_listeners_that_it_is_closed,
        BeginsAppendsLate => append::carries_out_what_was_called_before_it_is_closed,
        LetsSnapshotsGoBackwards => snapshot::keeps_a_newer_snapshot,
        ListsTheFirstSnapshotsOnly => snapshot::lists_snapshots_in_pages,
        KeepsDeletedSnapshots => snapshot::deletes_a_snapshot,
        KeepsTheSnapshotsOfDeletedStreams => snapshot::removes_the_snapshot_of_a_hard_deleted_stream,
        LetsCheckpointsRegress::default() => subscription_store::never_moves_a_checkpoint_backwards,
        ForgetsCheckpoints => subscription_store::stores_a_later_checkpoint,
        SavesCheckpointsOfNobody => subscription_store::tells_that_a_subscription_is_gone,
        LeasesToEverybody => locks::refuses_a_second_holder_on_another_node,
        TellsNoHolderOfLinks::default() => locks::tells_the_holder_that_a_link_created_its_stream_again,
        IgnoresTheEpoch::default() => fencing::refuses_the_checkpoint_of_an_earlier_holder,
        IgnoresTheEpoch::default() => fencing::keeps_a_late_checkpoint_from_a_stream_that_was_created_again,
        IgnoresTheEpoch::default() => fencing::keeps_a_set_checkpoint_from_a_late_one,
        IgnoresTheEpoch::default() => fencing::parks_nothing_for_an_earlier_holder,
        IgnoresTheEpoch::default() => fencing::begins_no_step_for_an_earlier_holder,
        ReusesSubscriptionIds::default() => fencing::gives_the_id_of_a_deleted_subscription_to_no_other,
        DeletesWhatIsHeld => subscription_admin::does_not_delete_a_held_subscription,
        SetsCheckpointsAnywhere => subscription_admin::sets_a_checkpoint_beyond_the_end_only_if_told_to,
        KeepsTheEpochOfAPartition::default() => groups::gives_a_released_partition_to_the_next,
        KeepsTheEpochOfAPartition::default() => groups::gives_the_partitions_of_a_member_that_has_left,
        KeepsTheEpochOfAPartition::default() => groups::refuses_the_checkpoint_of_a_former_holder,
        KeepsTheEpochOfAPartition::default() => groups::refuses_the_status_of_a_former_holder,
        KeepsTheEpochOfAPartition::default() => groups::parks_nothing_for_a_former_holder,
        KeepsTheEpochOfAPartition::default() => groups::begins_no_step_for_a_former_holder,
        GivesAPartitionToTwo::default() => groups::gives_the_lowest_free_partitions,
        GivesAPartitionToTwo::default() => groups::gives_each_partition_to_one_of_many_that_claim_at_once,
        GivesOnePartitionMore => groups::gives_the_lowest_free_partitions,
        NeverEndsAMembership::default() => groups::ends_a_membership_that_is_not_renewed,
        RenewsWhatHasEnded::default() => groups::ends_a_membership_that_is_not_renewed,
        RenewsWhatHasEnded::default() => groups::ends_the_memberships_when_a_single_holder_takes_it,
        LetsAMemberReleaseForOthers::default() => groups::releases_nothing_that_another_member_holds,
        LetsMembersInBesideASingleHolder => groups::lets_no_member_in_while_a_single_holder_runs_it,
        AcceptsOtherSettings => groups::refuses_other_settings_and_changes_nothing,
        BeginsAGroupAnew => groups::begins_at_the_checkpoint_of_the_subscription_that_it_replaces,
        ShowsAGroupAtTheHighestCheckpoint => groups::is_shown_among_subscriptions_at_the_lowest_checkpoint,
        SetsNoPartition => groups::sets_the_checkpoint_of_every_partition,
        SaysItDeletedAPartition => groups::deletes_no_single_partition,
        BeginsNewPartitionsWhereTheFirstWas => groups::makes_another_number_of_partitions,
        StaysOpen => groups::refuses_calls_once_it_is_closed,
        KeepsNothing => groups::keeps_groups_when_it_is_reopened,
        NeverEndsAMembership::default() => group_runs::hands_over_within_five_seconds_what_a_dead_member_held,
        SetsNoPartition => group_runs::handles_again_from_where_it_is_set_back,
        LetsMembersInBesideASingleHolder => group_runs::waits_while_a_single_holder_runs_it,
        MakesEffectsAtOnce::default() => group_runs::makes_each_effect_once,
        LeavesTheFormerBuildLive => projection_catalog::promotes_a_build_in_the_place_of_the_live_one,
        LeavesTheFormerBuildLive => projection_catalog::shows_one_live_build_at_any_time,
        RetiresTheLiveBuildFirst::default() => projection_catalog::shows_one_live_build_at_any_time,
        RetiresTheLiveBuildFirst::default() => projection_catalog::makes_a_dropped_promotion_as_a_whole_or_not_at_all,
        UsesNumbersAgain => projection_catalog::never_uses_a_number_again,
        UsesNumbersAgain => projection_catalog::keeps_builds_when_it_is_reopened,
        ForgetsWhereABuildFailed => projection_catalog::keeps_why_a_build_has_failed,
        BeginsAnew => projection_catalog::begins_one_build_at_a_time,
        BeginsAnew => projection_catalog::begins_one_build_for_many_that_begin_at_once,
        BeginsAnew => projection_catalog::keeps_the_latest_of_versions_that_begin_at_once,
        PromotesWhatIsPaused => projection_catalog::refuses_what_a_build_cannot_become,
        ListsBuildsBackwards => projection_catalog::lists_projections_by_name_and_builds_by_number,
        ForgetsWhatIsLive => projection_catalog::forgets_no_build_that_is_in_use,
        StaysOpen => projection_catalog::refuses_calls_once_it_is_closed,
        KeepsNothing => projection_catalog::keeps_builds_when_it_is_reopened,
        KeepsNoStatus => subscription_status::returns_what_a_holder_reports,
        ListsStatusesBackwards => subscription_status::lists_statuses_in_the_order_of_their_subscriptions,
        CutsTheNameOfTheHolder => subscription_status::keeps_any_text,
        HidesThatAReportIsRefused => subscription_status::refuses_the_report_of_an_earlier_holder,
        StaysOpen => subscription_status::refuses_calls_once_it_is_closed,
        CountsPartitions => parking::counts_parked_events,
        ParksAnyFollower => parking::parks_no_follower_of_a_drained_partition,
        ParksWithoutTheCheckpoint => parking::parks_an_event_with_its_checkpoint,
        UnparksNothing => parking::unparks_an_event_once,
        BeginsStepsAnywhere => projection::begins_no_step_elsewhere,
        TellsNoHolderOfItsLoss => locks::tells_the_holder_that_a_lease_is_lost,
        TellsNobody => notifier::tells_of_appends_to_a_stream,
        TellsEverybodyOfEverything => notifier::keeps_other_streams_silent,
        HidesThatHintsWereLost => notifier::tells_of_appends_while_the_connection_was_cut,
        StaysDeafAfterACut => notifier::tells_of_appends_after_the_connection_was_cut,
        BelievesEveryHint => notifier::tells_of_appends_after_a_hint_that_was_too_high,
        BelievesEveryHint => subscription::delivers_what_is_appended_after_a_hint_that_was_too_high,
        QueuesHints => notifier::keeps_one_number_for_who_does_not_listen,
        KeepsTheLatestHint => notifier::keeps_the_highest_number_for_who_does_not_listen,
        HandsOverRoundedTimes::default() => notifier::hands_over_nothing_but_what_is_read,
        HandsOverTwice::default() => notifier::hands_over_nothing_but_what_is_read,
        HandsOverRoundedTimes::default() => subscription::delivers_what_its_own_process_appends_as_it_is_read,
        HandsOverAnotherOrder::default() => subscription::delivers_in_order_what_two_processes_append_at_once,
        StaysOpen => subscription::ends_when_its_store_is_closed,
        AppendsOnceItIsClosed => append::refuses_calls_once_it_is_closed,
        StaysOpen => subscription::refuses_calls_once_its_store_is_closed,
        StaysOpen => subscription_admin::refuses_calls_once_it_is_closed,
        StaysOpen => parking::refuses_calls_once_it_is_closed,
        StaysOpen => projection::refuses_steps_once_it_is_closed,
        StaysOpen => link::refuses_links_once_it_is_closed,
        StaysOpen => delete::refuses_deletions_once_it_is_closed,
        StaysOpen => snapshot::refuses_calls_once_it_is_closed,
        StoresNoCheckpointOnceItIsClosed::default() => subscription_store::stores_checkpoints_of_its_leases_while_it_closes,
        StoresCheckpointsForEver => subscription_store::stores_checkpoints_of_its_leases_while_it_closes,
        ParksBeforeItStoresTheCheckpoint => parking::shows_parked_events_and_their_checkpoint_together,
        ParksBeforeItStoresTheCheckpoint => parking::stores_a_dropped_parking_as_a_whole_or_not_at_all,
        StoresTheCheckpointBeforeItParks => parking::stores_no_checkpoint_of_a_refused_parking,
        StoresTheCheckpointBeforeItParks => parking::shows_parked_events_and_their_checkpoint_together,
        TellsDrainedPartitionsInAnyOrder => parking::tells_drained_partitions_in_the_order_of_their_bytes,
        BeginsAgainAfterAParkedEventThatIsGone => parking::goes_on_after_a_parked_event_that_is_gone,
        MakesEffectsAtOnce::default() => projection::commits_effects_with_the_checkpoint,
        MakesEffectsAtOnce::default() => projection::undoes_the_effects_of_a_dropped_step,
        StartsOverWithEveryStream => subscription_store::keeps_the_checkpoint_of_a_subscription_that_never_ran,
        StartsOverAfterASoftDelete => subscription_store::keeps_a_checkpoint_over_a_soft_delete,
        GoesOnInAStreamThatTookThePlace => subscription_store::starts_a_checkpoint_over_whatever_creates_its_stream_again,
        KeepsNothing => subscription_store::keeps_subscriptions_when_it_is_reopened,
        KeepsNothing => locks::gives_the_leases_of_a_process_that_has_ended,
        KeepsNothing => parking::keeps_parked_events_when_it_is_reopened,
        KeepsNothing => projection::keeps_committed_steps_when_it_is_reopened,
        GivesIdsAgain::default() => subscription_store::keeps_subscriptions_when_it_is_reopened,
        GivesIdsAgain::default() => subscription_admin::gives_no_id_again_when_it_is_reopened,
        LeavesOutEverySeventhEvent => subscription::delivers_each_event_once_while_others_append,
        SaysItScannedToTheEnd => subscription::holds_back_what_a_slow_subscriber_has_no_room_for,
        ForgetsCheckpoints => subscription::resumes_with_what_was_not_acknowledged,
        ForgetsCheckpoints => subscription::ends_a_wait_once_it_has_got_there,
        TellsNoHolderOfItsLoss => subscription::delivers_again_after_the_lease_was_cut,
        TakesNoBytes => statistics::tells_what_a_store_takes_on_disk,
        TakesFewerBytesEachTime::default() => statistics::tells_what_a_store_takes_on_disk,
        CountsDown::default() => statistics::never_counts_down,
        TellsStatisticsOnceItIsClosed => statistics::refuses_to_tell_statistics_once_it_is_closed,
    }
}

/// What breaks no rule.
struct Nothing;

impl Mutation for Nothing {}

/// Whether the case passes. Time is not waited for: it moves on when nothing else can happen.
fn passes(case: Case, mutation: Arc<dyn Mutation>) -> bool {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let harness = MutantHarness::new(mutation);
    let run = AssertUnwindSafe(case(&harness)).catch_unwind();
    runtime.block_on(run).is_ok()
}

#[test]
fn every_mutant_is_caught_by_its_case() {
    panic::set_hook(Box::new(|_| {}));
    let judged: Vec<_> = rows()
        .into_iter()
        .map(|row| {
            let is_caught = !passes(row.case, row.mutation) && passes(row.case, Arc::new(Nothing));
            (row.mutant.trim_end_matches("::default()"), row.case_name, is_caught)
        })
        .collect();
    let _ = panic::take_hook();
    println!("{:<42} {:<75} caught", "broken rule", "case");
    for (mutant, case, is_caught) in &judged {
        println!("{mutant:<42} {case:<75} {}", if *is_caught { "yes" } else { "NO" });
    }
    let missed: Vec<_> = judged.iter().filter(|(.., is_caught)| !is_caught).collect();
    assert!(missed.is_empty(), "not caught: {missed:?}");
}
