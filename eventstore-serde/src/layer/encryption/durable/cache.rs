use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::SubjectKey;

/// How long keys are used after the process last asked which subjects were forgotten.
pub(super) const MAX_AGE: Duration = Duration::from_secs(3);

/// After this, the keys of a subject are loaded again: another process may have made a new one.
const RELOADED_AFTER: Duration = Duration::from_mins(10);

/// How many subjects are held at most. Beyond that, the cache is emptied, and subjects are loaded again.
const MAX_SUBJECTS: usize = 100_000;

/// What is known about subjects, and up to which moment it is known which of them were forgotten.
#[derive(Default)]
pub(super) struct Cache(Mutex<State>);

#[derive(Default)]
struct State {
    subjects: HashMap<String, Loaded>,
    generation: u64,
    /// When the process last asked which subjects were forgotten, and got an answer.
    confirmed_at: Option<Instant>,
}

/// What is known about one subject, and since when.
struct Loaded {
    known: Known,
    at: Instant,
}

/// What is known about one subject.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    /// In the order of their numbers.
    Kept(Vec<SubjectKey>),
    Forgotten,
}

impl State {
    fn is_confirmed_within(&self, age: Duration) -> bool {
        self.confirmed_at.is_some_and(|at| at.elapsed() < age)
    }
}

impl Cache {
    /// What is known about the subject, unless it is too old to be used.
    pub(super) fn find(&self, subject: &str) -> Option<Known> {
        let state = self.state();
        let is_fresh = state.is_confirmed_within(MAX_AGE);
        let loaded = state
            .subjects
            .get(subject)
            .filter(|loaded| is_fresh && loaded.at.elapsed() < RELOADED_AFTER);
        loaded.map(|loaded| loaded.known.clone())
    }

    /// Whether the last poll began less than this time ago.
    pub(super) fn is_confirmed_within(&self, age: Duration) -> bool {
        self.state().is_confirmed_within(age)
    }

    /// Forgets everything that is known.
    pub(super) fn clear(&self) {
        let mut state = self.state();
        *state = State {
            // An answer that was asked for before is refused by `put`: it may be of a vault that has gone back in time.
            generation: state.generation + 1,
            ..State::default()
        };
    }

    /// How many times something new became known about forgotten subjects.
    pub(super) fn generation(&self) -> u64 {
        self.state().generation
    }

    /// Takes in an answer unless more has become known about forgotten subjects since it was asked for; returns whether it did.
    pub(super) fn put(&self, subject: &str, known: Known, generation: u64) -> bool {
        let mut state = self.state();
        if state.generation != generation {
            return false;
        }
        if state.subjects.len() >= MAX_SUBJECTS {
            state.subjects.clear();
        }
        let loaded = Loaded {
            known,
            at: Instant::now(),
        };
        state.subjects.insert(subject.to_owned(), loaded);
        true
    }

    /// Takes in an answer that was asked for at `began_at`: until then, no subjects were forgotten but these and those marked before.
    pub(super) fn confirm<'s>(&self, began_at: Instant, forgotten: impl Iterator<Item = &'s str>) {
        // Marked before the time is confirmed, or a key of a forgotten subject could be found and used in between.
        self.mark_forgotten(forgotten);
        self.state().confirmed_at = Some(began_at);
    }

    pub(super) fn mark_forgotten<'s>(&self, forgotten: impl Iterator<Item = &'s str>) {
        let mut state = self.state();
        for subject in forgotten {
            state.generation += 1;
            if let Some(loaded) = state.subjects.get_mut(subject) {
                loaded.known = Known::Forgotten;
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
        assert!(cache.put("ada", kept.clone(), cache.generation()));
        assert_eq!(cache.find("ada"), None);
        cache.confirm(Instant::now(), [].into_iter());
        assert_eq!((cache.find("ada"), cache.find("bob")), (Some(kept), None));
        let long_ago = Instant::now().checked_sub(MAX_AGE).unwrap();
        cache.confirm(long_ago, [].into_iter());
        assert_eq!(cache.find("ada"), None);
        cache.confirm(Instant::now(), ["ada", "bob"].into_iter());
        assert_eq!((cache.find("ada"), cache.find("bob")), (Some(Known::Forgotten), None));
    }

    #[test]
    fn takes_in_nothing_that_was_asked_for_before_the_last_look() {
        let cache = Cache::default();
        let generation = cache.generation();
        cache.confirm(Instant::now(), ["ada"].into_iter());
        assert!(!cache.put("ada", Known::Kept(vec![]), generation));
        assert_eq!(cache.find("ada"), None);
        let generation = cache.generation();
        cache.confirm(Instant::now(), [].into_iter());
        assert!(cache.put("ada", Known::Forgotten, generation), "nothing more is known");
        cache.clear();
        assert_eq!(cache.find("ada"), None);
    }
}
