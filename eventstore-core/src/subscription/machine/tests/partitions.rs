use super::table::*;
use crate::machine::SubscriptionMachine;

/// Behaviours: R8.45.
#[test]
fn a_partition_stays_with_its_subscriber_until_everything_of_it_is_acknowledged() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 1), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 2), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("aaba"), "deliver 1, deliver 3 to 2", "Live 4/0/0 q2 f2"),
            (ack_of(2, 3), "", "Live 4/0/0 q2 f1"),
            (leaves(1), "deliver 1 2 to 2", "Live 4/0/0 q1 f2"),
        ],
    );
}

/// Behaviours: R8.46, T12.
#[test]
fn a_subscriber_of_two_partitions_keeps_both() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 1), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("abca"), "deliver 1 3, deliver 2 to 2", "Live 4/0/0 q1 f3"),
            (ack_of(2, 2), "", "Live 4/0/0 q1 f2"),
            (ack_of(1, 1), "deliver 4 to 2, save 2", "Live 4/2/0 q0 f2"),
        ],
    );
}

/// Behaviours: R8.47.
#[test]
fn one_subscriber_is_given_partitions_in_the_order_of_their_events() {
    check(
        &SubscriptionSettings {
            max_size: size(20),
            ..with_buffer_size(3)
        },
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("ababab"), "deliver 1 2 3", "Live 6/0/0 q3 f3"),
            (ack(3), "deliver 4 5 6, save 3", "Live 6/3/0 q0 f3"),
        ],
    );
}

/// Behaviours: R8.48.
#[test]
fn a_slow_partition_holds_the_checkpoint_back_and_nothing_else() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 1), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 1), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("abbab"), "deliver 1, deliver 2 to 2", "Live 5/0/0 q3 f2"),
            (ack_of(2, 2), "deliver 3 to 2", "Live 5/0/0 q2 f2"),
            (ack_of(2, 3), "deliver 5 to 2", "Live 5/0/0 q1 f2"),
            (ack_of(2, 5), "", "Live 5/0/0 q1 f1"),
            (ack_of(1, 1), "deliver 4, save 3", "Live 5/3/0 q0 f1"),
        ],
    );
}

/// Behaviours: R8.43, R8.45.
#[test]
fn what_a_subscriber_leaves_of_a_partition_comes_before_the_rest_of_it() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("aaa"), "deliver 1 2", "Live 3/0/0 q1 f2"),
            (joins(2, 2), "", "Live 3/0/0 q1 f2"),
            (leaves(1), "deliver 1 2 to 2", "Live 3/0/0 q1 f2"),
            (ack_of(2, 2), "deliver 3 to 2, save 2", "Live 3/2/0 q0 f1"),
        ],
    );
}

#[test]
fn events_without_a_partition_are_nobodys() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 1), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 3), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("a a "), "deliver 1, deliver 2 4 to 2", "Live 4/0/0 q1 f3"),
        ],
    );
}

/// Behaviours: R8.24.
#[test]
fn an_acknowledgement_covers_all_that_was_sent_before_to_the_same_subscriber() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 2), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("abcb"), "deliver 1 3, deliver 2 4 to 2", "Live 4/0/0 q0 f4"),
            (leaves(2), "", "Live 4/0/0 q2 f2"),
            (ack_of(1, 1), "deliver 2, save 1", "Live 4/1/0 q1 f2"),
            // 3 was sent before 2.
            (ack_of(1, 2), "deliver 4", "Live 4/3/0 q0 f1"),
        ],
    );
}
