use std::collections::BTreeSet;
use std::fmt;

/// The predicates of `cfg` that must all hold for something to be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    predicates: BTreeSet<String>,
}

impl Conditions {
    pub(super) fn add(&mut self, predicate: String) {
        self.predicates.insert(predicate);
    }

    #[must_use]
    pub(super) fn and(&self, other: &Self) -> Self {
        let predicates = self.predicates.union(&other.predicates).cloned().collect();
        Self { predicates }
    }
}

impl fmt::Display for Conditions {
    /// As attributes, each with a space behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.predicates
            .iter()
            .try_for_each(|predicate| write!(f, "#[cfg({predicate})] "))
    }
}
