use super::table::*;
use crate::Refusal;
use crate::machine::SubscriptionMachine;

#[test]
fn a_refused_event_comes_again_after_a_while_and_all_that_came_after_it() {
    check(
        &with_buffer_size(3),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3, 4]), "deliver 1 2 3", "Live 4/0/0 q1 f3"),
            (retry(2), "Redelivery(2) in 1s", "Live 4/0/0 q3 f1"),
            (ack(1), "save 1", "Live 4/1/0 q3 f0"),
            (ack(3), "reject 3", "Live 4/1/0 q3 f0"),
            (fired(Timer::Redelivery(n(2))), "deliver 2 3 4", "Live 4/1/0 q0 f3"),
            (ack(4), "", "Live 4/4/0 q0 f0 caught up"),
        ],
    );
}

#[test]
fn each_refusal_waits_twice_as_long_as_the_one_before() {
    let again = || fired(Timer::Redelivery(n(1)));
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (retry(1), "Redelivery(1) in 1s", "Live 1/0/0 q1 f0"),
            (again(), "deliver 1", "Live 1/0/0 q0 f1"),
            (retry(1), "Redelivery(1) in 2s", "Live 1/0/0 q1 f0"),
            (again(), "deliver 1", "Live 1/0/0 q0 f1"),
            (retry(1), "Redelivery(1) in 4s", "Live 1/0/0 q1 f0"),
            (again(), "deliver 1", "Live 1/0/0 q0 f1"),
            (ack(1), "save 1", "Live 1/1/0 q0 f0 caught up"),
        ],
    );
}

#[test]
fn a_refused_event_holds_back_its_partition_and_no_other() {
    check(
        &SubscriptionSettings {
            max_size: size(20),
            ..with_buffer_size(3)
        },
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("abaab"), "deliver 1 2 3", "Live 5/0/0 q2 f3"),
            (retry(1), "Redelivery(1) in 1s, deliver 2 5", "Live 5/0/0 q3 f2"),
            (ack(5), "", "Live 5/0/0 q3 f0"),
            (fired(Timer::Redelivery(n(1))), "deliver 1 3 4", "Live 5/0/0 q0 f3"),
        ],
    );
}

/// Each refused event waits for its own redelivery: a longer wait of a later one holds back nothing before it, and is not cut short.
#[test]
fn a_refused_event_holds_back_nothing_before_it() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 3), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 3), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("aaa"), "deliver 1 2 3", "Live 3/0/0 q0 f3"),
            (retry(3), "Redelivery(3) in 1s", "Live 3/0/0 q1 f2"),
            (retry(2), "Redelivery(2) in 1s", "Live 3/0/0 q2 f1"),
            (leaves(1), "deliver 1 to 2", "Live 3/0/0 q2 f1"),
            (fired(Timer::Redelivery(n(2))), "deliver 2 to 2", "Live 3/0/0 q1 f2"),
            (ack_of(2, 2), "save 2", "Live 3/2/0 q1 f0"),
            (fired(Timer::Redelivery(n(3))), "deliver 3 to 2", "Live 3/2/0 q0 f1"),
        ],
    );
}

#[test]
fn a_refused_event_may_go_to_another_subscriber() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 1), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 1), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("aba"), "deliver 1, deliver 2 to 2", "Live 3/0/0 q1 f2"),
            (refused(1, 1, Refusal::Retry), "Redelivery(1) in 1s", "Live 3/0/0 q2 f1"),
            (leaves(1), "", "Live 3/0/0 q2 f1"),
            (fired(Timer::Redelivery(n(1))), "", "Live 3/0/0 q2 f1"),
            (ack_of(2, 2), "deliver 1 to 2", "Live 3/0/0 q1 f1"),
            (ack_of(2, 1), "deliver 3 to 2, save 2", "Live 3/2/0 q0 f1"),
        ],
    );
}

#[test]
fn a_skipped_event_counts_as_acknowledged_and_none_before_it() {
    check(
        &with_buffer_size(3),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3, 4]), "deliver 1 2 3", "Live 4/0/0 q1 f3"),
            (skip(2), "deliver 4", "Live 4/0/0 q0 f3"),
            (ack(2), "reject 2", "Live 4/0/0 q0 f3"),
            (ack(1), "save 2", "Live 4/2/0 q0 f2"),
        ],
    );
}

#[test]
fn only_what_was_delivered_can_be_refused() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (retry(1), "reject 1", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (skip(3), "reject 3", "Live 3/0/0 q1 f2"),
            (refused(2, 1, Refusal::Retry), "reject 1 to 2", "Live 3/0/0 q1 f2"),
        ],
    );
}

#[test]
fn an_earlier_refusal_of_the_same_partition_is_waited_for_last() {
    check(
        &with_buffer_size(3),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2 3", "Live 3/0/0 q0 f3"),
            (retry(2), "Redelivery(2) in 1s", "Live 3/0/0 q2 f1"),
            (retry(1), "Redelivery(1) in 1s", "Live 3/0/0 q3 f0"),
            (fired(Timer::Redelivery(n(2))), "", "Live 3/0/0 q3 f0"),
            (fired(Timer::Redelivery(n(1))), "deliver 1 2 3", "Live 3/0/0 q0 f3"),
        ],
    );
}

#[test]
fn refusals_of_an_earlier_lease_are_forgotten() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (retry(1), "Redelivery(1) in 1s", "Live 2/0/0 q2 f0"),
            (LeaseLost, "release, acquire", "Acquiring 2/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (fired(Timer::Redelivery(n(1))), "", "Live 2/0/0 q0 f2"),
            (retry(1), "Redelivery(1) in 1s", "Live 2/0/0 q2 f0"),
        ],
    );
}
