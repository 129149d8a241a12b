//! Each test is a table: what happens, all that the machine wants done about it, and how far it has come then.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use Input::{AcquireFailed, Failed, LeaseLost, ReadFailed, Stop, StreamDeleted, StreamMissing};

use crate::{
    CheckpointOutcome, Effect, EventId, EventNumber, EventType, Hint, Input, Page, Progress, RecordedEvent, StreamName,
    SubscriptionMachine, SubscriptionSettings, Timer, Timestamp,
};

/// What happens, all effects, and the progress after it: `status received/acknowledged/checkpoint queued in-flight`.
type Row<'a> = (Input, &'a str, &'a str);

#[test]
fn asks_for_the_lease_and_reads_on_from_the_stored_checkpoint() {
    check(
        &small(),
        [
            (AcquireFailed, "AcquireRetry in 1s", "Acquiring 0/0/0 q0 f0"),
            (fired(Timer::AcquireRetry), "acquire", "Acquiring 0/0/0 q0 f0"),
            (acquired(7), "Poll in 30s, read 4 after 7", "CatchingUp 7/7/7 q0 f0"),
            (last(7, []), "", "Live 7/7/7 q0 f0 caught up"),
        ],
    );
}

#[test]
fn catches_up_over_several_pages_and_goes_live() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (
                more(0, [1, 2, 3, 4]),
                "deliver 1 2, read 2 after 4",
                "CatchingUp 4/0/0 q2 f2",
            ),
            (ack(2), "deliver 3 4, save 2", "CatchingUp 4/2/0 q0 f2"),
            (more(4, [5, 6]), "read 2 after 6", "CatchingUp 6/2/0 q2 f2"),
            (stored(2), "", "CatchingUp 6/2/2 q2 f2"),
            (last(6, [7]), "", "Live 7/2/2 q3 f2"),
            (ack(4), "deliver 5 6, save 4", "Live 7/4/2 q1 f2"),
            (stored(4), "", "Live 7/4/4 q1 f2"),
            (ack(6), "deliver 7, save 6", "Live 7/6/4 q0 f1"),
            (ack(7), "", "Live 7/7/4 q0 f0 caught up"),
            (stored(6), "save 7", "Live 7/7/6 q0 f0 caught up"),
            (stored(7), "", "Live 7/7/7 q0 f0 caught up"),
        ],
    );
}

#[test]
fn a_hint_is_followed_only_beyond_what_was_received() {
    check(
        &small(),
        [
            (acquired(5), "Poll in 30s, read 4 after 5", "CatchingUp 5/5/5 q0 f0"),
            (last(5, []), "", "Live 5/5/5 q0 f0 caught up"),
            (hint(4), "", "Live 5/5/5 q0 f0 caught up"),
            (hint(5), "", "Live 5/5/5 q0 f0 caught up"),
            (hint(6), "read 4 after 5", "Live 5/5/5 q0 f0"),
            (last(5, [6]), "deliver 6", "Live 6/5/5 q0 f1"),
            (unknown_hint(), "read 4 after 6", "Live 6/5/5 q0 f1"),
            (last(6, []), "", "Live 6/5/5 q0 f1"),
        ],
    );
}

/// Behaviours: T58.
#[test]
fn a_hint_during_a_read_costs_at_most_one_read_more() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (hint(1), "", "CatchingUp 0/0/0 q0 f0"),
            (hint(3), "", "CatchingUp 0/0/0 q0 f0"),
            (hint(2), "", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1, read 4 after 1", "Live 1/0/0 q0 f1"),
            (hint(3), "", "Live 1/0/0 q0 f1"),
            (last(1, [2, 3]), "deliver 2", "Live 3/0/0 q1 f2"),
        ],
    );
}

/// Behaviours: T21.
#[test]
fn reads_without_hints_when_the_poll_timer_fires() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::Poll), "Poll in 30s", "CatchingUp 0/0/0 q0 f0"),
            (last(0, []), "read 4 after 0", "Live 0/0/0 q0 f0"),
            (last(0, []), "", "Live 0/0/0 q0 f0 caught up"),
            (fired(Timer::Poll), "Poll in 30s, read 4 after 0", "Live 0/0/0 q0 f0"),
        ],
    );
}

