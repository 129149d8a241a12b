use std::num::NonZeroU64;

use super::table::*;
use crate::machine::SubscriptionMachine;

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

#[test]
fn what_is_handed_over_costs_no_read_unless_more_was_heard_of() {
    check(
        &with_buffer_size(4),
        [
            (acquired(5), "Poll in 30s, read 4 after 5", "CatchingUp 5/5/5 q0 f0"),
            (last(5, []), "", "Live 5/5/5 q0 f0 caught up"),
            (hint(6), "read 4 after 5", "Live 5/5/5 q0 f0"),
            (handed_over(5, [6]), "deliver 6", "Live 6/5/5 q0 f1"),
            (hint(9), "read 4 after 6", "Live 6/5/5 q0 f1"),
            (
                handed_over(6, [7, 8]),
                "deliver 7 8, read 4 after 8",
                "Live 8/5/5 q0 f3",
            ),
            (handed_over(8, [9]), "deliver 9", "Live 9/5/5 q0 f4"),
            (hint(9), "", "Live 9/5/5 q0 f4"),
        ],
    );
}

#[test]
fn what_is_handed_over_does_not_tell_where_the_end_is() {
    check(
        &with_buffer_size(4),
        [
            (acquired(5), "Poll in 30s, read 4 after 5", "CatchingUp 5/5/5 q0 f0"),
            (
                handed_over(5, [6]),
                "deliver 6, read 4 after 6",
                "CatchingUp 6/5/5 q0 f1",
            ),
            (last(6, []), "", "Live 6/5/5 q0 f1"),
            (unknown_hint(), "read 4 after 6", "Live 6/5/5 q0 f1"),
            (handed_over(6, [7]), "deliver 7, read 4 after 7", "Live 7/5/5 q0 f2"),
            (hint(8), "", "Live 7/5/5 q0 f2"),
            (last(7, [8]), "deliver 8", "Live 8/5/5 q0 f3"),
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

/// Behaviours: R8.19.
#[test]
fn numbers_without_events_are_passed_once_nothing_before_them_is_outstanding() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (page(0, &[2, 5], 9, true), "deliver 2 5, save 1", "Live 9/1/0 q0 f2"),
            (stored(1), "", "Live 9/1/1 q0 f2"),
            (ack(2), "save 4", "Live 9/4/1 q0 f1"),
            (stored(4), "", "Live 9/4/4 q0 f1"),
            (ack(5), "save 9", "Live 9/9/4 q0 f0 caught up"),
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
fn what_is_before_a_damaged_event_is_delivered_and_acknowledged_before_it_ends() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (PageDamaged, "read 2 after 0", "CatchingUp 0/0/0 q0 f0"),
            (PageDamaged, "read 1 after 0", "CatchingUp 0/0/0 q0 f0"),
            (more(0, [1]), "deliver 1, read 2 after 1", "CatchingUp 1/0/0 q0 f1"),
            (PageDamaged, "read 1 after 1", "CatchingUp 1/0/0 q0 f1"),
            (PageDamaged, "Stop in 10s", "CatchingUp 1/0/0 q0 f1"),
            (hint(9), "", "CatchingUp 1/0/0 q0 f1"),
            (ack(1), "save 1, Stop in 10s", "Stopping 1/1/0 q0 f0"),
            (stored(1), "release, end Failed", "Ended(Failed) 1/1/1 q0 f0"),
        ],
    );
}

#[test]
fn a_damaged_event_does_not_wait_for_ever_for_those_before_it() {
    check(
        &with_buffer_size(1),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (more(0, [1]), "deliver 1, read 4 after 1", "CatchingUp 1/0/0 q0 f1"),
            (PageDamaged, "read 2 after 1", "CatchingUp 1/0/0 q0 f1"),
            (PageDamaged, "read 1 after 1", "CatchingUp 1/0/0 q0 f1"),
            (PageDamaged, "Stop in 10s", "CatchingUp 1/0/0 q0 f1"),
            (fired(Timer::Stop), "release, end Failed", "Ended(Failed) 1/0/0 q0 f0"),
        ],
    );
}

#[test]
fn a_damaged_event_ends_it_at_once_if_nothing_is_before_it() {
    check(
        &with_buffer_size(1),
        [
            (acquired(7), "Poll in 30s, read 4 after 7", "CatchingUp 7/7/7 q0 f0"),
            (PageDamaged, "read 2 after 7", "CatchingUp 7/7/7 q0 f0"),
            (PageDamaged, "read 1 after 7", "CatchingUp 7/7/7 q0 f0"),
            (
                PageDamaged,
                "Stop in 10s, release, end Failed",
                "Ended(Failed) 7/7/7 q0 f0",
            ),
        ],
    );
}

