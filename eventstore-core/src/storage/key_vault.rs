use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// A key of a subject, encrypted with a key of the application: storage never sees what it encrypts with.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Which key of the subject, from 1.
    pub number: u32,
    /// The encrypted key.
    pub bytes: Bytes,
}

/// The number alone: what is in logs outlasts what is forgotten.
impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrappedKey")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// The stored keys of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectKeys {
    /// In the order of their numbers; none if the subject never had a key.
    Kept(Vec<WrappedKey>),
    /// The subject was forgotten, and has no key any more.
    Forgotten,
}

/// What became of a key that was to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAddition {
    /// It is stored.
    Added,
    /// The subject has another key of this number; nothing was stored.
    NumberTaken,
    /// The subject was forgotten; nothing was stored.
    Forgotten,
}

/// A subject that was forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgottenSubject {
    /// Higher than that of every subject that was forgotten before, from 1.
    pub number: u64,
    /// Its name.
    pub subject: String,
}

/// Keeps the keys that encrypt what events say about subjects, so that a subject can be erased by deleting its keys.
///
/// # Contract
///
/// - A subject that is forgotten has no key, then or later, whatever is added at the same time.
/// - Forgetting a subject that is forgotten, or that never had a key, is remembered like any other.
/// - A forgotten subject gets its number when others can see it: whoever knows all up to a number misses none that comes later.
#[async_trait]
pub trait KeyVault: Send + Sync {
    /// The keys of a subject.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn keys_of(&self, subject: &str) -> Result<SubjectKeys>;

    /// Adds a key with a number that the subject has not used.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable), [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and failures of the storage.
    async fn add_key(&self, subject: &str, key: WrappedKey) -> Result<KeyAddition>;

    /// Deletes the keys of a subject, and remembers that it was forgotten.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable), [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and failures of the storage.
    async fn forget_subject(&self, subject: &str) -> Result<()>;

    /// The subjects that were forgotten after this number, in order, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn forgotten_after(&self, number: u64, limit: u32) -> Result<Vec<ForgottenSubject>>;
}