/// Behaviours: R8.59, T18.
#[test]
fn a_read_that_finds_nothing_is_not_repeated() {
    check(
        &small(),
        [
            (acquired(3), "Poll in 30s, read 4 after 3", "CatchingUp 3/3/3 q0 f0"),
            (hint(99), "", "CatchingUp 3/3/3 q0 f0"),
            (last(3, []), "read 4 after 3", "Live 3/3/3 q0 f0"),
            (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
            (hint(99), "read 4 after 3", "Live 3/3/3 q0 f0"),
            (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
        ],
    );
}

#[test]
fn an_acknowledgement_covers_all_that_was_delivered_before() {
    check(
        &with_buffer_size(4),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3, 4]), "deliver 1 2 3 4", "Live 4/0/0 q0 f4"),
            (ack(3), "save 3", "Live 4/3/0 q0 f1"),
            (ack(4), "", "Live 4/4/0 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_was_not_delivered_cannot_be_acknowledged() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (ack(1), "reject 1", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (ack(3), "reject 3", "Live 3/0/0 q1 f2"),
            (ack(1), "deliver 3, save 1", "Live 3/1/0 q0 f2"),
            (ack(1), "reject 1", "Live 3/1/0 q0 f2"),
            (ack(3), "", "Live 3/3/0 q0 f0 caught up"),
        ],
    );
}

#[test]
fn reading_pauses_while_more_than_half_of_the_memory_is_taken() {
    check(
        &with_buffer_size(1),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1", "Live 3/0/0 q2 f1"),
            (hint(9), "read 2 after 3", "Live 3/0/0 q2 f1"),
            (more(3, [4, 5]), "", "OverCapacity 5/0/0 q4 f1"),
            (hint(9), "", "OverCapacity 5/0/0 q4 f1"),
            (fired(Timer::Poll), "Poll in 30s", "OverCapacity 5/0/0 q4 f1"),
            (ack(1), "deliver 2, save 1", "OverCapacity 5/1/0 q3 f1"),
            (ack(2), "deliver 3, read 2 after 5", "CatchingUp 5/2/0 q2 f1"),
        ],
    );
}

#[test]
fn a_full_memory_is_over_capacity_only_if_there_is_more_to_read() {
    check(
        &with_buffer_size(1),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3, 4]), "deliver 1", "Live 4/0/0 q3 f1"),
            (hint(5), "", "OverCapacity 4/0/0 q3 f1"),
        ],
    );
}

#[test]
fn numbers_without_events_are_passed_once_nothing_before_them_is_outstanding() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (page(0, &[2, 5], 9, true), "deliver 2 5", "Live 9/0/0 q0 f2"),
            (ack(2), "save 2", "Live 9/2/0 q0 f1"),
            (stored(2), "", "Live 9/2/2 q0 f1"),
            (ack(5), "save 9", "Live 9/9/2 q0 f0 caught up"),
            (stored(9), "", "Live 9/9/9 q0 f0 caught up"),
            (hint(12), "read 4 after 9", "Live 9/9/9 q0 f0"),
            (page(9, &[], 12, true), "save 12", "Live 12/12/9 q0 f0 caught up"),
        ],
    );
}

#[test]
fn an_empty_page_that_is_not_the_last_is_followed_by_the_next() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (
                page(0, &[], 50, false),
                "save 50, read 4 after 50",
                "CatchingUp 50/50/0 q0 f0",
            ),
            (page(50, &[], 60, true), "", "Live 60/60/0 q0 f0 caught up"),
        ],
    );
}

/// Behaviours: R8.35.
#[test]
fn a_checkpoint_waits_for_the_threshold() {
    check(
        &with_threshold(3, None),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (ack(2), "deliver 3", "Live 3/2/0 q0 f1"),
            (ack(3), "save 3", "Live 3/3/0 q0 f0 caught up"),
        ],
    );
}

