use eventstore_core::{BoxError, Error};
use thiserror::Error as ThisError;

/// A value that could not be turned into bytes, or bytes that are no such value.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum SerdeError {
    /// The value cannot be written in the serializer's format.
    #[error("cannot serialize a value of type {type_name}")]
    Serialize {
        /// The Rust type of the value.
        type_name: &'static str,
        /// The format's own error.
        source: BoxError,
    },
    /// The bytes are not a value of the type that was asked for.
    #[error("cannot deserialize {length} bytes into {type_name}")]
    Deserialize {
        /// The Rust type that was asked for.
        type_name: &'static str,
        /// How many bytes there were.
        length: usize,
        /// The format's own error.
        source: BoxError,
    },
}

impl SerdeError {
    /// A failure to write a `T`.
    pub fn serialize<T: ?Sized>(source: impl Into<BoxError>) -> Self {
        Self::Serialize {
            type_name: std::any::type_name::<T>(),
            source: source.into(),
        }
    }

    /// A failure to read a `T` from `bytes`.
    pub fn deserialize<T>(bytes: &[u8], source: impl Into<BoxError>) -> Self {
        let type_name = std::any::type_name::<T>();
        Self::Deserialize {
            type_name,
            length: bytes.len(),
            source: source.into(),
        }
    }
}

impl From<SerdeError> for Error {
    fn from(error: SerdeError) -> Self {
        Self::invalid_input("payload", &error)
    }
}
