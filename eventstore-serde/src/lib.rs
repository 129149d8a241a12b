#![doc = include_str!("../README.md")]

mod error;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "msgpack")]
mod message_pack;
mod serializer;

pub use error::SerdeError;
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "msgpack")]
pub use message_pack::MessagePack;
pub use serializer::Serializer;
