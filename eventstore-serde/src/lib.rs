#![doc = include_str!("../README.md")]

#[cfg(feature = "aggregate")]
mod aggregate;
mod codec;
mod error;
#[cfg(feature = "golden")]
mod golden;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "jsonb")]
mod jsonb;
mod layer;
#[cfg(feature = "msgpack")]
mod message_pack;
mod named_event;
mod serializer;
mod trace_context;
mod typed_store;
mod variant;

#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "jsonb")]
pub use jsonb::Jsonb;
#[cfg(feature = "msgpack")]
pub use message_pack::MessagePack;
pub use serializer::{Layered, Serializer};

pub use codec::{Decoded, EventCodec, VersionPlace};
pub use named_event::NamedEvent;
pub use trace_context::{InvalidTraceContext, TraceContext};
pub use typed_store::{TypedEvent, TypedStore};

pub use layer::Layer;
#[cfg(feature = "zstd")]
pub use layer::Zstd;
#[cfg(feature = "durable-keys")]
pub use layer::{DurableKeys, MasterKey};
#[cfg(feature = "encryption")]
pub use layer::{Encryption, KeyRing, KeyStore, SubjectKey};

#[cfg(feature = "aggregate")]
pub use aggregate::{
    Aggregate, Command, Decide, ExecuteError, Executed, Loaded, Prepared, ProducedEvent, Repository, RetryLimits,
};
pub use error::SerdeError;
#[cfg(feature = "golden")]
pub use golden::{GoldenError, GoldenEvents};

/// The crates whose types the signatures of this crate use, in the versions that it takes.
pub use {eventstore_core, serde};

/// The code in the guide.
#[cfg(all(
    doctest,
    feature = "aggregate",
    feature = "durable-keys",
    feature = "encryption",
    feature = "golden",
    feature = "jsonb",
    feature = "msgpack",
    feature = "zstd"
))]
mod guide {
    #[doc = include_str!("../../docs/guide/serialization.md")]
    mod serialization {}

    #[doc = include_str!("../../docs/guide/aggregates.md")]
    mod aggregates {}
}