/// Behaviours: R8.36.
#[test]
fn a_checkpoint_below_the_threshold_is_stored_after_a_while() {
    check(
        &with_threshold(9, Some(5)),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (ack(1), "CheckpointIdle in 5s", "Live 2/1/0 q0 f1"),
            (ack(2), "CheckpointIdle in 5s", "Live 2/2/0 q0 f0 caught up"),
            (fired(Timer::CheckpointIdle), "save 2", "Live 2/2/0 q0 f0 caught up"),
            (stored(2), "", "Live 2/2/2 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_was_acknowledged_during_a_save_is_stored_after_a_while() {
    check(
        &with_threshold(2, Some(5)),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (ack(2), "deliver 3, save 2", "Live 3/2/0 q0 f1"),
            (ack(3), "CheckpointIdle in 5s", "Live 3/3/0 q0 f0 caught up"),
            (fired(Timer::CheckpointIdle), "", "Live 3/3/0 q0 f0 caught up"),
            (stored(2), "save 3", "Live 3/3/2 q0 f0 caught up"),
        ],
    );
}

#[test]
fn a_page_does_not_put_off_a_checkpoint_below_the_threshold() {
    check(
        &with_threshold(9, Some(60)),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (ack(1), "CheckpointIdle in 60s", "Live 1/1/0 q0 f0 caught up"),
            (fired(Timer::Poll), "Poll in 30s, read 4 after 1", "Live 1/1/0 q0 f0"),
            (last(1, []), "", "Live 1/1/0 q0 f0 caught up"),
        ],
    );
}

#[test]
fn a_checkpoint_timer_without_anything_to_store_leaves_the_threshold_in_force() {
    check(
        &with_threshold(2, Some(5)),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (ack(1), "deliver 3, CheckpointIdle in 5s", "Live 3/1/0 q0 f2"),
            (ack(2), "save 2", "Live 3/2/0 q0 f1"),
            (stored(2), "", "Live 3/2/2 q0 f1"),
            (fired(Timer::CheckpointIdle), "", "Live 3/2/2 q0 f1"),
            (ack(3), "CheckpointIdle in 5s", "Live 3/3/2 q0 f0 caught up"),
        ],
    );
}

/// Behaviours: T16.
#[test]
fn the_checkpoint_timer_never_changes_the_status() {
    check(
        &SubscriptionSettings {
            buffer_size: size(1),
            ..with_threshold(9, Some(5))
        },
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1", "Live 3/0/0 q2 f1"),
            (ack(1), "deliver 2, CheckpointIdle in 5s", "Live 3/1/0 q1 f1"),
            (hint(6), "read 3 after 3", "Live 3/1/0 q1 f1"),
            (more(3, [4, 5, 6]), "", "OverCapacity 6/1/0 q4 f1"),
            (fired(Timer::CheckpointIdle), "save 1", "OverCapacity 6/1/0 q4 f1"),
            (stored(1), "", "OverCapacity 6/1/1 q4 f1"),
        ],
    );
}

/// Behaviours: R8.38, T14.
#[test]
fn a_failed_checkpoint_is_stored_again_without_another_acknowledgement() {
    check(
        &with_threshold(2, None),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (ack(2), "deliver 3, save 2", "Live 3/2/0 q0 f1"),
            (save_failed(2), "CheckpointRetry in 1s", "Live 3/2/0 q0 f1"),
            (fired(Timer::CheckpointRetry), "save 2", "Live 3/2/0 q0 f1"),
            (save_failed(2), "CheckpointRetry in 1s", "Live 3/2/0 q0 f1"),
            (ack(3), "", "Live 3/3/0 q0 f0 caught up"),
            (fired(Timer::CheckpointRetry), "save 3", "Live 3/3/0 q0 f0 caught up"),
            (stored(3), "", "Live 3/3/3 q0 f0 caught up"),
        ],
    );
}

/// Behaviours: R8.38, T13.
#[test]
fn a_later_checkpoint_in_storage_stays() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (ack(1), "save 1", "Live 2/1/0 q0 f1"),
            (answered(1, CheckpointOutcome::Superseded(n(2))), "", "Live 2/1/2 q0 f1"),
            (ack(2), "", "Live 2/2/2 q0 f0 caught up"),
        ],
    );
}

