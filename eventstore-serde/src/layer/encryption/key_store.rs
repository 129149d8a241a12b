use std::sync::Arc;

use eventstore_core::BoxError;

use super::SubjectKey;

/// Keeps the keys of subjects. Deleting all keys of a subject erases what was encrypted for it, wherever it stands.
///
/// It is asked for every payload, and not asynchronously: an implementation on a database or a key service answers from
/// memory, and loads keys before they are needed.
///
/// # Contract
///
/// - A key that was given out stays, so that what it encrypted can be read, until the subject is forgotten.
/// - No two keys of a subject have the same number, also after it was forgotten.
/// - `None` means forgotten, for good. A subject that never had a key, a key that cannot be reached and one that is missing
///   for any other reason are errors.
pub trait KeyStore: Send + Sync {
    /// The key to encrypt with; `None` if the subject was forgotten.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from telling.
    fn current_key(&self, subject: &str) -> Result<Option<SubjectKey>, BoxError>;

    /// The key with this number; `None` if the subject was forgotten.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from telling.
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
