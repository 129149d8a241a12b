//! What is asked of a store, over the storage traits alone.

mod decoder;
mod event;
mod events;
mod groups;
mod parked;
mod projections;
mod shared;
mod streams;
mod subscriptions;
mod survey;
mod trace;
mod verification;
mod verifier;

pub use decoder::Decoder;
pub(crate) use event::{Effects, Part, find_effects, find_event, raw_payload};
pub(crate) use events::{EventsParams, EventsQuery, Order, read_events};
pub(crate) use groups::find_group;
pub(crate) use parked::list_parked;
pub(crate) use projections::list_builds;
pub(crate) use shared::Shared;
pub(crate) use streams::{StreamsParams, find_snapshot, find_stream, list_streams};
pub(crate) use subscriptions::{SubscriptionParams, find_subscription, list_subscriptions};
pub(crate) use survey::Survey;
pub(crate) use trace::{TraceParams, read_trace};
pub(crate) use verification::{Progress, Verification};
pub use verifier::{Check, Verifier};
