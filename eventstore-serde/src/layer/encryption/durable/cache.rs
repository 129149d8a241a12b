use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::SubjectKey;

/// How long a key is used without a look at what was forgotten since.
pub(super) const MAX_AGE: Duration = Duration::from_secs(3);

/// With more subjects than this, all of them are loaded again.
const MAX_SUBJECTS: usize = 100_000;

/// What is known of subjects, and since when it is known that none of them was forgotten.
#[derive(Default)]
pub(super) struct Cache(Mutex<State>);

#[derive(Default)]
struct State {
    subjects: HashMap<String, Known>,
    /// When the last look at what was forgotten began.
    confirmed_at: Option<Instant>,
}

/// What is known of one subject.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    /// In the order of their numbers.
    Kept(Vec<SubjectKey>),
    Forgotten,
}

impl Cache {
    /// What is known, unless it is too old to be used.
    pub(super) fn find(&self, subject: &str) -> Option<Known> {
        let state = self.state();
        let is_fresh = state.confirmed_at.is_some_and(|at| at.elapsed() < MAX_AGE);
        state.subjects.get(subject).filter(|_| is_fresh).cloned()
    }

    pub(super) fn put(&self, subject: &str, known: Known) {
        let mut state = self.state();
        if state.subjects.len() >= MAX_SUBJECTS {
            state.subjects.clear();
        }
        state.subjects.insert(subject.to_owned(), known);
    }

    /// Nothing but this was forgotten until the look that began then.
    pub(super) fn confirm(&self, began_at: Instant, forgotten: &[String]) {
        self.mark_forgotten(forgotten);
        self.state().confirmed_at = Some(began_at);
    }

    pub(super) fn mark_forgotten(&self, forgotten: &[String]) {
        let mut state = self.state();
        for subject in forgotten {
            if let Some(known) = state.subjects.get_mut(subject) {
                *known = Known::Forgotten;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_nothing_without_a_recent_look() {
        let cache = Cache::default();
        let kept = Known::Kept(vec![SubjectKey::new(1, [1; 32])]);
        cache.put("ada", kept.clone());
        assert_eq!(cache.find("ada"), None);
        cache.confirm(Instant::now(), &[]);
        assert_eq!((cache.find("ada"), cache.find("bob")), (Some(kept), None));
        let long_ago = Instant::now().checked_sub(MAX_AGE).unwrap();
        cache.confirm(long_ago, &[]);
        assert_eq!(cache.find("ada"), None);
        cache.confirm(Instant::now(), &["ada".to_owned(), "bob".to_owned()]);
        assert_eq!((cache.find("ada"), cache.find("bob")), (Some(Known::Forgotten), None));
    }
}
