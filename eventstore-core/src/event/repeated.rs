use std::collections::HashSet;
use std::hash::Hash;

/// The first value that came before.
pub(crate) fn first_repeated<T: Clone + Eq + Hash>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut seen = HashSet::new();
    values.into_iter().find(|value| !seen.insert(value.clone()))
}
