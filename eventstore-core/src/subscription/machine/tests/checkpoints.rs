use super::table::*;

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

/// Behaviours: T13.
#[test]
fn a_fenced_save_gives_the_lease_up_and_asks_for_it_again() {
    check(
        &with_threshold(1, None),
        [
            (acquired(0), "Poll in 30s, read 4 after 0", "CatchingUp 0/0/0 q0 f0"),
            (last(0, [1, 2]), "deliver 1 2", "Live 2/0/0 q0 f2"),
            (ack(1), "save 1", "Live 2/1/0 q0 f1"),
            (
                answered(1, CheckpointOutcome::Fenced),
                "release, acquire",
                "Acquiring 2/1/0 q0 f0",
            ),
            (ack(2), "", "Acquiring 2/1/0 q0 f0"),
        ],
    );
}
