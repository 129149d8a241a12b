use Input::{ParkFailed, Parked};

use super::table::*;
use crate::backend::ParkOutcome;

fn roomy() -> SubscriptionSettings {
    SubscriptionSettings {
        max_size: size(20),
        ..with_buffer_size(3)
    }
}

fn drained(partitions: &str) -> Input {
    Parked(ParkOutcome::Drained(
        partitions.chars().map(|key| key.to_string().into()).collect(),
    ))
}

#[test]
fn a_parked_event_counts_as_acknowledged_once_it_is_stored() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3, 4]), "deliver 1 2 3", "Live 4/0/0 q1 f3"),
            // What was delivered after it comes again.
            (park(1), "deliver 2 3 4, park 1x1 at 1", "Live 4/0/0 q1 f3"),
            (Parked(ParkOutcome::Parked), "", "Live 4/1/1 q0 f3"),
            (ack(4), "save 4", "Live 4/4/1 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_follows_a_parked_event_in_its_partition_is_parked_too() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("abaab"), "deliver 1 2 3", "Live 5/0/0 q2 f3"),
            (park(1), "deliver 2 5, park 1x1 +3 +4 at 1", "Live 5/0/0 q3 f2"),
            (Parked(ParkOutcome::Parked), "", "Live 5/1/1 q0 f2"),
            (ack(5), "save 5", "Live 5/5/1 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_is_parked_already_is_not_delivered_and_its_partitions_are_followed() {
    check(
        &roomy(),
        [
            (
                acquired_with(0, "a", &[2]),
                "Poll in 30s, read 20 after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (partitioned("b aa"), "deliver 1, park +3 +4 at 0", "Live 4/0/0 q2 f1"),
            (ack(1), "", "Live 4/2/0 q2 f0"),
            (Parked(ParkOutcome::Parked), "save 4", "Live 4/4/0 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_follows_nothing_any_more_is_delivered() {
    check(
        &roomy(),
        [
            (
                acquired_with(0, "a", &[]),
                "Poll in 30s, read 20 after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (partitioned("aba"), "deliver 2, park +1 +3 at 1", "Live 3/0/0 q2 f1"),
            (drained("a"), "deliver 1 3", "Live 3/0/0 q0 f3"),
            (ack(3), "save 3", "Live 3/3/0 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_was_refused_itself_is_parked_though_nothing_is_before_it() {
    check(
        &roomy(),
        [
            (
                acquired_with(0, "b", &[]),
                "Poll in 30s, read 20 after 0",
                "CatchingUp 0/0/0 q0 f0",
            ),
            (partitioned("aba"), "deliver 1 3, park +2 at 0", "Live 3/0/0 q1 f2"),
            (park(1), "", "Live 3/0/0 q3 f0"),
            (drained("b"), "deliver 2, park 1x1 +3 at 1", "Live 3/0/0 q2 f1"),
            (Parked(ParkOutcome::Parked), "", "Live 3/1/1 q0 f1"),
            (ack(2), "save 3", "Live 3/3/1 q0 f0 caught up"),
        ],
    );
}

#[test]
fn parking_waits_for_a_checkpoint_and_a_checkpoint_for_parking() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2 3", "Live 3/0/0 q0 f3"),
            (ack(1), "save 1", "Live 3/1/0 q0 f2"),
            (park(3), "", "Live 3/1/0 q1 f1"),
            (stored(1), "park 3x1 at 1", "Live 3/1/1 q1 f1"),
            (ack(2), "", "Live 3/2/1 q1 f0"),
            (ParkFailed, "CheckpointRetry in 1s", "Live 3/2/1 q1 f0"),
            (fired(Timer::CheckpointRetry), "park 3x1 at 3", "Live 3/2/1 q1 f0"),
            (Parked(ParkOutcome::Parked), "", "Live 3/3/3 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_somebody_else_has_passed_is_not_parked() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (park(1), "deliver 2, park 1x1 at 1", "Live 2/0/0 q1 f1"),
            (Parked(ParkOutcome::Superseded(n(1))), "", "Live 2/1/1 q0 f1"),
            (ack(2), "save 2", "Live 2/2/1 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_somebody_else_has_passed_need_not_wait_to_be_parked() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (park(1), "deliver 2, park 1x1 at 1", "Live 2/0/0 q1 f1"),
            (park(2), "", "Live 2/0/0 q2 f0"),
            (Parked(ParkOutcome::Superseded(n(2))), "", "Live 2/2/2 q0 f0 caught up"),
        ],
    );
}

#[test]
fn what_is_put_aside_waits_for_no_redelivery_any_more() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (partitioned("aaa"), "deliver 1 2 3", "Live 3/0/0 q0 f3"),
            (retry(2), "Redelivery(2) in 1s", "Live 3/0/0 q2 f1"),
            (park(1), "park 1x1 +2 +3 at 3", "Live 3/0/0 q3 f0"),
            (
                Parked(ParkOutcome::Superseded(n(1))),
                "park +2 +3 at 3",
                "Live 3/1/1 q2 f0",
            ),
            (drained("a"), "deliver 2 3", "Live 3/1/1 q0 f2"),
            (ack(2), "save 2", "Live 3/2/1 q0 f1"),
            (retry(3), "Redelivery(3) in 1s", "Live 3/2/1 q1 f0"),
            (fired(Timer::Redelivery(n(2))), "", "Live 3/2/1 q1 f0"),
            (fired(Timer::Redelivery(n(3))), "deliver 3", "Live 3/2/1 q0 f1"),
        ],
    );
}

#[test]
fn parks_with_the_stored_checkpoint_if_that_is_beyond_what_is_acknowledged() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2, 3]), "deliver 1 2 3", "Live 3/0/0 q0 f3"),
            (park(3), "park 3x1 at 0", "Live 3/0/0 q1 f2"),
            (
                Parked(ParkOutcome::Superseded(n(2))),
                "park 3x1 at 2",
                "Live 3/0/2 q1 f2",
            ),
            (Parked(ParkOutcome::Parked), "", "Live 3/0/2 q0 f2"),
            (ack(2), "save 3", "Live 3/3/2 q0 f0 caught up"),
        ],
    );
}