/// Behaviours: T15.
#[test]
fn ends_once_the_subscription_is_gone() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (ack(1), "deliver 3, save 1", "Live 3/1/0 q0 f2"),
            (
                answered(1, CheckpointOutcome::SubscriptionGone),
                "release, end SubscriptionDeleted",
                "Ended(SubscriptionDeleted) 3/1/0 q0 f0",
            ),
            (ack(3), "", "Ended(SubscriptionDeleted) 3/1/0 q0 f0"),
            (Stop, "", "Ended(SubscriptionDeleted) 3/1/0 q0 f0"),
        ],
    );
}

#[test]
fn forgets_everything_with_the_lease_and_begins_at_the_stored_checkpoint() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (
                more(0, [1, 2, 3]),
                "deliver 1 2, read 3 after 3",
                "CatchingUp 3/0/0 q1 f2",
            ),
            (ack(1), "deliver 3, save 1", "CatchingUp 3/1/0 q0 f2"),
            (LeaseLost, "release, acquire", "Acquiring 3/1/0 q0 f0"),
            (LeaseLost, "", "Acquiring 3/1/0 q0 f0"),
            (ack(2), "", "Acquiring 3/1/0 q0 f0"),
            (hint(9), "", "Acquiring 3/1/0 q0 f0"),
            (fired(Timer::Poll), "", "Acquiring 3/1/0 q0 f0"),
            (acquired(1), "Poll in 30s, read 4 after 1", "CatchingUp 1/1/1 q0 f0"),
            (last(1, [2, 3]), "deliver 2 3", "Live 3/1/1 q0 f2"),
            (ack(3), "save 3", "Live 3/3/1 q0 f0 caught up"),
        ],
    );
}

#[test]
fn forgives_late_acknowledgements_of_what_was_delivered_under_an_earlier_lease() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (LeaseLost, "release, acquire", "Acquiring 3/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (ack(2), "", "CatchingUp 0/0/0 q0 f0"),
            (ack(3), "reject 3", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (ack(1), "deliver 3, save 1", "Live 3/1/0 q0 f2"),
            (ack(1), "", "Live 3/1/0 q0 f2"),
        ],
    );
}

/// Behaviours: T48.
#[test]
fn ignores_late_answers_of_an_earlier_lease() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (more(0, [1, 2]), "deliver 1 2, read 4 after 2", "CatchingUp 2/0/0 q0 f2"),
            (ack(1), "save 1", "CatchingUp 2/1/0 q0 f1"),
            (LeaseLost, "release, acquire", "Acquiring 2/1/0 q0 f0"),
            (last(2, [3]), "", "Acquiring 2/1/0 q0 f0"),
            (save_failed(1), "", "Acquiring 2/1/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(2, [3]), "", "CatchingUp 0/0/0 q0 f0"),
            (stored(1), "", "CatchingUp 0/0/0 q0 f0"),
            (save_failed(1), "", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
        ],
    );
}

#[test]
fn an_old_failure_to_read_is_not_taken_for_a_new_one() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, []), "", "Live 0/0/0 q0 f0 caught up"),
            (ReadFailed, "", "Live 0/0/0 q0 f0 caught up"),
            (StreamMissing, "", "Live 0/0/0 q0 f0 caught up"),
            (hint(1), "read 4 after 0", "Live 0/0/0 q0 f0"),
        ],
    );
}

#[test]
fn a_read_that_waits_is_not_begun_by_an_old_answer() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (ReadFailed, "ReadRetry in 1s", "CatchingUp 0/0/0 q0 f0"),
            (StreamMissing, "", "CatchingUp 0/0/0 q0 f0"),
        ],
    );
}

/// Behaviours: R8.58, T17.
#[test]
fn a_failed_read_is_tried_again() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (ReadFailed, "ReadRetry in 1s", "CatchingUp 0/0/0 q0 f0"),
            (hint(3), "", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::Poll), "Poll in 30s", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::ReadRetry), "read 2 after 0", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::ReadRetry), "", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (fired(Timer::ReadRetry), "", "Live 1/0/0 q0 f1"),
        ],
    );
}

