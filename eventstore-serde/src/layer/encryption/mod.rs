#[cfg(feature = "durable-keys")]
mod durable;
mod key_ring;
mod key_store;
#[cfg(feature = "durable-keys")]
mod master_key;
mod sealed;
mod subject_key;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use eventstore_core::BoxError;

#[cfg(feature = "durable-keys")]
pub use durable::DurableKeys;
pub use key_ring::KeyRing;
pub use key_store::KeyStore;
#[cfg(feature = "durable-keys")]
pub use master_key::MasterKey;
pub use subject_key::SubjectKey;

use self::sealed::{LAYER, Sealed, encrypt};
use super::Layer;
use super::frame::Frame;
use crate::{EventCodec, Layered, SerdeError};

/// Encrypts payloads with XChaCha20-Poly1305, using the keys of the subjects that the payloads are about.
///
/// The subject is stored with the encrypted bytes, so one layer can read everything. To write, the layer must know which
/// subject the payload is [about](Self::for_subject), or that it is about [no subject](Self::for_nobody). Subjects are
/// stored in readable form: identify them by ids that reveal nothing.
///
/// ```
/// # #[cfg(feature = "json")]
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use std::sync::Arc;
///
/// use eventstore_serde::{Encryption, Json, KeyRing, Serializer};
///
/// let keys = Arc::new(KeyRing::new());
/// keys.rotate("customer-17")?;
/// let serializer = Json.with_layer(Encryption::new(Arc::clone(&keys)));
///
/// let bytes = serializer.for_subject("customer-17").serialize("Ada Lovelace")?;
/// assert_eq!(serializer.deserialize::<String>(&bytes)?, "Ada Lovelace");
///
/// keys.forget("customer-17");
/// let error = serializer.deserialize::<String>(&bytes).unwrap_err();
/// assert_eq!(error.erased_subject(), Some("customer-17"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "json"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct Encryption<K> {
    keys: Arc<K>,
    about: About,
}

/// Which subject written payloads are about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    Unknown,
    Nobody,
    Subject(Arc<str>),
}

impl<K> Clone for Encryption<K> {
    fn clone(&self) -> Self {
        self.about(self.about.clone())
    }
}

impl<K> Encryption<K> {
    /// Creates a layer that reads what was encrypted with keys of this store.
    pub fn new(keys: Arc<K>) -> Self {
        Self {
            keys,
            about: About::Unknown,
        }
    }

    /// Returns the layer that writes payloads about this subject.
    #[must_use]
    pub fn for_subject(&self, subject: &str) -> Self {
        self.about(About::Subject(subject.into()))
    }

    /// Returns the layer that writes payloads about no subject, which everyone can read.
    #[must_use]
    pub fn for_nobody(&self) -> Self {
        self.about(About::Nobody)
    }

    fn about(&self, about: About) -> Self {
        Self {
            keys: Arc::clone(&self.keys),
            about,
        }
    }
}

impl<S: Clone, K> Layered<S, Encryption<K>> {
    /// Returns the serializer that writes payloads about this subject.
    #[must_use]
    pub fn for_subject(&self, subject: &str) -> Self {
        Self::new(self.inner().clone(), self.layer().for_subject(subject))
    }

    /// Returns the serializer that writes payloads about no subject, which everyone can read.
    #[must_use]
    pub fn for_nobody(&self) -> Self {
        Self::new(self.inner().clone(), self.layer().for_nobody())
    }
}

impl<E, S: Clone, K> EventCodec<E, Layered<S, Encryption<K>>> {
    /// Returns the codec that writes payloads about this subject.
    #[must_use]
    pub fn for_subject(&self, subject: &str) -> Self {
        self.with_serializer(self.serializer().for_subject(subject))
    }

    /// Returns the codec that writes payloads about no subject, which everyone can read.
    #[must_use]
    pub fn for_nobody(&self) -> Self {
        self.with_serializer(self.serializer().for_nobody())
    }
}

impl<K: KeyStore> Layer for Encryption<K> {
    fn seal(&self, bytes: Bytes) -> Result<Bytes, SerdeError> {
        match &self.about {
            About::Unknown => Err(SerdeError::layer(LAYER, "no subject was given for the payload")),
            About::Nobody => Ok(readable(bytes)),
            About::Subject(subject) => {
                let key = self.keys.current_key(subject).map_err(|error| no_key(subject, error))?;
                let key = key.ok_or_else(|| erased(subject))?;
                encrypt(&key, subject, &bytes).map(Bytes::from)
            }
        }
    }

    fn open<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, SerdeError> {
        let Some(sealed) = Sealed::parse(bytes) else {
            return Ok(Cow::Borrowed(Frame::Plain.strip(bytes).unwrap_or(bytes)));
        };
        let sealed = sealed?;
        let key = self.keys.key(sealed.subject, sealed.key_id);
        let key = key.map_err(|error| no_key(sealed.subject, error))?;
        sealed
            .decrypt(&key.ok_or_else(|| erased(sealed.subject))?)
            .map(Cow::Owned)
    }
}

/// Returns the bytes unchanged, unless they could be mistaken for output of this layer.
fn readable(bytes: Bytes) -> Bytes {
    if Frame::Encrypted.strip(&bytes).is_none() && Frame::Plain.strip(&bytes).is_none() {
        return bytes;
    }
    [&Frame::Plain.mark()[..], &bytes].concat().into()
}

fn erased(subject: &str) -> SerdeError {
    SerdeError::Erased {
        subject: subject.to_owned(),
    }
}

fn no_key(subject: &str, error: BoxError) -> SerdeError {
    SerdeError::Layer {
        layer: LAYER,
        message: format!("no key of subject {subject:?}"),
        source: Some(error),
    }
}
