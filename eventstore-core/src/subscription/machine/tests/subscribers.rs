use super::table::*;
use crate::machine::SubscriptionMachine;

/// Behaviours: R8.40.
#[test]
fn events_go_to_whoever_was_given_something_the_longest_ago() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 1), "", "Acquiring 0/0/0 q0 f0"),
            (joins(3, 2), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (
                last(0, [1, 2, 3, 4, 5, 6, 7, 8]),
                "deliver 1 4, deliver 2 to 2, deliver 3 5 to 3",
                "Live 8/0/0 q3 f5",
            ),
            (ack_of(3, 5), "deliver 6 7 to 3", "Live 8/0/0 q1 f5"),
            (ack_of(2, 2), "deliver 8 to 2", "Live 8/0/0 q0 f5"),
            (ack_of(1, 4), "save 5", "Live 8/5/0 q0 f3"),
        ],
    );
}

/// Behaviours: R8.25.
#[test]
fn the_checkpoint_waits_for_the_lowest_number_of_any_subscriber() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 2), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (
                last(0, [1, 2, 3, 4]),
                "deliver 1 3, deliver 2 4 to 2",
                "Live 4/0/0 q0 f4",
            ),
            (ack_of(2, 2), "", "Live 4/0/0 q0 f3"),
            (ack_of(1, 1), "save 2", "Live 4/2/0 q0 f2"),
            (ack_of(2, 4), "", "Live 4/2/0 q0 f1"),
            (stored(2), "", "Live 4/2/2 q0 f1"),
            (ack_of(1, 3), "save 4", "Live 4/4/2 q0 f0 caught up"),
        ],
    );
}

/// Behaviours: R8.26.
#[test]
fn what_is_with_another_subscriber_cannot_be_acknowledged() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 1), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 1), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1, deliver 2 to 2", "Live 2/0/0 q0 f2"),
            (ack_of(2, 1), "reject 1 to 2", "Live 2/0/0 q0 f2"),
            (ack_of(1, 2), "reject 2", "Live 2/0/0 q0 f2"),
            (ack_of(7, 1), "reject 1 to 7", "Live 2/0/0 q0 f2"),
        ],
    );
}

/// Behaviours: R8.42.
#[test]
fn a_new_subscriber_is_given_what_waits() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 1), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3, 4]), "deliver 1", "Live 4/0/0 q3 f1"),
            (joins(2, 2), "deliver 2 3 to 2", "Live 4/0/0 q1 f3"),
        ],
    );
}

/// Behaviours: R8.43.
#[test]
fn what_a_subscriber_leaves_goes_to_the_others_first() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 2), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (
                last(0, [1, 2, 3, 4, 5]),
                "deliver 1 3, deliver 2 4 to 2",
                "Live 5/0/0 q1 f4",
            ),
            (ack_of(1, 1), "deliver 5, save 1", "Live 5/1/0 q0 f4"),
            (leaves(1), "", "Live 5/1/0 q2 f2"),
            (ack_of(2, 4), "deliver 3 5 to 2", "Live 5/2/0 q0 f2"),
            (leaves(1), "", "Live 5/2/0 q0 f2"),
        ],
    );
}

/// Behaviours: R8.44.
#[test]
fn ends_with_its_last_subscriber_after_the_checkpoint_is_stored() {
    check_machine(
        SubscriptionMachine::new(SubscriptionSettings {
            checkpoint_threshold: std::num::NonZeroU64::MAX,
            ..shared()
        }),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 2), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1, deliver 2 to 2", "Live 2/0/0 q0 f2"),
            (ack_of(1, 1), "", "Live 2/1/0 q0 f1"),
            (leaves(1), "", "Live 2/1/0 q0 f1"),
            (leaves(2), "save 1, Stop in 10s", "Stopping 2/1/0 q1 f0"),
            (stored(1), "release, end Stopped", "Ended(Stopped) 2/1/1 q0 f0"),
        ],
    );
}

/// Behaviours: T37.
#[test]
fn ends_at_once_if_its_last_subscriber_leaves_before_it_is_active() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 2), "", "Acquiring 0/0/0 q0 f0"),
            (leaves(1), "", "Acquiring 0/0/0 q0 f0"),
            (leaves(2), "end Stopped", "Ended(Stopped) 0/0/0 q0 f0"),
        ],
    );
}

#[test]
fn subscribers_stay_while_the_lease_moves() {
    check_machine(
        SubscriptionMachine::new(shared()),
        [
            (joins(1, 1), "", "Acquiring 0/0/0 q0 f0"),
            (joins(2, 1), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1, deliver 2 to 2", "Live 3/0/0 q1 f2"),
            (LeaseLost, "release, acquire", "Acquiring 3/0/0 q0 f0"),
            (leaves(2), "", "Acquiring 3/0/0 q0 f0"),
            (joins(3, 1), "", "Acquiring 3/0/0 q0 f0"),
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 to 3, deliver 2", "Live 3/0/0 q1 f2"),
        ],
    );
}

/// Behaviours: R8.53.
#[test]
fn a_transient_one_stores_no_checkpoint() {
    check_machine(
        SubscriptionMachine::transient(small()),
        [
            (joins(1, 2), "", "Acquiring 0/0/0 q0 f0"),
            (acquired(3), "Poll in 30s, read 4 after 3", "CatchingUp 3/3/3 q0 f0"),
            (last(3, [4, 5, 6]), "deliver 4 5", "Live 6/3/3 q1 f2"),
            (ack(5), "deliver 6", "Live 6/5/5 q0 f1"),
            (leaves(1), "release, end Stopped", "Ended(Stopped) 6/5/5 q0 f0"),
        ],
    );
}
