use std::borrow::Cow;
use std::io;

use ::zstd::bulk;
use bytes::Bytes;

use super::Layer;
use super::frame::{Frame, take};
use crate::SerdeError;

const LAYER: &str = "zstd";

/// Compresses payloads with [Zstandard](https://datatracker.ietf.org/doc/html/rfc8878) if compression pays off.
///
/// Compressed payloads carry a mark. Uncompressed payloads, such as small ones and those stored before the layer was
/// added, are read as they are.
///
/// ```
/// # #[cfg(feature = "json")]
/// # fn main() -> Result<(), eventstore_serde::SerdeError> {
/// use eventstore_serde::{Json, Serializer, Zstd};
///
/// let serializer = Json.with_layer(Zstd::default());
/// let text = "again and ".repeat(100);
/// let bytes = serializer.serialize(&text)?;
/// assert!(bytes.len() < 100);
/// assert_eq!(serializer.deserialize::<String>(&bytes)?, text);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "json"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zstd {
    level: i32,
    min_size: usize,
    max_size: usize,
}

impl Default for Zstd {
    /// Uses level 3, for payloads of at least 512 bytes and at most 256 MiB.
    fn default() -> Self {
        Self {
            level: 3,
            min_size: 512,
            max_size: 256 << 20,
        }
    }
}

impl Zstd {
    /// Compresses at this level, from 1 (fastest) to 22 (smallest).
    #[must_use]
    pub fn with_level(self, level: i32) -> Self {
        Self { level, ..self }
    }

    /// Leaves payloads of fewer bytes than this as they are.
    #[must_use]
    pub fn with_min_size(self, bytes: usize) -> Self {
        Self {
            min_size: bytes,
            ..self
        }
    }

    /// Refuses payloads of more bytes than this, so that a small payload cannot fill the memory.
    #[must_use]
    pub fn with_max_size(self, bytes: usize) -> Self {
        Self {
            max_size: bytes,
            ..self
        }
    }

    /// The mark, the length in four bytes, and the compressed bytes.
    fn compress(self, bytes: &[u8]) -> Result<Vec<u8>, SerdeError> {
        let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= self.max_size);
        let length = length.ok_or_else(|| self.too_long(bytes.len()))?;
        let compressed = bulk::compress(bytes, self.level).map_err(|error| failed("cannot compress", error))?;
        Ok([&Frame::Zstd.mark()[..], &length.to_le_bytes(), &compressed].concat())
    }

    fn decompress(self, mut frame: &[u8]) -> Result<Vec<u8>, SerdeError> {
        let length = take(&mut frame).ok_or_else(|| SerdeError::layer(LAYER, "the length is missing"))?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > self.max_size {
            return Err(self.too_long(length));
        }
        let bytes = bulk::decompress(frame, length).map_err(|error| failed("cannot decompress", error))?;
        if bytes.len() != length {
            return Err(SerdeError::layer(LAYER, "the payload is shorter than it says"));
        }
        Ok(bytes)
    }

    fn too_long(self, length: usize) -> SerdeError {
        let message = format!("{length} bytes are more than the {} allowed", self.max_size);
        SerdeError::layer(LAYER, message)
    }
}

impl Layer for Zstd {
    fn seal(&self, bytes: Bytes) -> Result<Bytes, SerdeError> {
        let looks_compressed = Frame::Zstd.strip(&bytes).is_some();
        if bytes.len() < self.min_size && !looks_compressed {
            return Ok(bytes);
        }
        let compressed = self.compress(&bytes)?;
        let is_worth_it = compressed.len() < bytes.len() || looks_compressed;
        Ok(if is_worth_it { compressed.into() } else { bytes })
    }

    fn open<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, SerdeError> {
        match Frame::Zstd.strip(bytes) {
            Some(frame) => self.decompress(frame).map(Cow::Owned),
            None => Ok(Cow::Borrowed(bytes)),
        }
    }
}

fn failed(message: &str, error: io::Error) -> SerdeError {
    SerdeError::Layer {
        layer: LAYER,
        message: message.to_owned(),
        source: Some(error.into()),
    }
}
