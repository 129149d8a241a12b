//! The subscription as a state machine: inputs in, effects out, no clock and no I/O.
//!
//! `eventstore-subscriptions` performs the effects. Only another driver needs this module.

pub use crate::subscription::{
    DeliveredEvent, Effect, EndReason, Input, PartitionedEvent, SubscriberId, SubscriptionMachine, Timer, fair_share,
};
