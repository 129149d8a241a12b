use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use crate::backend::NumberedEvent;

use uuid::Uuid;

pub(crate) use Input::{AcquireFailed, Failed, LeaseLost, PageDamaged, ReadFailed, StreamDeleted, StreamMissing};

pub(crate) use crate::SubscriptionSettings;
pub(crate) use crate::backend::CheckpointOutcome;
use crate::backend::{EventToPark, Hint, ParkedBacklog};
use crate::machine::{DeliveredEvent, Effect, PartitionedEvent, SubscriberId};
pub(crate) use crate::machine::{Input, SubscriptionMachine, Timer};
use crate::{EventNumber, EventType, NewEvent, ParkCause, Progress, RecordedEvent, Refusal, StreamName, Timestamp};

/// What happens, all effects, and the progress after it: `status received/acknowledged/checkpoint queued in-flight`.
pub(crate) type Row<'a> = (Input, &'a str, &'a str);

pub(crate) fn check<const ROWS: usize>(settings: &SubscriptionSettings, rows: [Row<'_>; ROWS]) {
    let mut machine = SubscriptionMachine::new(settings.clone());
    machine.handle(joins(1, settings.buffer_size.get()));
    check_machine(machine, rows);
}

/// A machine without subscribers.
pub(crate) fn check_machine<const ROWS: usize>(mut machine: SubscriptionMachine, rows: [Row<'_>; ROWS]) {
    assert_eq!(
        (effects(&mut machine), progress(&machine)),
        ("acquire".to_owned(), "Acquiring 0/0/0 q0 f0".to_owned()),
    );
    for (index, (input, expected_effects, expected_progress)) in rows.into_iter().enumerate() {
        machine.handle(input.clone());
        assert_eq!(
            (effects(&mut machine).as_str(), progress(&machine).as_str()),
            (expected_effects, expected_progress),
            "row {index}: {input:?}",
        );
    }
}

fn effects(machine: &mut SubscriptionMachine) -> String {
    let effects: Vec<_> = std::iter::from_fn(|| machine.poll_effect()).map(written).collect();
    effects.join(", ")
}

fn written(effect: Effect) -> String {
    match effect {
        Effect::Acquire => "acquire".to_owned(),
        Effect::Read {
            after,
            limit,
            max_bytes,
        } if max_bytes.get() < 1_000 => format!("read {limit} of {max_bytes} bytes after {after}"),
        Effect::Read { after, limit, .. } => format!("read {limit} after {after}"),
        Effect::Deliver { subscriber, events } => format!("deliver{}{}", numbers(&events), to(subscriber)),
        Effect::RejectAcknowledgement { subscriber, number } => format!("reject {number}{}", to(subscriber)),
        Effect::Park { events, checkpoint } => format!("park{} at {checkpoint}", parked(&events)),
        Effect::SaveCheckpoint(number) => format!("save {number}"),
        Effect::ArmTimer(Timer::Redelivery(number), after) => format!("Redelivery({number}) in {after:?}"),
        Effect::ArmTimer(timer, after) => format!("{timer:?} in {after:?}"),
        Effect::Release => "release".to_owned(),
        Effect::End(reason) => format!("end {reason:?}"),
    }
}

fn numbers(events: &[DeliveredEvent]) -> String {
    events
        .iter()
        .fold(String::new(), |text, event| format!("{text} {}", event.event.number))
}

/// With how often they were delivered, or a plus if they follow.
fn parked(events: &[EventToPark]) -> String {
    events.iter().fold(String::new(), |text, event| match event.cause {
        ParkCause::Rejected { attempts, .. } => format!("{text} {}x{attempts}", event.number),
        ParkCause::Follows => format!("{text} +{}", event.number),
    })
}

/// The first subscriber goes without saying.
fn to(subscriber: SubscriberId) -> String {
    match subscriber.get() {
        1 => String::new(),
        other => format!(" to {other}"),
    }
}

fn progress(machine: &SubscriptionMachine) -> String {
    let Progress {
        status,
        received,
        acknowledged,
        checkpoint,
        queued,
        in_flight,
        subscribers: _,
        head: _,
        caught_up,
        is_notified: _,
    } = machine.progress();
    let caught_up = if caught_up { " caught up" } else { "" };
    format!("{status:?} {received}/{acknowledged}/{checkpoint} q{queued} f{in_flight}{caught_up}")
}

pub(crate) fn small() -> SubscriptionSettings {
    SubscriptionSettings {
        buffer_size: size(2),
        max_size: size(4),
        poll_interval: Duration::from_secs(30),
        ..SubscriptionSettings::default()
    }
}

/// For as many subscribers as there may be.
pub(crate) fn shared() -> SubscriptionSettings {
    SubscriptionSettings {
        concurrency_limit: size(9),
        max_size: size(20),
        ..small()
    }
}

pub(crate) fn with_buffer_size(buffer_size: u32) -> SubscriptionSettings {
    SubscriptionSettings {
        buffer_size: size(buffer_size),
        ..small()
    }
}

pub(crate) fn with_threshold(threshold: u64, after_seconds: Option<u64>) -> SubscriptionSettings {
    SubscriptionSettings {
        checkpoint_threshold: NonZeroU64::new(threshold).unwrap(),
        checkpoint_after: after_seconds.map(Duration::from_secs),
        ..small()
    }
}

pub(crate) fn size(events: u32) -> NonZeroU32 {
    NonZeroU32::new(events).unwrap()
}

pub(crate) fn acquired(checkpoint: u32) -> Input {
    acquired_with(checkpoint, "", &[])
}

/// Together with partitions, a character each, and numbers that are parked.
pub(crate) fn acquired_with(checkpoint: u32, partitions: &str, numbers: &[u32]) -> Input {
    Input::Acquired {
        checkpoint: n(checkpoint),
        parked: ParkedBacklog {
            partitions: partitions.chars().map(|key| key.to_string().into()).collect(),
            numbers: numbers.iter().copied().map(n).collect(),
        },
    }
}

/// A page with the last events there are.
pub(crate) fn last<const EVENTS: usize>(after: u32, events: [u32; EVENTS]) -> Input {
    page(after, &events, events.last().copied().unwrap_or(after), true)
}

/// A page that is followed by more.
pub(crate) fn more<const EVENTS: usize>(after: u32, events: [u32; EVENTS]) -> Input {
    page(after, &events, events.last().copied().unwrap_or(after), false)
}

pub(crate) fn page(after: u32, events: &[u32], scanned_to: u32, is_last: bool) -> Input {
    Input::PageRead {
        after: n(after),
        events: events.iter().map(|number| event(*number).into()).collect(),
        scanned_to: n(scanned_to),
        is_last,
    }
}

/// A page of events with so many bytes each, that is followed by more.
pub(crate) fn large<const EVENTS: usize>(after: u32, numbers: [u32; EVENTS], bytes: usize) -> Input {
    let event = |number: u32| {
        let mut event = event(number);
        event.data = vec![0; bytes].into();
        event
    };
    Input::PageRead {
        after: n(after),
        events: numbers.into_iter().map(|number| event(number).into()).collect(),
        scanned_to: n(numbers.last().copied().unwrap_or(after)),
        is_last: false,
    }
}

/// Events that came by in-process delivery instead of a page.
pub(crate) fn handed_over<const EVENTS: usize>(after: u32, events: [u32; EVENTS]) -> Input {
    Input::HandedOver {
        after: n(after),
        events: events.iter().map(|number| event(*number).into()).collect(),
        up_to: n(events.last().copied().unwrap_or(after)),
    }
}

/// The last events there are, from the first one on, and the partitions that they belong to; none is written as a space.
pub(crate) fn partitioned(partitions: &str) -> Input {
    let events: Vec<_> = (1..).zip(partitions.chars()).map(partitioned_event).collect();
    Input::PageRead {
        after: n(0),
        scanned_to: n(u32::try_from(events.len()).unwrap()),
        events,
        is_last: true,
    }
}

fn partitioned_event((number, partition): (u32, char)) -> PartitionedEvent {
    PartitionedEvent {
        event: event(number),
        partition: (partition != ' ').then(|| partition.to_string().into()),
    }
}

pub(crate) fn joins(subscriber: u64, buffer_size: u32) -> Input {
    Input::Joined {
        subscriber: SubscriberId::new(subscriber),
        buffer_size: size(buffer_size),
    }
}

pub(crate) fn leaves(subscriber: u64) -> Input {
    Input::Left {
        subscriber: SubscriberId::new(subscriber),
    }
}

pub(crate) fn hint(number: u32) -> Input {
    Input::Hinted(Hint::UpTo(n(number)))
}

pub(crate) fn unknown_hint() -> Input {
    Input::Hinted(Hint::Unknown)
}

pub(crate) fn ack(number: u32) -> Input {
    ack_of(1, number)
}

pub(crate) fn ack_of(subscriber: u64, number: u32) -> Input {
    Input::Acknowledged {
        subscriber: SubscriberId::new(subscriber),
        number: n(number),
    }
}

pub(crate) fn retry(number: u32) -> Input {
    refused(1, number, Refusal::Retry)
}

pub(crate) fn skip(number: u32) -> Input {
    refused(1, number, Refusal::Skip)
}

pub(crate) fn park(number: u32) -> Input {
    let reason = "no such account".to_owned();
    refused(1, number, Refusal::Park { reason })
}

pub(crate) fn refused(subscriber: u64, number: u32, instead: Refusal) -> Input {
    Input::Refused {
        subscriber: SubscriberId::new(subscriber),
        number: n(number),
        instead,
    }
}

pub(crate) fn stored(number: u32) -> Input {
    answered(number, CheckpointOutcome::Saved)
}

pub(crate) fn answered(number: u32, outcome: CheckpointOutcome) -> Input {
    Input::CheckpointStored {
        number: n(number),
        outcome,
    }
}

pub(crate) fn save_failed(number: u32) -> Input {
    Input::CheckpointFailed { number: n(number) }
}

pub(crate) fn fired(timer: Timer) -> Input {
    Input::TimerFired(timer)
}

pub(crate) fn n(number: u32) -> EventNumber {
    EventNumber::from(number)
}

pub(crate) fn event(number: u32) -> NumberedEvent {
    let event = NewEvent::new(
        Uuid::from_u128(u128::from(number)),
        EventType::new("happened").unwrap(),
        "",
    );
    let at = Timestamp::from_unix_micros(0).unwrap();
    let stream = StreamName::new("stream").unwrap();
    let event = RecordedEvent::new(event, stream.clone(), n(number).into(), at);
    NumberedEvent::new(&stream.into(), n(number), event)
}