#[test]
fn knows_whether_it_is_beyond_the_end_of_its_stream() {
    let mut machine = SubscriptionMachine::new(small());
    machine.handle(joins(1, 2));
    machine.handle(acquired(9));
    let mut heads = Vec::new();
    for (input, head) in [
        (hint(3), None),
        (StreamMissing, Some(0)),
        (hint(12), Some(0)),
        (page(9, &[], 7, true), Some(7)),
        (hint(13), Some(7)),
        (page(9, &[10], 10, true), Some(10)),
    ] {
        machine.handle(input);
        let progress = machine.progress();
        assert_eq!(progress.head, head.map(n));
        heads.push(progress.is_beyond_head());
    }
    assert_eq!(heads, [false, true, true, true, true, false]);
}

fn with_bytes(buffer_bytes: u64, max_bytes: u64) -> SubscriptionSettings {
    SubscriptionSettings {
        buffer_bytes: NonZeroU64::new(buffer_bytes).unwrap(),
        max_bytes: NonZeroU64::new(max_bytes).unwrap(),
        ..with_buffer_size(4)
    }
}

#[test]
fn no_more_bytes_wait_than_may_and_a_subscriber_is_given_no_more_than_it_has_room_for() {
    check(
        &with_bytes(20, 100),
        [
            (
                acquired(0),
                "Poll in 30s, read 4 of 100 bytes after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (
                large(0, [1, 2, 3], 20),
                "deliver 1, read 2 of 60 bytes after 3",
                "CatchingUp 3/0/0 q2 f1",
            ),
            (large(3, [4], 60), "", "OverCapacity 4/0/0 q3 f1"),
            (ack(1), "deliver 2, save 1", "OverCapacity 4/1/0 q2 f1"),
            (stored(1), "", "OverCapacity 4/1/1 q2 f1"),
            (ack(2), "deliver 3, save 2", "OverCapacity 4/2/1 q1 f1"),
            (
                ack(3),
                "deliver 4, read 4 of 100 bytes after 4",
                "CatchingUp 4/3/1 q0 f1",
            ),
        ],
    );
}

#[test]
fn an_event_that_is_larger_than_what_may_wait_is_delivered_alone() {
    check(
        &with_bytes(20, 100),
        [
            (
                acquired(0),
                "Poll in 30s, read 4 of 100 bytes after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (
                large(0, [1], 500),
                "deliver 1, read 4 of 100 bytes after 1",
                "CatchingUp 1/0/0 q0 f1",
            ),
            (large(1, [2], 500), "", "OverCapacity 2/0/0 q1 f1"),
            (
                ack(1),
                "deliver 2, save 1, read 4 of 100 bytes after 2",
                "CatchingUp 2/1/0 q0 f1",
            ),
        ],
    );
}

#[test]
fn what_a_subscriber_gives_back_counts_as_waiting() {
    check(
        &with_bytes(1_000, 100),
        [
            (
                acquired(0),
                "Poll in 30s, read 4 of 100 bytes after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (
                large(0, [1, 2], 40),
                "deliver 1 2, read 4 of 100 bytes after 2",
                "CatchingUp 2/0/0 q0 f2",
            ),
            (retry(1), "Redelivery(1) in 1s", "CatchingUp 2/0/0 q2 f0"),
            (large(2, [3], 20), "", "OverCapacity 3/0/0 q3 f0"),
            (
                fired(Timer::Redelivery(n(1))),
                "deliver 1 2 3, read 4 of 100 bytes after 3",
                "CatchingUp 3/0/0 q0 f3",
            ),
        ],
    );
}

