use std::fmt;

use bytes::Bytes;
use chacha20poly1305::aead::{AeadInOut, Generate, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use eventstore_core::BoxError;
use eventstore_core::backend::WrappedKey;
use zeroize::Zeroizing;

use super::SubjectKey;

/// A key of the application. It encrypts the keys of subjects before they are stored, with XChaCha20-Poly1305.
///
/// Keep it outside the database. Its bytes are wiped when it is dropped, and `Debug` does not show them.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

const NONCE_LENGTH: usize = 24;

impl MasterKey {
    /// The key that the application keeps: 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new random key.
    ///
    /// # Errors
    ///
    /// If the system provides no randomness.
    pub fn generate() -> Result<Self, BoxError> {
        Ok(Self::new(Key::try_generate()?.into()))
    }

    /// The secret bytes, for the application to keep.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Encrypts a key as it is stored, for this subject only: a nonce, then the encrypted bytes with their tag.
    pub(super) fn wrap(&self, subject: &str, key: &SubjectKey) -> Result<WrappedKey, BoxError> {
        let nonce = XNonce::try_generate()?;
        let mut encrypted = key.bytes().to_vec();
        self.cipher()
            .encrypt_in_place(&nonce, &authenticated(subject, key.id()), &mut encrypted)
            .map_err(|_| "the key cannot be encrypted")?;
        Ok(WrappedKey {
            number: key.id(),
            bytes: Bytes::from([&nonce[..], &encrypted].concat()),
        })
    }

    pub(super) fn unwrap(&self, subject: &str, key: &WrappedKey) -> Result<SubjectKey, BoxError> {
        let (nonce, encrypted) = key.bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(UNREADABLE)?;
        let mut bytes = Zeroizing::new(encrypted.to_vec());
        self.cipher()
            .decrypt_in_place(&XNonce::from(*nonce), &authenticated(subject, key.number), &mut *bytes)
            .map_err(|_| UNREADABLE)?;
        let bytes = <[u8; 32]>::try_from(&bytes[..]).map_err(|_| UNREADABLE)?;
        Ok(SubjectKey::new(key.number, bytes))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.0).into())
    }
}

const UNREADABLE: &str = "a key of the subject is damaged, or was stored with another master key";

/// Binds a wrapped key to its subject and its number: with another subject or number, it cannot be decrypted.
fn authenticated(subject: &str, number: u32) -> Vec<u8> {
    [&number.to_le_bytes(), subject.as_bytes()].concat()
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_it_wrapped_for_the_same_subject_and_number() {
        let master = MasterKey::generate().unwrap();
        let key = SubjectKey::new(3, [7; 32]);
        let wrapped = master.wrap("ada", &key).unwrap();
        assert!(!wrapped.bytes.windows(8).any(|part| part == [7; 8]));
        assert_eq!(master.unwrap("ada", &wrapped).unwrap(), key);

        let of_other_number = WrappedKey {
            number: 4,
            bytes: wrapped.bytes.clone(),
        };
        let mut damaged = wrapped.bytes.to_vec();
        damaged[30] ^= 1;
        let damaged = WrappedKey {
            number: 3,
            bytes: damaged.into(),
        };
        let empty = WrappedKey {
            number: 3,
            bytes: Bytes::new(),
        };
        for (subject, wrapped) in [
            ("bob", &wrapped),
            ("ada", &of_other_number),
            ("ada", &damaged),
            ("ada", &empty),
        ] {
            assert_eq!(master.unwrap(subject, wrapped).unwrap_err().to_string(), UNREADABLE);
        }
        let other = MasterKey::generate().unwrap();
        assert!(other.unwrap("ada", &wrapped).is_err());
        assert_eq!(format!("{master:?}"), "MasterKey { .. }");
    }
}
