use std::sync::Arc;

use eventstore_core::BoxError;

use super::SubjectKey;

/// Keeps the keys of subjects. Deleting all keys of a subject erases everything that was encrypted for it, wherever it is
/// stored.
///
/// The store is called for every payload, and synchronously: an implementation on a database or a key service answers
/// from memory, and loads keys before they are needed.
///
/// # Contract
///
/// - A key that was returned remains available, so that what it encrypted can be read, until the subject is forgotten.
/// - No two keys of a subject have the same number, even after the subject was forgotten.
/// - `None` means forgotten, for good. A subject that never had a key, a key that cannot be reached and a key that is
///   missing for any other reason are errors.
pub trait KeyStore: Send + Sync {
    /// Returns the key to encrypt with; `None` if the subject was forgotten.
    ///
    /// # Errors
    ///
    /// Any error that keeps the store from answering.
    fn current_key(&self, subject: &str) -> Result<Option<SubjectKey>, BoxError>;

    /// Returns the key with this number; `None` if the subject was forgotten.
    ///
    /// # Errors
    ///
    /// Any error that keeps the store from answering.
    fn key(&self, subject: &str, id: u32) -> Result<Option<SubjectKey>, BoxError>;
}

impl<K: KeyStore + ?Sized> KeyStore for Arc<K> {
    fn current_key(&self, subject: &str) -> Result<Option<SubjectKey>, BoxError> {
        (**self).current_key(subject)
    }

    fn key(&self, subject: &str, id: u32) -> Result<Option<SubjectKey>, BoxError> {
        (**self).key(subject, id)
    }
}
