use super::table::*;

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