#[test]
fn a_read_that_failed_is_tried_again_with_half_the_bytes_and_grows_again() {
    check(
        &with_bytes(1_000, 100),
        [
            (
                acquired(0),
                "Poll in 30s, read 4 of 100 bytes after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (ReadFailed, "ReadRetry in 1s", "CatchingUp 0/0/0 q0 f0"),
            (
                fired(Timer::ReadRetry),
                "read 2 of 50 bytes after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (ReadFailed, "ReadRetry in 1s", "CatchingUp 0/0/0 q0 f0"),
            (
                fired(Timer::ReadRetry),
                "read 1 of 25 bytes after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (
                large(0, [1], 10),
                "deliver 1, read 2 of 50 bytes after 1",
                "CatchingUp 1/0/0 q0 f1",
            ),
            (
                large(1, [2], 10),
                "deliver 2, read 4 of 100 bytes after 2",
                "CatchingUp 2/0/0 q0 f2",
            ),
        ],
    );
}

/// A hint may be forged: after a few that tell of nothing, the next one waits, longer each time, until one tells of something or
/// none comes.
#[test]
fn a_flood_of_hints_that_tell_of_nothing_costs_few_reads() {
    check(
        &small(),
        [
            (acquired(3), "Poll in 30s, read 4 after 3", "CatchingUp 3/3/3 q0 f0"),
            (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
            (hint(10), "read 4 after 3", "Live 3/3/3 q0 f0"),
            (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
            (unknown_hint(), "read 4 after 3", "Live 3/3/3 q0 f0"),
            (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
            (hint(20), "read 4 after 3", "Live 3/3/3 q0 f0"),
            (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
            (hint(21), "read 4 after 3", "Live 3/3/3 q0 f0"),
            (last(3, []), "ReadRetry in 50ms", "Live 3/3/3 q0 f0 caught up"),
            (hint(22), "", "Live 3/3/3 q0 f0"),
            (unknown_hint(), "", "Live 3/3/3 q0 f0"),
            (fired(Timer::ReadRetry), "read 4 after 3", "Live 3/3/3 q0 f0"),
            (last(3, []), "ReadRetry in 100ms", "Live 3/3/3 q0 f0 caught up"),
            (hint(4), "", "Live 3/3/3 q0 f0"),
            (fired(Timer::ReadRetry), "read 4 after 3", "Live 3/3/3 q0 f0"),
            (last(3, [4]), "deliver 4", "Live 4/3/3 q0 f1"),
            (hint(30), "read 4 after 4", "Live 4/3/3 q0 f1"),
        ],
    );
}

#[test]
fn a_pause_in_which_no_hint_comes_is_the_last() {
    let mut rows = vec![
        (acquired(3), "Poll in 30s, read 4 after 3", "CatchingUp 3/3/3 q0 f0"),
        (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
    ];
    for _ in 0..3 {
        rows.push((hint(9), "read 4 after 3", "Live 3/3/3 q0 f0"));
        rows.push((last(3, []), "", "Live 3/3/3 q0 f0 caught up"));
    }
    rows.extend([
        (hint(9), "read 4 after 3", "Live 3/3/3 q0 f0"),
        (last(3, []), "ReadRetry in 50ms", "Live 3/3/3 q0 f0 caught up"),
        (fired(Timer::ReadRetry), "", "Live 3/3/3 q0 f0 caught up"),
        (hint(9), "read 4 after 3", "Live 3/3/3 q0 f0"),
        (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
    ]);
    let rows: [Row<'_>; 13] = rows.try_into().unwrap();
    check(&small(), rows);
}

/// Polls are no hints: those of an idle subscription find nothing, and delay nothing.
#[test]
fn polls_that_find_nothing_are_not_counted() {
    let mut rows = vec![
        (acquired(3), "Poll in 30s, read 4 after 3", "CatchingUp 3/3/3 q0 f0"),
        (last(3, []), "", "Live 3/3/3 q0 f0 caught up"),
    ];
    for _ in 0..10 {
        rows.push((fired(Timer::Poll), "Poll in 30s, read 4 after 3", "Live 3/3/3 q0 f0"));
        rows.push((last(3, []), "", "Live 3/3/3 q0 f0 caught up"));
    }
    let rows: [Row<'_>; 22] = rows.try_into().unwrap();
    check(&small(), rows);
}

/// What was heard of counts as the head until the end was seen.
#[test]
fn a_read_refutes_what_was_heard_of() {
    let mut machine = SubscriptionMachine::new(small());
    machine.handle(joins(1, 9));
    let heads = [
        acquired(3),
        hint(9),
        more(3, [4]),
        hint(12),
        last(4, [5, 6]),
        last(6, [7]),
        hint(8),
        handed_over(7, [8]),
    ]
    .map(|input| {
        machine.handle(input);
        machine.head().get()
    });
    assert_eq!(heads, [3, 9, 9, 12, 12, 7, 8, 8]);
}

#[test]
fn progress_tells_whether_hints_come_at_once() {
    let mut machine = SubscriptionMachine::new(small());
    let told = [true, false, true].map(|is_notified| {
        machine.handle(Input::Notified(is_notified));
        machine.progress().is_notified
    });
    assert_eq!(told, [true, false, true]);
}