#[test]
fn a_read_asks_for_half_as_much_after_each_failure_and_for_twice_as_much_after_each_page() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (ReadFailed, "ReadRetry in 1s", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::ReadRetry), "read 2 after 0", "CatchingUp 0/0/0 q0 f0"),
            (ReadFailed, "ReadRetry in 1s", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::ReadRetry), "read 1 after 0", "CatchingUp 0/0/0 q0 f0"),
            (ReadFailed, "ReadRetry in 1s", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::ReadRetry), "read 1 after 0", "CatchingUp 0/0/0 q0 f0"),
            (more(0, [1]), "deliver 1, read 2 after 1", "CatchingUp 1/0/0 q0 f1"),
        ],
    );
}

#[test]
fn a_failed_live_read_is_tried_again_without_another_hint() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, []), "", "Live 0/0/0 q0 f0 caught up"),
            (hint(1), "read 4 after 0", "Live 0/0/0 q0 f0"),
            (ReadFailed, "ReadRetry in 1s", "Live 0/0/0 q0 f0"),
            (fired(Timer::ReadRetry), "read 2 after 0", "Live 0/0/0 q0 f0"),
        ],
    );
}

/// Behaviours: R8.63, T45.
#[test]
fn nothing_but_its_timer_asks_for_a_refused_lease_again() {
    check(
        &small(),
        [
            (AcquireFailed, "AcquireRetry in 1s", "Acquiring 0/0/0 q0 f0"),
            (hint(1), "", "Acquiring 0/0/0 q0 f0"),
            (ack(1), "", "Acquiring 0/0/0 q0 f0"),
            (fired(Timer::ReadRetry), "", "Acquiring 0/0/0 q0 f0"),
            (fired(Timer::CheckpointRetry), "", "Acquiring 0/0/0 q0 f0"),
            (fired(Timer::AcquireRetry), "acquire", "Acquiring 0/0/0 q0 f0"),
            (AcquireFailed, "AcquireRetry in 1s", "Acquiring 0/0/0 q0 f0"),
        ],
    );
}

#[test]
fn timers_of_an_earlier_lease_do_nothing() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (more(0, [1]), "deliver 1, read 4 after 1", "CatchingUp 1/0/0 q0 f1"),
            (ReadFailed, "ReadRetry in 1s", "CatchingUp 1/0/0 q0 f1"),
            (ack(1), "save 1", "CatchingUp 1/1/0 q0 f0"),
            (save_failed(1), "CheckpointRetry in 1s", "CatchingUp 1/1/0 q0 f0"),
            (LeaseLost, "release, acquire", "Acquiring 1/1/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 2 after 0", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::ReadRetry), "", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::CheckpointRetry), "", "CatchingUp 0/0/0 q0 f0"),
            (fired(Timer::AcquireRetry), "", "CatchingUp 0/0/0 q0 f0"),
        ],
    );
}

#[test]
fn a_missing_stream_is_read_once_a_hint_tells_of_it() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (StreamMissing, "", "Live 0/0/0 q0 f0 caught up"),
            (hint(2), "read 4 after 0", "Live 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
        ],
    );
}

/// Behaviours: R8.12, T11.
#[test]
fn a_start_beyond_the_end_skips_only_what_lies_before_it() {
    check(
        &small(),
        [
            (acquired(2), "Poll in 30s, read 4 after 2", "CatchingUp 2/2/2 q0 f0"),
            (StreamMissing, "", "Live 2/2/2 q0 f0 caught up"),
            (hint(5), "read 4 after 2", "Live 2/2/2 q0 f0"),
            (last(2, [3, 4, 5]), "deliver 3 4", "Live 5/2/2 q1 f2"),
        ],
    );
}

#[test]
fn ends_with_its_stream() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (
                StreamDeleted,
                "release, end StreamDeleted",
                "Ended(StreamDeleted) 0/0/0 q0 f0",
            ),
        ],
    );
}

