use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// A subject's key, encrypted with a key of the application; the storage never sees the subject's key itself.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The key's number among the keys of the subject, counted from 1.
    pub number: u32,
    /// The encrypted key.
    pub bytes: Bytes,
}

/// Shows only the number: a log outlives the forgetting of the subject.
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
    /// The keys, in the order of their numbers; empty if the subject never had a key.
    Kept(Vec<WrappedKey>),
    /// The subject was forgotten, and has no key any more.
    Forgotten,
}

/// The outcome of adding a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAddition {
    /// The key is stored.
    Added,
    /// The subject has another key with this number; nothing was stored.
    NumberTaken,
    /// The subject was forgotten; nothing was stored.
    Forgotten,
}

/// A subject that was forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgottenSubject {
    /// The subject's number: at least 1, and higher than the number of every subject that was forgotten before.
    pub number: u64,
    /// The subject's name.
    pub subject: String,
}

/// Keeps the keys that encrypt what events say about subjects, so that a subject can be erased by deleting its keys.
///
/// # Contract
///
/// - A subject that is forgotten has no key, then or later, even if a key is added at the same time.
/// - A subject can be forgotten even if it never had a key, or is forgotten already. The vault remembers it like any other.
/// - Forgotten subjects become visible in the order of their numbers. A caller that has listed all subjects up to a number finds every
///   later one after that number.
#[async_trait]
pub trait KeyVault: Send + Sync {
    /// Returns the keys of a subject.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn keys_of(&self, subject: &str) -> Result<SubjectKeys>;

    /// Adds a key with a number that no key of the subject has.
    ///
    /// If the future is dropped, the key may be stored.
    ///
    /// # Errors
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which repeating the call settles the outcome
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn add_key(&self, subject: &str, key: WrappedKey) -> Result<KeyAddition>;

    /// Deletes the keys of a subject, and remembers that it was forgotten.
    ///
    /// If the future is dropped, the subject may be forgotten.
    ///
    /// # Errors
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which repeating the call settles the outcome
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn forget_subject(&self, subject: &str) -> Result<()>;

    /// Lists the forgotten subjects with higher numbers than this one, in the order of their numbers, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn forgotten_after(&self, number: u64, limit: u32) -> Result<Vec<ForgottenSubject>>;

    /// Returns the storage epoch: a number that changes when another storage takes the place of this one, as by a failover that may have
    /// lost commits.
    ///
    /// After a change, what was known about the storage may not hold any more.
    fn storage_epoch(&self) -> u64 {
        0
    }
}
