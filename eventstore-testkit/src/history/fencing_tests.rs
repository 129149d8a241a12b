use eventstore_core::{PartitionCount, PartitionKey, SubscriptionKey};
use uuid::Uuid;

use super::{Finding, History, Log, LogEvent, Record, Report, Watched};

/// The only partition of the group.
const NAME: &str = "billing[1/1]";

fn given(subscriber: &str) -> Record {
    Record::Given {
        subscriber: subscriber.to_owned(),
        subscription: NAME.to_owned(),
    }
}

fn gets(subscriber: &str, number: u64) -> Record {
    Record::Delivered {
        subscriber: subscriber.to_owned(),
        number,
        event: Uuid::from_u128(number.into()),
    }
}

fn acks(subscriber: &str, number: u64) -> Record {
    Record::Acknowledging {
        subscriber: subscriber.to_owned(),
        number,
    }
}

fn checkpoint(number: u64) -> Record {
    Record::CheckpointSeen {
        subscription: NAME.to_owned(),
        number,
    }
}

/// The history of a group with one partition, in which there are three events of a stream.
fn judge(records: Vec<Record>) -> Report {
    let event = |number: u64| LogEvent {
        position: number,
        event: Uuid::from_u128(number.into()),
        stream: "s".to_owned(),
        version: number,
        event_type: "Happened".to_owned(),
    };
    let log = Log::of((1..=3).map(event).collect());
    let group = SubscriptionKey::new("$all", "billing").unwrap();
    let one = PartitionCount::new(1).unwrap();
    let watched = Watched::partitions(&group, one, |event| PartitionKey::new(event.stream.as_str()));
    History::of(records).judge(&log, &watched)
}

/// The second one handles what the first one has not finished, and the rest.
fn second(from: u64) -> Vec<Record> {
    (from..=3)
        .flat_map(|number| [gets("b", number), acks("b", number)])
        .collect()
}

#[test]
fn a_hand_over_has_no_findings() {
    let first = vec![given("a"), gets("a", 1), acks("a", 1), checkpoint(1), gets("a", 2)];
    let report = judge([first, vec![given("b")], second(2), vec![checkpoint(3)]].concat());
    assert!(report.is_sound(), "{report}");
    assert_eq!((report.redeliveries, report.late_deliveries), (1, 0));
}

#[test]
fn what_a_former_holder_acknowledges_late_counts_for_nothing() {
    let late = vec![
        given("a"),
        gets("a", 1),
        given("b"),
        acks("a", 1),
        gets("a", 2),
        acks("a", 2),
    ];
    let report = judge([late.clone(), second(1)].concat());
    assert!(report.is_sound(), "{report}");
    assert_eq!((report.late_deliveries, report.late_acknowledgements), (1, 2));
    let report = judge([late, vec![checkpoint(2)], second(3)].concat());
    let ahead = Finding::CheckpointAhead {
        subscription: NAME.to_owned(),
        checkpoint: 2,
        unacknowledged: 1,
    };
    assert!(report.findings.contains(&ahead), "{report}");
}

#[test]
fn a_holder_that_skips_what_the_one_before_had_in_hand_is_found() {
    let report = judge([vec![given("a"), gets("a", 1), given("b")], second(2)].concat());
    let early = Finding::OutOfOrder {
        subscriber: "b".to_owned(),
        number: 2,
        earlier: 1,
    };
    assert!(report.findings.contains(&early), "{report}");
}

#[test]
fn what_was_stored_as_acknowledged_comes_to_no_later_holder() {
    let first = vec![given("a"), gets("a", 1), acks("a", 1), checkpoint(1), given("b")];
    let report = judge([first, second(1)].concat());
    let behind = Finding::BehindCheckpoint {
        subscriber: "b".to_owned(),
        number: 1,
        checkpoint: 1,
    };
    assert_eq!(report.findings, [behind], "{report}");
}