#[test]
fn stores_what_was_acknowledged_before_it_ends_with_its_stream() {
    check(
        &with_threshold(9, None),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (more(0, [1, 2]), "deliver 1 2, read 4 after 2", "CatchingUp 2/0/0 q0 f2"),
            (ack(1), "", "CatchingUp 2/1/0 q0 f1"),
            (StreamDeleted, "save 1", "Stopping 2/1/0 q0 f1"),
            (
                stored(1),
                "release, end StreamDeleted",
                "Ended(StreamDeleted) 2/1/1 q0 f0",
            ),
        ],
    );
}

#[test]
fn stops_at_once_if_everything_is_stored() {
    check(
        &small(),
        [
            (acquired(3), "Poll in 30s, read 4 after 3", "CatchingUp 3/3/3 q0 f0"),
            (Stop, "release, end Stopped", "Ended(Stopped) 3/3/3 q0 f0"),
            (last(3, [4]), "", "Ended(Stopped) 3/3/3 q0 f0"),
        ],
    );
}

#[test]
fn stops_after_the_last_checkpoint_is_stored() {
    check(
        &with_threshold(2, None),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3, 4]), "deliver 1 2", "Live 4/0/0 q2 f2"),
            (ack(2), "deliver 3 4, save 2", "Live 4/2/0 q0 f2"),
            (ack(3), "", "Live 4/3/0 q0 f1"),
            (Stop, "", "Stopping 4/3/0 q0 f1"),
            (Stop, "", "Stopping 4/3/0 q0 f1"),
            (ack(4), "", "Stopping 4/3/0 q0 f1"),
            (stored(1), "", "Stopping 4/3/0 q0 f1"),
            (stored(2), "save 3", "Stopping 4/3/2 q0 f1"),
            (stored(3), "release, end Stopped", "Ended(Stopped) 4/3/3 q0 f0"),
        ],
    );
}

#[test]
fn a_checkpoint_that_waits_to_be_stored_again_is_stored_at_once_by_a_stop() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (ack(1), "save 1", "Live 1/1/0 q0 f0 caught up"),
            (save_failed(1), "CheckpointRetry in 1s", "Live 1/1/0 q0 f0 caught up"),
            (Stop, "save 1", "Stopping 1/1/0 q0 f0"),
            (save_failed(1), "release, end Stopped", "Ended(Stopped) 1/1/0 q0 f0"),
        ],
    );
}

#[test]
fn a_lost_lease_does_not_keep_it_from_stopping() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (ack(1), "save 1", "Live 1/1/0 q0 f0 caught up"),
            (Stop, "", "Stopping 1/1/0 q0 f0"),
            (LeaseLost, "release, end Stopped", "Ended(Stopped) 1/1/0 q0 f0"),
        ],
    );
}

#[test]
fn stops_while_it_waits_for_the_lease() {
    check(
        &small(),
        [
            (Stop, "end Stopped", "Ended(Stopped) 0/0/0 q0 f0"),
            (acquired(3), "", "Ended(Stopped) 0/0/0 q0 f0"),
        ],
    );
}

#[test]
fn a_failure_ends_it() {
    check(&small(), [(Failed, "end Failed", "Ended(Failed) 0/0/0 q0 f0")]);
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (Failed, "release, end Failed", "Ended(Failed) 2/0/0 q0 f0"),
        ],
    );
}

