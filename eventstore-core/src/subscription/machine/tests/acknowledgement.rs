use super::table::*;

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
