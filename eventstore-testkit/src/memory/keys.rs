use std::collections::HashMap;

use eventstore_core::backend::{ForgottenSubject, KeyAddition, SubjectKeys, WrappedKey};

/// The keys of subjects.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    kept: HashMap<String, Vec<WrappedKey>>,
    forgotten: Vec<String>,
}

impl Keys {
    pub(super) fn of(&self, subject: &str) -> SubjectKeys {
        if self.is_forgotten(subject) {
            return SubjectKeys::Forgotten;
        }
        SubjectKeys::Kept(self.kept.get(subject).cloned().unwrap_or_default())
    }

    pub(super) fn add(&mut self, subject: &str, key: WrappedKey) -> KeyAddition {
        if self.is_forgotten(subject) {
            return KeyAddition::Forgotten;
        }
        let keys = self.kept.entry(subject.to_owned()).or_default();
        match keys.binary_search_by_key(&key.number, |kept| kept.number) {
            Ok(_) => KeyAddition::NumberTaken,
            Err(place) => {
                keys.insert(place, key);
                KeyAddition::Added
            }
        }
    }

    pub(super) fn forget(&mut self, subject: &str) {
        self.kept.remove(subject);
        if !self.is_forgotten(subject) {
            self.forgotten.push(subject.to_owned());
        }
    }

    pub(super) fn forgotten_after(&self, number: u64, limit: u32) -> Vec<ForgottenSubject> {
        (1..)
            .zip(&self.forgotten)
            .filter(|(forgotten, _)| *forgotten > number)
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .map(|(number, subject)| ForgottenSubject {
                number,
                subject: subject.clone(),
            })
            .collect()
    }

    fn is_forgotten(&self, subject: &str) -> bool {
        self.forgotten.iter().any(|forgotten| forgotten == subject)
    }
}
