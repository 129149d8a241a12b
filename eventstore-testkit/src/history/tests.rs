use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Answer, Finding, History, Log, LogEvent, Promise, Record, Recorder, Report, Watched};

/// The subscription that is watched.
const NAME: &str = "invoices";

fn id(number: u64) -> Uuid {
    Uuid::from_u128(number.into())
}

/// An event whose id is its number.
fn event(position: u64, stream: &str, version: u64) -> LogEvent {
    LogEvent {
        position,
        event: id(position),
        stream: stream.to_owned(),
        version,
        event_type: "Happened".to_owned(),
    }
}

/// Six events: `a` 1, `b` 1, `a` 2 and 3, `b` 2 and 3.
fn events() -> Vec<LogEvent> {
    [
        (1, "a", 1),
        (2, "b", 1),
        (3, "a", 2),
        (4, "a", 3),
        (5, "b", 2),
        (6, "b", 3),
    ]
    .map(|(position, stream, version)| event(position, stream, version))
    .to_vec()
}

fn called(call: u64, stream: &str, events: &[u64]) -> Record {
    Record::AppendCalled {
        call: id(call),
        stream: stream.to_owned(),
        events: events.iter().copied().map(id).collect(),
    }
}

fn answered(call: u64, answer: Answer) -> Record {
    Record::AppendAnswered { call: id(call), answer }
}

fn stored(versions: [u64; 2], positions: [u64; 2]) -> Answer {
    Answer::Stored {
        first_version: versions[0],
        last_version: versions[1],
        first_position: positions[0],
        last_position: positions[1],
    }
}

/// The second append of `a`, with this answer.
fn append_of_two(answer: Answer) -> Vec<Record> {
    vec![called(1, "a", &[3, 4]), answered(1, answer)]
}

fn joins(subscriber: &str) -> Record {
    Record::Subscribed {
        subscriber: subscriber.to_owned(),
        subscription: NAME.to_owned(),
    }
}