fn check<const ROWS: usize>(settings: &SubscriptionSettings, rows: [Row<'_>; ROWS]) {
    let mut machine = SubscriptionMachine::new(settings.clone());
    assert_eq!(
        (effects(&mut machine), progress(&machine)),
        ("acquire".to_owned(), "Acquiring 0/0/0 q0 f0".to_owned()),
    );
    for (index, (input, expected_effects, expected_progress)) in rows.into_iter().enumerate() {
        machine.handle(input.clone());
        assert_eq!(
            (effects(&mut machine).as_str(), progress(&machine).as_str()),
            (expected_effects, expected_progress),
            "row {index}: {input:?}",
        );
    }
}

fn effects(machine: &mut SubscriptionMachine) -> String {
    let effects: Vec<_> = std::iter::from_fn(|| machine.poll_effect()).map(written).collect();
    effects.join(", ")
}

fn written(effect: Effect) -> String {
    match effect {
        Effect::Acquire => "acquire".to_owned(),
        Effect::Read { after, limit } => format!("read {limit} after {after}"),
        Effect::Deliver(events) => events.iter().fold("deliver".to_owned(), |text, event| {
            format!("{text} {}", event.event_number)
        }),
        Effect::RejectAcknowledgement { number } => format!("reject {number}"),
        Effect::SaveCheckpoint(number) => format!("save {number}"),
        Effect::ArmTimer(timer, after) => format!("{timer:?} in {after:?}"),
        Effect::Release => "release".to_owned(),
        Effect::End(reason) => format!("end {reason:?}"),
    }
}

fn progress(machine: &SubscriptionMachine) -> String {
    let Progress {
        status,
        received,
        acknowledged,
        checkpoint,
        queued,
        in_flight,
        caught_up,
    } = machine.progress();
    let caught_up = if caught_up { " caught up" } else { "" };
    format!("{status:?} {received}/{acknowledged}/{checkpoint} q{queued} f{in_flight}{caught_up}")
}

fn small() -> SubscriptionSettings {
    SubscriptionSettings {
        buffer_size: size(2),
        max_size: size(4),
        ..SubscriptionSettings::default()
    }
}

fn with_buffer_size(buffer_size: u32) -> SubscriptionSettings {
    SubscriptionSettings {
        buffer_size: size(buffer_size),
        ..small()
    }
}

fn with_threshold(threshold: u64, after_seconds: Option<u64>) -> SubscriptionSettings {
    SubscriptionSettings {
        checkpoint_threshold: NonZeroU64::new(threshold).unwrap(),
        checkpoint_after: after_seconds.map(Duration::from_secs),
        ..small()
    }
}

pub(super) fn size(events: u32) -> NonZeroU32 {
    NonZeroU32::new(events).unwrap()
}

fn acquired(checkpoint: u32) -> Input {
    Input::Acquired {
        checkpoint: n(checkpoint),
    }
}

/// A page with the last events there are.
fn last<const EVENTS: usize>(after: u32, events: [u32; EVENTS]) -> Input {
    page(after, &events, events.last().copied().unwrap_or(after), true)
}

/// A page that is followed by more.
fn more<const EVENTS: usize>(after: u32, events: [u32; EVENTS]) -> Input {
    page(after, &events, events.last().copied().unwrap_or(after), false)
}

fn page(after: u32, events: &[u32], scanned_to: u32, is_last: bool) -> Input {
    Input::PageRead {
        after: n(after),
        page: Page {
            events: events.iter().copied().map(event).collect(),
            scanned_to: n(scanned_to),
            is_last,
        },
    }
}

fn hint(number: u32) -> Input {
    Input::Hinted(Hint::UpTo(n(number)))
}

fn unknown_hint() -> Input {
    Input::Hinted(Hint::Unknown)
}

fn ack(number: u32) -> Input {
    Input::Acknowledged { number: n(number) }
}

fn stored(number: u32) -> Input {
    answered(number, CheckpointOutcome::Saved)
}

fn answered(number: u32, outcome: CheckpointOutcome) -> Input {
    Input::CheckpointStored {
        number: n(number),
        outcome,
    }
}

fn save_failed(number: u32) -> Input {
    Input::CheckpointFailed { number: n(number) }
}

fn fired(timer: Timer) -> Input {
    Input::TimerFired(timer)
}

pub(super) fn n(number: u32) -> EventNumber {
    EventNumber::from(number)
}

pub(super) fn event(number: u32) -> RecordedEvent {
    RecordedEvent {
        event_number: n(number),
        event_id: EventId::new(Uuid::from_u128(u128::from(number))),
        stream: StreamName::new("stream").unwrap(),
        stream_version: n(number).into(),
        event_type: EventType::new("happened").unwrap(),
        causation_id: None,
        correlation_id: None,
        data: Bytes::new(),
        metadata: None,
        created_at: Timestamp::from_unix_micros(0).unwrap(),
    }
}
