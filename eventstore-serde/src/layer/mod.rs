#[cfg(feature = "encryption")]
mod encryption;
#[cfg(any(feature = "encryption", feature = "zstd"))]
mod frame;
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

use crate::SerdeError;

/// A transformation around a serializer's bytes, such as compression or encryption.
///
/// # Contract
///
/// - Sealed bytes open to the original bytes.
/// - Bytes that were stored before the layer was added open to themselves, unless they begin with the layer's own mark.
/// - No input makes either direction panic.
pub trait Layer: Send + Sync {
    /// Applies the layer to the bytes.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Layer`], and [`SerdeError::Erased`] if the layer may no longer be applied.
    fn seal(&self, bytes: Bytes) -> Result<Bytes, SerdeError>;

    /// Removes the layer, and returns the original bytes.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Layer`] if the bytes are damaged, and [`SerdeError::Erased`] if no one can read them any more.
    fn open<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, SerdeError>;
}