fn gets(subscriber: &str, number: u64) -> Record {
    Record::Delivered {
        subscriber: subscriber.to_owned(),
        number,
        event: id(number),
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

/// A subscriber who gets these and acknowledges each at once.
fn serves(subscriber: &str, numbers: impl IntoIterator<Item = u64>) -> Vec<Record> {
    let served = numbers
        .into_iter()
        .flat_map(|number| [gets(subscriber, number), acks(subscriber, number)]);
    [joins(subscriber)].into_iter().chain(served).collect()
}

fn judge(records: Vec<Record>, events: Vec<LogEvent>, watched: &[Watched]) -> Report {
    History::of(records).judge(&Log::of(events), watched)
}

/// Of a history of appends, reads and deletions.
fn findings(records: Vec<Record>, events: Vec<LogEvent>) -> Vec<Finding> {
    judge(records, events, &[]).findings
}

/// Of a history of the subscription, whose events have to come in their order.
fn findings_in_order(records: Vec<Record>) -> Vec<Finding> {
    judge(records, events(), &[Watched::all(NAME)]).findings
}

/// The same where only the events of a stream have to come in their order.
fn findings_by_stream(records: Vec<Record>) -> Vec<Finding> {
    let watched = Watched::all(NAME).partitioned_by(|event| Some(event.stream.clone()));
    judge(records, events(), &[watched]).findings
}

#[test]
fn a_good_history_has_no_findings() {
    let mut records = vec![
        called(1, "a", &[1]),
        answered(1, Answer::Unknown),
        called(2, "a", &[1]),
        answered(2, stored([1, 1], [1, 1])),
        called(3, "b", &[2]),
        answered(3, Answer::Unknown),
        called(4, "b", &[2]),
        answered(4, Answer::Refused),
        called(5, "a", &[3, 4]),
        answered(5, stored([2, 3], [3, 4])),
        called(6, "c", &[60]),
        answered(6, Answer::Refused),
        called(7, "b", &[5, 6]),
        Record::Read {
            position: 5,
            event: id(5),
        },
    ];
    // The first one dies with 3 in flight; 2 is not stored yet, and comes again.
    records.extend(serves("first", 1..=2));
    records.extend([gets("first", 3), checkpoint(1)]);
    records.push(Record::Fault {
        what: "SIGKILL".to_owned(),
    });
    records.extend(serves("second", 2..=6));
    records.extend([checkpoint(5), checkpoint(6)]);
    let report = judge(records, events(), &[Watched::all(NAME)]);
    let expected = Report {
        findings: Vec::new(),
        events: 6,
        appends: 7,
        unknown_outcomes: 3,
        deliveries: 8,
        redeliveries: 2,
        late_deliveries: 0,
        late_acknowledgements: 0,
        checkpoints: 3,
        faults: 1,
    };
    assert_eq!(report, expected, "{report}");
    assert!(report.is_sound());
}

#[test]
fn appends_that_do_not_hold_are_found() {
    let stream = || "a".to_owned();
    let without = |positions: &[u64]| {
        let mut events = events();
        events.retain(|event| !positions.contains(&event.position));
        events
    };
    let twice = || {
        [
            events(),
            vec![LogEvent {
                event: id(3),
                ..event(7, "a", 4)
            }],
        ]
        .concat()
    };
    let receipt = stored([2, 3], [3, 4]);
    let whole = append_of_two(receipt.clone());
    for (records, events, expected) in [
        (
            append_of_two(stored([2, 3], [4, 5])),
            events(),
            vec![Finding::WrongReceipt {
                stream: stream(),
                event: id(3),
            }],
        ),
        (
            [
                whole.clone(),
                vec![called(2, "a", &[3, 4]), answered(2, stored([4, 5], [7, 8]))],
            ]
            .concat(),
            events(),
            vec![Finding::WrongReceipt {
                stream: stream(),
                event: id(3),
            }],
        ),
        (
            append_of_two(Answer::Refused),
            events(),
            vec![Finding::RefusedButStored {
                stream: stream(),
                event: id(3),
            }],
        ),
        (
            vec![called(1, "a", &[8, 9]), answered(1, receipt)],
            events(),
            vec![Finding::Lost {
                stream: stream(),
                event: id(8),
            }],
        ),
        (
            append_of_two(Answer::Unknown),
            without(&[4, 5, 6]),
            vec![Finding::Torn {
                stream: stream(),
                event: id(3),
            }],
        ),
        (
            vec![called(1, "b", &[3, 4])],
            events(),
            vec![Finding::Torn {
                stream: "b".to_owned(),
                event: id(3),
            }],
        ),
        (
            vec![],
            twice(),
            vec![Finding::StoredTwice {
                event: id(3),
                position: 7,
            }],
        ),
    ] {
        assert_eq!(findings(records.clone(), events), expected, "{records:?}");
    }
}

#[test]
fn a_log_out_of_order_is_found() {
    let replaced = |position: u64, by: LogEvent| {
        let mut events = events();
        events.retain(|event| event.position != position);
        events.push(by);
        events.sort_by_key(|event| event.position);
        events
    };
    let deleted = || Record::HardDeleteCalled { stream: "a".to_owned() };
    let read = |position, event| Record::Read {
        position,
        event: id(event),
    };
    let version_gap = |expected, version| Finding::VersionGap {
        stream: "b".to_owned(),
        expected,
        version,
    };
    let moved = |number, event| Finding::Moved {
        number,
        event: id(event),
    };
    for (records, events, expected) in [
        (vec![], replaced(6, event(6, "b", 4)), vec![version_gap(3, 4)]),
        (vec![], replaced(6, event(6, "b", 2)), vec![version_gap(3, 2)]),
        (
            vec![],
            replaced(6, event(7, "b", 3)),
            vec![Finding::PositionGap { after: 5, position: 7 }],
        ),
        (vec![deleted()], replaced(6, event(7, "b", 3)), vec![]),
        (
            vec![deleted()],
            [
                events(),
                vec![LogEvent {
                    event: id(7),
                    ..event(6, "c", 1)
                }],
            ]
            .concat(),
            vec![Finding::PositionGap { after: 6, position: 6 }],
        ),
        (vec![read(2, 3)], events(), vec![moved(2, 3)]),
        (vec![read(7, 7)], events(), vec![moved(7, 7)]),
        (vec![read(7, 3), deleted()], events(), vec![moved(7, 3)]),
        (vec![read(7, 7), deleted()], events(), vec![]),
    ] {
        assert_eq!(findings(records.clone(), events), expected, "{records:?}");
    }
}

#[test]
fn a_skipped_event_is_found() {
    let skipped = |number| Finding::Skipped {
        subscription: NAME.to_owned(),
        number,
    };
    assert_eq!(findings_in_order(serves("x", [1, 2, 4, 5, 6])), [skipped(3)]);
    assert_eq!(findings_in_order(serves("x", [2, 5, 6])), [1, 3, 4].map(skipped));
    assert_eq!(findings_by_stream(serves("x", [2, 1, 4, 5, 6])), [skipped(3)]);
    // One between two subscribers.
    let records = [serves("x", [1, 2]), serves("y", [4, 5, 6])].concat();
    assert_eq!(findings_in_order(records), [skipped(3)]);
}

#[test]
fn an_event_that_is_not_selected_or_another_one_is_found() {
    let watched = || Watched::all(NAME).filtered(|event| event.stream == "a");
    assert!(judge(serves("x", [1, 3, 4]), events(), &[watched()]).is_sound());
    let unwanted = Finding::Unwanted {
        subscription: NAME.to_owned(),
        number: 2,
    };
    assert_eq!(judge(serves("x", 1..=4), events(), &[watched()]).findings, [unwanted]);
    for (number, event) in [(3, 4), (7, 7)] {
        let mut records = serves("x", 1..=6);
        let event = id(event);
        let subscriber = "x".to_owned();
        records.push(Record::Delivered {
            subscriber,
            number,
            event,
        });
        assert_eq!(findings_in_order(records), [Finding::Moved { number, event }]);
    }
}

#[test]
fn an_order_that_does_not_hold_is_found() {
    let early = |subscriber: &str, number, earlier| Finding::OutOfOrder {
        subscriber: subscriber.to_owned(),
        number,
        earlier,
    };
    assert_eq!(findings_in_order(serves("x", [2, 1, 3, 4, 5, 6])), [early("x", 2, 1)]);
    // 1 is still with the first one when the second one gets 3, of the same stream.
    let shared = |acknowledged_first: bool| {
        let mut records = vec![joins("x"), joins("y"), gets("x", 1), gets("y", 2)];
        let mut rest = vec![acks("x", 1), gets("y", 3)];
        if !acknowledged_first {
            rest.reverse();
        }
        records.append(&mut rest);
        records.extend([acks("y", 3), gets("y", 4), gets("y", 5), gets("y", 6), acks("y", 6)]);
        records
    };
    assert_eq!(findings_by_stream(shared(true)), []);
    assert_eq!(findings_by_stream(shared(false)), [early("y", 3, 1)]);
    // What the holder before has not acknowledged comes again, first.
    let taken_over = |numbers: &[u64]| {
        let first = vec![joins("x"), gets("x", 1), gets("x", 2), gets("x", 3), acks("x", 2)];
        [first, serves("y", numbers.iter().copied())].concat()
    };
    assert_eq!(findings_in_order(taken_over(&[3, 4, 5, 6])), []);
    assert_eq!(findings_in_order(taken_over(&[4, 3, 4, 5, 6])), [early("y", 4, 3)]);
    let unordered = Watched::all(NAME).partitioned_by(|_| None);
    assert!(judge(serves("x", [2, 1, 6, 5, 4, 3]), events(), &[unordered]).is_sound());
}

#[test]
fn a_checkpoint_that_goes_where_it_must_not_is_found() {
    let ahead = |checkpoint, unacknowledged| Finding::CheckpointAhead {
        subscription: NAME.to_owned(),
        checkpoint,
        unacknowledged,
    };
    let served = || serves("x", 1..=3);
    let rest = || {
        (4..=6)
            .flat_map(|number| [gets("x", number), acks("x", number)])
            .collect()
    };
    let at = |checkpoints: Vec<Record>| [served(), checkpoints, rest()].concat();
    assert_eq!(findings_in_order(at(vec![checkpoint(3)])), []);
    assert_eq!(findings_in_order(at(vec![checkpoint(4)])), [ahead(4, 4)]);
    assert_eq!(findings_in_order(at(vec![gets("x", 4), checkpoint(5)])), [ahead(5, 4)]);
    let backwards = Finding::CheckpointBackwards {
        subscription: NAME.to_owned(),
        from: 3,
        to: 2,
    };
    assert_eq!(findings_in_order(at(vec![checkpoint(3), checkpoint(2)])), [backwards]);
    let deleted = Record::SubscriptionDeleted {
        subscription: NAME.to_owned(),
    };
    let anew = [vec![checkpoint(3), deleted, checkpoint(0)], serves("y", 1..=6)].concat();
    assert_eq!(findings_in_order([served(), anew].concat()), []);
    let behind = Finding::BehindCheckpoint {
        subscriber: "y".to_owned(),
        number: 3,
        checkpoint: 3,
    };
    assert_eq!(
        findings_in_order([at(vec![checkpoint(3)]), serves("y", [3])].concat()),
        [behind]
    );
}

/// An acknowledgement is about all that was delivered before it, and nothing after.
#[test]
fn what_was_never_acknowledged_is_found() {
    let left = |first, events| {
        vec![Finding::NotCaughtUp {
            subscription: NAME.to_owned(),
            first,
            events,
        }]
    };
    let with = |last: Record| {
        [
            vec![joins("x")],
            (1..=6).map(|number| gets("x", number)).collect(),
            vec![last],
        ]
        .concat()
    };
    assert_eq!(findings_in_order(serves("x", 1..=4)), left(5, 2));
    assert_eq!(findings_in_order(with(acks("x", 6))), []);
    assert_eq!(findings_in_order(with(acks("x", 4))), left(5, 2));
    assert_eq!(findings_in_order(with(acks("x", 9))), left(1, 6));
    assert_eq!(findings_in_order(with(checkpoint(0))), left(1, 6));
    let deleted = Record::SubscriptionDeleted {
        subscription: NAME.to_owned(),
    };
    assert_eq!(
        findings_in_order([serves("x", 1..=6), vec![deleted]].concat()),
        left(1, 6)
    );
}

#[test]
fn a_subscription_to_a_stream_is_judged_by_versions_from_where_it_begins() {
    let watched = || Watched::stream(NAME, "a").starting_after(1);
    let of_a = |numbers: [u64; 2]| {
        let mut records = vec![joins("x")];
        for number in numbers {
            let subscriber = "x".to_owned();
            let event = id(number + 1);
            records.extend([
                Record::Delivered {
                    subscriber,
                    number,
                    event,
                },
                acks("x", number),
            ]);
        }
        records
    };
    assert_eq!(judge(of_a([2, 3]), events(), &[watched()]).findings, []);
    let report = judge(of_a([3, 3]), events(), &[watched()]);
    assert_eq!(report.findings[0].promise(), Promise::NoSkip, "{report}");
}

/// Subscribers who are not watched, or who never subscribed, are not judged.
#[test]
fn what_is_not_watched_is_not_judged() {
    let report = judge(
        serves("x", [6, 1]),
        events(),
        &[Watched::all("another").starting_after(6)],
    );
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.deliveries, 2);
}

#[test]
fn a_file_takes_the_records_of_several_writers_and_what_a_killed_one_has_left() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history");
    let recorders = [(); 2].map(|()| Recorder::to_file(&path).unwrap());
    let records = [
        serves("x", 1..=3),
        append_of_two(stored([2, 3], [3, 4])),
        append_of_two(Answer::Unknown),
    ]
    .concat();
    for (record, recorder) in records.iter().zip(recorders.iter().cycle()) {
        recorder.record(record.clone());
    }
    assert_eq!(recorders[0].history().unwrap().records(), records);
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, br#"{"record":"fau"#))
        .unwrap();
    assert_eq!(recorders[1].history().unwrap().records(), records);
    std::fs::write(&path, "{}\n").unwrap();
    assert!(History::read(&path).is_err());
}

/// Ten times as long a history, with findings and keys, must not take a hundred times as long.
#[test]
fn judging_is_linear() {
    let time = |events: u64| {
        let log: Vec<_> = (1..=events)
            .map(|number| event(number, &number.to_string(), 1))
            .collect();
        let numbers = || (1..=events).filter(|number| number % 10 != 1);
        let mut records: Vec<_> = std::iter::once(joins("x"))
            .chain(numbers().map(|number| gets("x", number)))
            .collect();
        records.extend(numbers().flat_map(|number| [acks("x", number), checkpoint(9)]));
        let watched = [Watched::all(NAME)];
        let start = Instant::now();
        let report = judge(records, log, &watched);
        let skipped = report
            .findings
            .iter()
            .filter(|finding| finding.promise() == Promise::NoSkip)
            .count();
        assert_eq!(u64::try_from(skipped).unwrap(), events / 10);
        start.elapsed()
    };
    let fastest = |events| (0..3).map(|_| time(events)).min().unwrap_or_default();
    let (short, long) = (fastest(2_000), fastest(20_000));
    assert!(
        long < 40 * short.max(Duration::from_millis(1)),
        "{short:?} for 2,000 events, {long:?} for 20,000"
    );
}
