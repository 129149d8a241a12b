use std::fmt;

use chacha20poly1305::Key;
use chacha20poly1305::aead::Generate;
use eventstore_core::BoxError;
use zeroize::Zeroizing;

/// A key of a subject: 32 bytes of randomness, and a number that tells it from the subject's other keys.
///
/// The bytes are wiped when the key is dropped, and are not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey {
    id: u32,
    bytes: Zeroizing<[u8; 32]>,
}

impl SubjectKey {
    /// A key from where keys are kept.
    pub fn new(id: u32, bytes: [u8; 32]) -> Self {
        Self {
            id,
            bytes: Zeroizing::new(bytes),
        }
    }

    /// A new random key.
    ///
    /// # Errors
    ///
    /// If the system has no randomness.
    pub fn generate(id: u32) -> Result<Self, BoxError> {
        Ok(Self::new(id, Key::try_generate()?.into()))
    }

    /// The number that is stored with what the key encrypts.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The secret, for whoever keeps it.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
