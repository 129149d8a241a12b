#[cfg(feature = "encryption")]
mod encryption;
#[cfg(any(feature = "encryption", feature = "zstd"))]
mod frame;
mod layered;
#[cfg(feature = "zstd")]
mod zstd;

use std::borrow::Cow;

use bytes::Bytes;

#[cfg(feature = "zstd")]
pub use self::zstd::Zstd;
#[cfg(feature = "durable-keys")]
pub use encryption::{DurableKeys, MasterKey};
#[cfg(feature = "encryption")]
pub use encryption::{Encryption, KeyRing, KeyStore, SubjectKey};
pub use layered::Layered;

use crate::SerdeError;

/// Something laid around the bytes of a serializer: compression, encryption.
///
/// # Contract
///
/// - What was sealed opens to the same bytes.
/// - Bytes that were stored before the layer was there open to themselves, except if they begin with the layer's own mark.
/// - No input makes either direction panic.
pub trait Layer: Send + Sync {
    /// Lays the layer around the bytes.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Layer`], and [`SerdeError::Erased`] if it must not be done any more.
    fn seal(&self, bytes: Bytes) -> Result<Bytes, SerdeError>;

    /// What is inside.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Layer`] if the bytes are damaged, and [`SerdeError::Erased`] if nobody can read them any more.
    fn open<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, SerdeError>;
}
