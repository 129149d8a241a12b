use std::num::NonZeroU64;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::SubscriptionSettings;
use crate::subscription::machine::tests::table::size;

/// What happens in the world; what makes no sense in its state is skipped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Append(u32),
    Delete(Index),
    Hint(Index),
    RepeatHint(Index),
    DropHint(Index),
    HintUnknown,
    HintBeyondTheEnd,
    /// The storage does what it was asked, but the answer is still on its way.
    Perform(Index, Take),
    Answer(Index, Take),
    Fail(Index),
    /// What is to be read is damaged.
    Damage,
    Fire(Index),
    LoseLease,
    TakeOver(u32),
    Join(u32),
    Leave(Index),
    Acknowledge(Index),
    AcknowledgeLast,
    AcknowledgeAnything(Index, u32),
    Retry(Index),
    Skip(Index),
    Park(Index),
    /// Somebody has dealt with a parked event.
    Unpark(Index),
}

/// How much of what it may read a read takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Take {
    Everything,
    AtMost(usize),
    /// And passes the numbers without events that follow; of no event at all, that is a page without events that need
    /// not be the last.
    AtMostAndGap(usize),
    /// At most this many of the events came by in-process delivery, which says nothing about the end.
    HandedOver(usize),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        12 => (1..9_u32).prop_map(Step::Append),
        3 => index().prop_map(Step::Delete),
        10 => index().prop_map(Step::Hint),
        3 => index().prop_map(Step::RepeatHint),
        3 => index().prop_map(Step::DropHint),
        2 => Just(Step::HintUnknown),
        2 => Just(Step::HintBeyondTheEnd),
        10 => (index(), take()).prop_map(|(index, take)| Step::Perform(index, take)),
        30 => (index(), take()).prop_map(|(index, take)| Step::Answer(index, take)),
        5 => index().prop_map(Step::Fail),
        1 => Just(Step::Damage),
        10 => index().prop_map(Step::Fire),
        2 => Just(Step::LoseLease),
        1 => (0..60_u32).prop_map(Step::TakeOver),
        4 => (1..6_u32).prop_map(Step::Join),
        2 => index().prop_map(Step::Leave),
        20 => index().prop_map(Step::Acknowledge),
        10 => Just(Step::AcknowledgeLast),
        4 => (index(), 0..200_u32).prop_map(|(index, number)| Step::AcknowledgeAnything(index, number)),
        4 => index().prop_map(Step::Retry),
        3 => index().prop_map(Step::Skip),
        3 => index().prop_map(Step::Park),
        2 => index().prop_map(Step::Unpark),
    ]
}

fn take() -> impl Strategy<Value = Take> {
    prop_oneof![
        Just(Take::Everything),
        (1..5_usize).prop_map(Take::AtMost),
        (0..5_usize).prop_map(Take::AtMostAndGap),
        (1..5_usize).prop_map(Take::HandedOver),
    ]
}

pub(super) fn settings() -> impl Strategy<Value = SubscriptionSettings> {
    let bytes = (1..60_u64, 1..60_u64);
    (1..8_u32, 1..12_u32, bytes, 1..6_u64, 1..4_u32).prop_map(|(buffer_size, max_size, bytes, threshold, limit)| {
        SubscriptionSettings {
            buffer_size: size(buffer_size),
            buffer_bytes: NonZeroU64::new(bytes.0).unwrap(),
            max_size: size(max_size),
            max_bytes: NonZeroU64::new(bytes.1).unwrap(),
            concurrency_limit: size(limit),
            checkpoint_threshold: NonZeroU64::new(threshold).unwrap(),
            checkpoint_after: (threshold > 1).then_some(Duration::from_secs(5)),
            poll_interval: Duration::from_secs(30),
            ..SubscriptionSettings::default()
        }
    })
}
