use std::fmt;

use chacha20poly1305::Key;
use chacha20poly1305::aead::Generate;
use eventstore_core::BoxError;
use zeroize::Zeroizing;

/// A subject's key: 32 random bytes, and a number that distinguishes it from the subject's other keys.
///
/// The bytes are wiped when the key is dropped, and debug output does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey {
    id: u32,
    bytes: Zeroizing<[u8; 32]>,
}

impl SubjectKey {
    /// Creates a key from stored bytes.
    pub fn new(id: u32, bytes: [u8; 32]) -> Self {
        Self {
            id,
            bytes: Zeroizing::new(bytes),
        }
    }

    /// Creates a new random key.
    ///
    /// # Errors
    ///
    /// Fails if the system has no randomness.
    pub fn generate(id: u32) -> Result<Self, BoxError> {
        Ok(Self::new(id, Key::try_generate()?.into()))
    }

    /// Returns the number that is stored with what the key encrypts.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Returns the secret bytes, for the code that stores the key.
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
