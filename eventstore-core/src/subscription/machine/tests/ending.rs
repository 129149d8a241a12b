use super::table::*;

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
            (leaves(1), "", "Ended(SubscriptionDeleted) 3/1/0 q0 f0"),
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
            (StreamDeleted, "save 1, Stop in 10s", "Stopping 2/1/0 q0 f1"),
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
            (leaves(1), "release, end Stopped", "Ended(Stopped) 3/3/3 q0 f0"),
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
            (leaves(1), "Stop in 10s", "Stopping 4/3/0 q1 f0"),
            (leaves(1), "", "Stopping 4/3/0 q1 f0"),
            (ack(4), "", "Stopping 4/3/0 q1 f0"),
            (stored(1), "", "Stopping 4/3/0 q1 f0"),
            (stored(2), "save 3", "Stopping 4/3/2 q1 f0"),
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
            (leaves(1), "save 1, Stop in 10s", "Stopping 1/1/0 q0 f0"),
            (save_failed(1), "release, end Unsaved", "Ended(Unsaved) 1/1/0 q0 f0"),
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
            (leaves(1), "Stop in 10s", "Stopping 1/1/0 q0 f0"),
            (LeaseLost, "release, end Unsaved", "Ended(Unsaved) 1/1/0 q0 f0"),
        ],
    );
}

#[test]
fn stops_while_it_waits_for_the_lease() {
    check(
        &small(),
        [
            (leaves(1), "end Stopped", "Ended(Stopped) 0/0/0 q0 f0"),
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

#[test]
fn a_failure_waits_for_the_answer_of_the_save_that_failed() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (ack(1), "save 1", "Live 2/1/0 q0 f1"),
            (Failed, "Stop in 10s", "Stopping 2/1/0 q0 f1"),
            (save_failed(1), "release, end Failed", "Ended(Failed) 2/1/0 q0 f0"),
        ],
    );
}

#[test]
fn it_does_not_wait_for_ever_for_its_last_checkpoint() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (ack(2), "save 2", "Live 2/2/0 q0 f0 caught up"),
            (leaves(1), "Stop in 10s", "Stopping 2/2/0 q0 f0"),
            (Failed, "", "Stopping 2/2/0 q0 f0"),
            (fired(Timer::Stop), "release, end Unsaved", "Ended(Unsaved) 2/2/0 q0 f0"),
            (stored(2), "", "Ended(Unsaved) 2/2/0 q0 f0"),
        ],
    );
}

#[test]
fn whoever_stops_it_is_told_that_the_subscription_is_gone() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (ack(1), "save 1", "Live 1/1/0 q0 f0 caught up"),
            (leaves(1), "Stop in 10s", "Stopping 1/1/0 q0 f0"),
            (
                answered(1, CheckpointOutcome::SubscriptionGone),
                "release, end SubscriptionDeleted",
                "Ended(SubscriptionDeleted) 1/1/0 q0 f0",
            ),
        ],
    );
}

#[test]
fn what_was_acknowledged_under_a_lost_lease_is_not_called_stored() {
    check(
        &small(),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (ack(1), "save 1", "Live 1/1/0 q0 f0 caught up"),
            (LeaseLost, "release, acquire", "Acquiring 1/1/0 q0 f0"),
            (leaves(1), "end Unsaved", "Ended(Unsaved) 1/1/0 q0 f0"),
        ],
    );
}