#[test]
fn counts_deliveries_before_it_parks() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (retry(1), "Redelivery(1) in 1s", "Live 1/0/0 q1 f0"),
            (fired(Timer::Redelivery(n(1))), "deliver 1", "Live 1/0/0 q0 f1"),
            (park(1), "park 1x2 at 1", "Live 1/0/0 q1 f0"),
        ],
    );
}

#[test]
fn parks_before_it_ends() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (park(2), "park 2x1 at 0", "Live 2/0/0 q1 f1"),
            (ack(1), "", "Live 2/1/0 q1 f0"),
            (leaves(1), "Stop in 10s", "Stopping 2/1/0 q1 f0"),
            (Parked(ParkOutcome::Parked), "save 2", "Stopping 2/2/0 q0 f0"),
            (stored(2), "release, end Stopped", "Ended(Stopped) 2/2/2 q0 f0"),
        ],
    );
}

#[test]
fn ends_if_the_subscription_is_gone_when_it_parks() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (park(1), "park 1x1 at 1", "Live 1/0/0 q1 f0"),
            (
                Parked(ParkOutcome::SubscriptionGone),
                "release, end SubscriptionDeleted",
                "Ended(SubscriptionDeleted) 1/0/0 q0 f0",
            ),
        ],
    );
}

/// Behaviours: T13.
#[test]
fn fenced_parking_gives_the_lease_up_and_asks_for_it_again() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (park(1), "deliver 2, park 1x1 at 1", "Live 2/0/0 q1 f1"),
            (Parked(ParkOutcome::Fenced), "release, acquire", "Acquiring 2/0/0 q0 f0"),
        ],
    );
}

#[test]
fn ends_if_nothing_can_be_parked() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (park(1), "park 1x1 at 1", "Live 1/0/0 q1 f0"),
            (Failed, "Stop in 10s", "Stopping 1/0/0 q1 f0"),
            (ParkFailed, "release, end Failed", "Ended(Failed) 1/0/0 q0 f0"),
        ],
    );
}

#[test]
fn what_could_not_be_parked_is_told_to_whoever_stops_it() {
    check(
        &roomy(),
        [
            (acquired(0), "Poll in 30s, read 20 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1]), "deliver 1", "Live 1/0/0 q0 f1"),
            (park(1), "park 1x1 at 1", "Live 1/0/0 q1 f0"),
            (leaves(1), "Stop in 10s", "Stopping 1/0/0 q1 f0"),
            (ParkFailed, "release, end Unsaved", "Ended(Unsaved) 1/0/0 q0 f0"),
        ],
    );
}
