use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::BoxError;

use super::{KeyStore, SubjectKey};

/// A key, or none as the subject was forgotten.
type Found = Result<Option<SubjectKey>, BoxError>;

const FORGOTTEN: &str = "the subject was forgotten";
const UNKNOWN: &str = "the subject has no such key";

/// A key store in memory, for tests and for programs that load and save the keys themselves.
#[derive(Debug, Default)]
pub struct KeyRing {
    subjects: Mutex<HashMap<String, Keys>>,
}

#[derive(Debug)]
enum Keys {
    /// The current one last; never empty.
    Kept(Vec<SubjectKey>),
    Forgotten,
}

impl KeyRing {
    /// Creates a ring without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a new key for the subject: its first key, or the one that encrypts from now on.
    ///
    /// # Errors
    ///
    /// Fails if the subject was forgotten, or the system has no randomness.
    pub fn rotate(&self, subject: &str) -> Result<SubjectKey, BoxError> {
        let mut subjects = self.subjects();
        let keys = subjects.entry(subject.to_owned()).or_insert(Keys::Kept(Vec::new()));
        let Keys::Kept(keys) = keys else {
            return Err(FORGOTTEN.into());
        };
        let last = keys.last().map_or(0, SubjectKey::id);
        let id = last.checked_add(1).ok_or("the subject has too many keys")?;
        let key = SubjectKey::generate(id)?;
        keys.push(key.clone());
        Ok(key)
    }

    /// Adds a key that was kept elsewhere; the key with the highest number is the current one.
    ///
    /// # Errors
    ///
    /// Fails if the subject was forgotten.
    pub fn insert(&self, subject: &str, key: SubjectKey) -> Result<(), BoxError> {
        let mut subjects = self.subjects();
        let keys = subjects.entry(subject.to_owned()).or_insert(Keys::Kept(Vec::new()));
        let Keys::Kept(keys) = keys else {
            return Err(FORGOTTEN.into());
        };
        keys.retain(|known| known.id() != key.id());
        keys.push(key);
        keys.sort_by_key(SubjectKey::id);
        Ok(())
    }

    /// Deletes all keys of the subject, and remembers that the subject was forgotten.
    pub fn forget(&self, subject: &str) {
        self.subjects().insert(subject.to_owned(), Keys::Forgotten);
    }

    fn find(&self, subject: &str, choose: impl FnOnce(&[SubjectKey]) -> Option<&SubjectKey>) -> Found {
        match self.subjects().get(subject) {
            Some(Keys::Forgotten) => Ok(None),
            Some(Keys::Kept(keys)) => choose(keys).cloned().map(Some).ok_or_else(|| UNKNOWN.into()),
            None => Err(UNKNOWN.into()),
        }
    }

    fn subjects(&self) -> MutexGuard<'_, HashMap<String, Keys>> {
        self.subjects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyStore for KeyRing {
    fn current_key(&self, subject: &str) -> Found {
        self.find(subject, <[_]>::last)
    }

    fn key(&self, subject: &str, id: u32) -> Found {
        self.find(subject, |keys| keys.iter().find(|key| key.id() == id))
    }
}
